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

package io.gracewrap.grpc;

import java.time.Duration;

import io.gracewrap.GraceWrap;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Draining gRPC on Netty.
 *
 * @author GraceWrap Maintainers
 */
class NettyGrpcDrainTests extends AbstractGrpcDrainTests {

	@Override
	GrpcStack stack() {
		return GrpcStack.NETTY;
	}

	@Test
	void aCallOverAnOldConnectionDoesNotProlongTheWindow() throws Exception {
		try (ConfigurableApplicationContext application = stack().start("gracewrap.load-balancer-delay=0s",
				"gracewrap.quiet-period=12s"); OrderClient old = new OrderClient(stack().connect(application))) {
			old.place("order");
			application.getBean(GraceWrap.class).drain();
			old.place("order");
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(10));
		}
	}

}
