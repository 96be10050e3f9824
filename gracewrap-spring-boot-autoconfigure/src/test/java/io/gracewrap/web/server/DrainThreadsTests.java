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

package io.gracewrap.web.server;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DrainThreads}.
 *
 * @author GraceWrap Maintainers
 */
class DrainThreadsTests {

	@Test
	void whoIsHeldUpHoldsNobodyUp() throws Exception {
		Executor executor = DrainThreads.create("drain-threads-");
		CountDownLatch goOn = new CountDownLatch(1);
		executor.execute(() -> {
			try {
				goOn.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		CompletableFuture<Thread> other = new CompletableFuture<>();
		executor.execute(() -> other.complete(Thread.currentThread()));
		Thread thread = other.get(20, TimeUnit.SECONDS);
		assertThat(thread.getName()).startsWith("drain-threads-");
		assertThat(thread.isDaemon()).isTrue();
		goOn.countDown();
	}

	@Test
	void whereNoThreadCanBeMadeTheCallerDoesIt() {
		Executor executor = DrainThreads.create((task) -> {
			throw new OutOfMemoryError("unable to create native thread, on purpose");
		});
		AtomicReference<Thread> thread = new AtomicReference<>();
		executor.execute(() -> {
			thread.set(Thread.currentThread());
			throw new IllegalStateException("on purpose");
		});
		assertThat(thread).hasValue(Thread.currentThread());
	}

}
