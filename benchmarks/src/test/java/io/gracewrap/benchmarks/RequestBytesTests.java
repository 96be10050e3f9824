/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.gracewrap.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.stream.LongStream;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every request pays for what is allocated for it. Bytes are the same on a busy machine,
 * so that they can be tested where nanoseconds cannot. They are what the code asks for:
 * tests run without the second compiler, which leaves out what it can and finds more or
 * less of it in each JVM.
 *
 * @author GraceWrap Maintainers
 */
class RequestBytesTests {

	private static final int ROUNDS = 20;

	private static final int REQUESTS = 20_000;

	private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	@ParameterizedTest
	@EnumSource
	void aRequestKeepsTheBudgetOfBytes(Stack stack) {
		assertThat(bytes(stack, true) - bytes(stack, false)).isPositive().isLessThanOrEqualTo(Row.MOST_BYTES);
	}

	private long bytes(Stack stack, boolean gracewrap) {
		try (ConfigurableApplicationContext application = stack.start(gracewrap)) {
			Exchange exchange = stack.path(application);
			// The least, because nothing is compiled at first.
			return LongStream.range(0, ROUNDS).map((round) -> bytes(exchange)).min().orElseThrow();
		}
	}

	private long bytes(Exchange exchange) {
		long thread = Thread.currentThread().getId();
		long before = this.threads.getThreadAllocatedBytes(thread);
		for (int i = 0; i < REQUESTS; i++) {
			exchange.send();
		}
		return (this.threads.getThreadAllocatedBytes(thread) - before) / REQUESTS;
	}

}
