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

import java.util.concurrent.Future;

import io.gracewrap.InFlightProbe;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests that each gRPC call is in flight once, by its name, from its arrival until its
 * response is written or its client is gone.
 *
 * @author GraceWrap Maintainers
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AbstractGrpcTrackingTests {

	private static final int CALLS = 50;

	private ConfigurableApplicationContext application;

	private Gate gate;

	private InFlightProbe inFlight;

	private OrderClient client;

	private long finishedBefore;

	abstract GrpcStack stack();

	@BeforeAll
	void start() {
		this.application = stack().start("gracewrap.load-balancer-delay=0s", "gracewrap.quiet-period=0s");
		this.gate = this.application.getBean(Gate.class);
		this.inFlight = new InFlightProbe(this.application.getBean(InFlightRegistry.class));
	}

	@AfterAll
	void stop() {
		if (this.application != null) {
			this.application.close();
		}
	}

	@BeforeEach
	void beginWithNothingInFlight() {
		assertThat(this.inFlight.describe()).isEmpty();
		this.finishedBefore = this.inFlight.finished();
		this.client = new OrderClient(stack().connect(this.application));
	}

	@AfterEach
	void disconnect() {
		this.client.close();
	}

	@Test
	void unaryCallsAreCountedOnceEach() {
		for (int i = 0; i < CALLS; i++) {
			assertThat(this.client.place("order")).isEqualTo("old");
		}
		awaitFinished(CALLS);
	}

	@Test
	void blockedCallIsNamedWithItsThreadAndItsStack() throws Exception {
		Future<String> call = this.client.placing("blocked");
		this.gate.awaitArrivals(1);
		assertThat(this.inFlight.describe()).singleElement()
			.asString()
			.startsWith("gRPC shop.Orders/Place, in flight for ")
			.contains(", on thread '", "io.gracewrap.web.Gate.pass(", "io.gracewrap.grpc.OrderService.place(");
		this.gate.open();
		assertThat(call.get()).isEqualTo("old");
		awaitFinished(1);
	}

	@Test
	void callThatNoThreadWorksOnIsInFlightUntilItsClientIsGone() throws Exception {
		Future<String> call = this.client.placing("deferred");
		this.gate.awaitArrivals(1);
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.inFlight.describe()).singleElement()
				.asString()
				.startsWith("gRPC shop.Orders/Place, in flight for ")
				.endsWith(", on no known thread"));
		assertThat(this.inFlight.finished()).isEqualTo(this.finishedBefore);
		call.cancel(true);
		awaitFinished(1);
	}

	@Test
	void cancelledCallIsInFlightUntilItsHandlerReturns() throws Exception {
		Future<String> call = this.client.placing("blocked");
		this.gate.awaitArrivals(1);
		call.cancel(true);
		// The server knows of the cancellation when it answers what came after it.
		assertThat(this.client.place("order")).isEqualTo("old");
		awaitFinished(1);
		assertThat(this.inFlight.count()).isOne();
		this.gate.open();
		awaitFinished(2);
	}

	@Test
	void failingCallsAreCountedOnceEach() {
		assertThatException().isThrownBy(() -> this.client.place("fails"));
		assertThat(this.client.feed("fails").end().isOk()).isFalse();
		awaitFinished(2);
	}

	@Test
	void streamsAreInFlightUntilTheyComplete() throws Exception {
		assertThat(this.client.feed("some").end()).isEqualTo(Status.OK);
		awaitFinished(1);
		ReceivedStream<String, String> chat = this.client.chat();
		chat.requests.onNext("hello");
		assertThat(chat.await(1)).isEqualTo("hello");
		chat.requests.onNext("again");
		assertThat(chat.await(2)).isEqualTo("again");
		assertThat(this.inFlight.describe()).singleElement().asString().startsWith("gRPC shop.Orders/Chat");
		chat.requests.onCompleted();
		assertThat(chat.end()).isEqualTo(Status.OK);
		awaitFinished(2);
	}

	@Test
	void cancelledStreamIsNoLongerInFlight() throws Exception {
		ReceivedStream<String, String> feed = this.client.feed("open");
		feed.await(2);
		this.gate.awaitArrivals(1);
		assertThat(this.inFlight.describe()).singleElement().asString().startsWith("gRPC shop.Orders/Feed");
		feed.requests.cancel("enough", null);
		awaitFinished(1);
	}

	@Test
	void healthAndReflectionAreNotInFlight() {
		assertThat(this.client.check("")).isEqualTo(ServingStatus.SERVING);
		ReceivedStream<HealthCheckRequest, HealthCheckResponse> watch = this.client.watch("");
		assertThat(watch.await(1).getStatus()).isEqualTo(ServingStatus.SERVING);
		ReceivedStream<ServerReflectionRequest, ServerReflectionResponse> reflection = this.client.reflect();
		assertThat(reflection.await(1).getListServicesResponse().getServiceList())
			.anyMatch((service) -> service.getName().equals("grpc.health.v1.Health"));
		assertThat(this.inFlight.describe()).isEmpty();
		assertThat(this.inFlight.finished()).isEqualTo(this.finishedBefore);
	}

	private void awaitFinished(int number) {
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.untilAsserted(() -> assertThat(this.inFlight.finished() - this.finishedBefore).isEqualTo(number));
	}

}
