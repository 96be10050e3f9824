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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that an application that serves nothing but gRPC is drained like any other.
 *
 * @author GraceWrap Maintainers
 */
class GrpcOnlyApplicationTests {

	@ParameterizedTest
	@EnumSource(names = { "NETTY", "SHADED_NETTY" })
	void isServedForTheWindowAndDrained(GrpcStack stack) throws Exception {
		try (ConfigurableApplicationContext application = stack.start("spring.main.web-application-type=none",
				"gracewrap.load-balancer-delay=1s", "gracewrap.max-load-balancer-delay=15s",
				"gracewrap.quiet-period=0s"); OrderClient client = new OrderClient(stack.connect(application))) {
			assertThat(application).isNotInstanceOf(WebServerApplicationContext.class);
			ApplicationAvailability availability = application.getBean(ApplicationAvailability.class);
			assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
			Future<String> call = client.placing("blocked");
			Gate gate = application.getBean(Gate.class);
			gate.awaitArrivals(1);
			GraceWrap graceWrap = application.getBean(GraceWrap.class);
			// Keeps the window open, however slow the machine.
			InFlight work = graceWrap.begin("work");
			CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close,
					(task) -> new Thread(task).start());
			awaitState(graceWrap, DrainState.REFUSING);
			Awaitility.await().until(() -> availability.getReadinessState() == ReadinessState.REFUSING_TRAFFIC);
			assertThat(client.check("")).isEqualTo(ServingStatus.NOT_SERVING);
			try (OrderClient other = new OrderClient(stack.connect(application))) {
				assertThat(other.place("order")).isEqualTo("old");
			}
			assertThat(graceWrap.state()).isEqualTo(DrainState.REFUSING);
			work.close();
			awaitState(graceWrap, DrainState.DRAINING);
			assertThat(closing).isNotDone();
			gate.open();
			assertThat(call.get()).isEqualTo("old");
			closing.get();
			assertThat(graceWrap.state()).isEqualTo(DrainState.STOPPED);
		}
	}

	private static void awaitState(GraceWrap graceWrap, DrainState state) {
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == state);
	}

}
