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

package io.gracewrap.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.gracewrap.sample.grpc.NewOrder;
import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.PlacedOrder;
import io.gracewrap.sample.grpc.Task;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the sample promises on every server.
 *
 * @author GraceWrap Maintainers
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "sample.payment-time=10ms", "spring.grpc.server.port=0" })
@DirtiesContext
@Import(AbstractSampleTests.GrpcServerAddress.class)
abstract class AbstractSampleTests {

	@TempDir
	static Path directory;

	@Autowired
	private WebServerApplicationContext context;

	@Autowired
	private OrderRepository orders;

	@Autowired
	private OrderFeed feed;

	@Autowired
	private GrpcServerAddress grpcServer;

	private RestTestClient client;

	@DynamicPropertySource
	static void database(DynamicPropertyRegistry registry) {
		registry.add("sample.database", () -> directory.resolve("orders").toString());
	}

	@BeforeEach
	void connect() {
		int port = this.context.getWebServer().getPort();
		// Apache HttpClient, which the rollout has on the class path, repeats what gets a
		// 503.
		HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
		this.client = RestTestClient.bindToServer(new JdkClientHttpRequestFactory(client))
			.baseUrl("http://localhost:" + port)
			.build();
	}

	abstract String server();

	@Test
	void runsOnTheServerThatItsProfilesName() {
		assertThat(this.context.getWebServer().getClass().getSimpleName()).startsWith(server());
	}

	@Test
	void anOrderIsBegunFinishedAndAcknowledged() {
		OrderRepository.Summary before = this.orders.summary();
		OrderController.PlacedOrder placed = this.client.post()
			.uri("/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.body("{\"item\":\"tea\",\"quantity\":2}")
			.exchange()
			.expectStatus()
			.isCreated()
			.expectHeader()
			.exists(HttpHeaders.LOCATION)
			.expectBody(OrderController.PlacedOrder.class)
			.returnResult()
			.getResponseBody();
		assertThat(placed).isNotNull();
		this.client.get()
			.uri("/orders/" + placed.id())
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.item")
			.isEqualTo("tea")
			.jsonPath("$.quantity")
			.isEqualTo(2)
			.jsonPath("$.status")
			.isEqualTo("ACKNOWLEDGED");
		this.client.get()
			.uri("/orders/summary")
			.exchange()
			.expectBody(OrderRepository.Summary.class)
			.isEqualTo(
					new OrderRepository.Summary(before.begun() + 1, before.finished() + 1, before.acknowledged() + 1));
	}

	@Test
	void anOrderWithoutAnItemIsNotBegun() {
		OrderRepository.Summary before = this.orders.summary();
		this.client.post()
			.uri("/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.body("{\"quantity\":2}")
			.exchange()
			.expectStatus()
			.isBadRequest();
		assertThat(this.orders.summary()).isEqualTo(before);
	}

	@Test
	void anOrderThatIsNotThereIsNotFound() {
		this.client.get().uri("/orders/0").exchange().expectStatus().isNotFound();
	}

	@Test
	void aPaymentThatIsInterruptedLeavesItsOrderHalfDoneAndTheDatabaseOpen() throws InterruptedException {
		OrderRepository.Summary before = this.orders.summary();
		Thread client = new Thread(() -> this.client.post()
			.uri("/orders?payment-time=30s")
			.contentType(MediaType.APPLICATION_JSON)
			.body("{\"item\":\"tea\",\"quantity\":1}")
			.exchange()
			.expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE));
		client.start();
		while (this.orders.summary().begun() == before.begun() && client.isAlive()) {
			Thread.sleep(10);
		}
		while (client.isAlive()) {
			interruptPayments();
			client.join(50);
		}
		assertThat(this.orders.summary())
			.isEqualTo(new OrderRepository.Summary(before.begun() + 1, before.finished(), before.acknowledged()));
	}

	private void interruptPayments() {
		Thread.getAllStackTraces().forEach((thread, frames) -> {
			for (StackTraceElement frame : frames) {
				if (frame.getClassName().equals(PaymentService.class.getName())) {
					thread.interrupt();
				}
			}
		});
	}

	@Test
	void worksAsLongAsItIsAskedTo() {
		this.client.get()
			.uri("/work?ms=1")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.isEqualTo("worked 1 ms");
		this.client.get()
			.uri("/async-work?ms=1")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.isEqualTo("worked 1 ms");
	}

	@Test
	void anOrderIsPlacedOverGrpcToo() {
		OrderRepository.Summary before = this.orders.summary();
		ManagedChannel channel = NettyChannelBuilder.forAddress("localhost", this.grpcServer.port())
			.usePlaintext()
			.build();
		try {
			OrdersGrpc.OrdersBlockingStub stub = OrdersGrpc.newBlockingStub(channel)
				.withDeadlineAfter(30, TimeUnit.SECONDS);
			PlacedOrder placed = stub.place(NewOrder.newBuilder().setItem("tea").setQuantity(2).build());
			assertThat(this.orders.find(placed.getId()))
				.hasValueSatisfying((order) -> assertThat(order.getStatus()).isNotEqualTo(Order.Status.BEGUN));
			assertThat(this.orders.summary().finished()).isEqualTo(before.finished() + 1);
			assertThatExceptionOfType(StatusRuntimeException.class)
				.isThrownBy(() -> stub.place(NewOrder.getDefaultInstance()))
				.satisfies((ex) -> assertThat(ex.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
			assertThat(stub.work(Task.newBuilder().setMillis(1).build()).getText()).isEqualTo("worked 1 ms");
		}
		finally {
			channel.shutdownNow();
		}
	}

	@Test
	void everyFeedTellsOfAnOrder() throws Exception {
		HttpClient client = HttpClient.newHttpClient();
		String base = "//localhost:" + this.context.getWebServer().getPort();
		CompletableFuture<String> message = new CompletableFuture<>();
		WebSocket socket = client.newWebSocketBuilder()
			.buildAsync(URI.create("ws:" + base + "/feed/socket"), new WebSocket.Listener() {

				@Override
				public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence text, boolean last) {
					message.complete(text.toString());
					return null;
				}

			})
			.get(30, TimeUnit.SECONDS);
		HttpResponse<Stream<String>> events = client.send(HttpRequest.newBuilder(URI.create("http:" + base + "/feed"))
			.header(HttpHeaders.ACCEPT, MediaType.TEXT_EVENT_STREAM_VALUE)
			.build(), HttpResponse.BodyHandlers.ofLines());
		Iterator<String> lines = events.body().iterator();
		assertThat(lines.next()).isEqualTo(":beat");
		while (!message.isDone()) {
			this.feed.publish(4711);
			Thread.sleep(10);
		}
		assertThat(message.get()).isEqualTo("order 4711");
		String line = lines.next();
		while (!line.startsWith("data:")) {
			line = lines.next();
		}
		assertThat(line).isEqualTo("data:4711");
		events.body().close();
		socket.abort();
	}

	@Test
	void readinessIsWhereTheProbeLooks() {
		this.client.get().uri("/actuator/health/readiness").exchange().expectStatus().isOk();
	}

	@Test
	void metricsCanBeScraped() {
		this.client.get().uri("/actuator/prometheus").exchange().expectStatus().isOk();
	}

	@TestConfiguration(proxyBeanMethods = false)
	static class GrpcServerAddress {

		private volatile int port;

		@EventListener
		void started(GrpcServerStartedEvent event) {
			this.port = event.getPort();
		}

		int port() {
			return this.port;
		}

	}

}
