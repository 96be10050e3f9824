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

import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests that no gRPC call is lost when the application stops, and that none holds it up.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractGrpcDrainTests {

	/** Less than any timeout of Spring Boot, of gRPC or of the drain in these tests. */
	private static final Duration NOT_HELD_UP = Duration.ofSeconds(9);

	abstract GrpcStack stack();

	ConfigurableApplicationContext start(String... properties) {
		List<String> all = new ArrayList<>(List.of(properties));
		// Only the drain is to change what health says.
		all.add("spring.grpc.server.health.schedule.enabled=false");
		all.add("gracewrap.quiet-period=0s");
		all.add("logging.level.root=info");
		return stack().start(all.toArray(String[]::new));
	}

	@Test
	void healthSaysNotServingAtOnceForEveryService() throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=1s");
				OrderClient client = new OrderClient(stack().connect(application))) {
			application.getBean(HealthStatusManager.class).setStatus("shop.Orders", ServingStatus.SERVING);
			List<ReceivedStream<HealthCheckRequest, HealthCheckResponse>> watches = List.of(client.watch(""),
					client.watch("shop.Orders"));
			watches.forEach((watch) -> assertThat(watch.await(1).getStatus()).isEqualTo(ServingStatus.SERVING));
			assertThat(client.check("shop.Orders")).isEqualTo(ServingStatus.SERVING);
			ReceivedStream<HealthCheckRequest, HealthCheckResponse> unknown = client.watch("shop.Parcels");
			assertThat(unknown.await(1).getStatus()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
			// Keeps the window open, however slow the machine.
			InFlight work = application.getBean(GraceWrap.class).begin("work");
			CompletableFuture<Duration> closing = close(application);
			watches.forEach((watch) -> assertThat(watch.await(2).getStatus()).isEqualTo(ServingStatus.NOT_SERVING));
			assertThat(client.check("")).isEqualTo(ServingStatus.NOT_SERVING);
			assertThat(client.check("shop.Orders")).isEqualTo(ServingStatus.NOT_SERVING);
			ReceivedStream<HealthCheckRequest, HealthCheckResponse> late = client.watch("shop.Orders");
			assertThat(late.await(1).getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
			application.getBean(HealthStatusManager.class).setStatus("shop.Orders", ServingStatus.SERVICE_UNKNOWN);
			assertThat(late.await(2).getStatus()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
			application.getBean(HealthStatusManager.class).setStatus("shop.Orders", ServingStatus.SERVING);
			assertThat(late.await(3).getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
			application.getBean(HealthStatusManager.class).setStatus("shop.Orders", ServingStatus.NOT_SERVING);
			assertThat(client.place("order")).isEqualTo("old");
			assertThat(application.getBean(GraceWrap.class).state()).isEqualTo(DrainState.REFUSING);
			assertThat(closing).isNotDone();
			work.close();
			await(closing);
			assertThat(unknown.responses).hasSize(1);
			assertThat(watches.get(0).responses).hasSize(2);
			assertThat(watches.get(1).responses).hasSize(4);
			assertThat(late.responses).hasSize(3);
		}
	}

	@Test
	void healthSaysServingAgainWhenTheDrainIsTakenBack() throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=0s");
				OrderClient client = new OrderClient(stack().connect(application))) {
			GraceWrap graceWrap = application.getBean(GraceWrap.class);
			ReceivedStream<HealthCheckRequest, HealthCheckResponse> watch = client.watch("");
			assertThat(watch.await(1).getStatus()).isEqualTo(ServingStatus.SERVING);
			for (int i = 0; i < 2; i++) {
				graceWrap.drain();
				assertThat(watch.await(2 * i + 2).getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
				assertThat(client.check("")).isEqualTo(ServingStatus.NOT_SERVING);
				assertThat(client.place("order")).isEqualTo("old");
				graceWrap.resume();
				assertThat(watch.await(2 * i + 3).getStatus()).isEqualTo(ServingStatus.SERVING);
				assertThat(client.check("")).isEqualTo(ServingStatus.SERVING);
				assertThat(client.place("order")).isEqualTo("old");
			}
		}
	}

	@Test
	void healthGoesOnSayingThatTheApplicationIsAlive() throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=0s",
				"spring.grpc.server.health.service.liveness.include=livenessState",
				"spring.grpc.server.health.service.both.include=livenessState,readinessState");
				OrderClient client = new OrderClient(stack().connect(application))) {
			for (String service : List.of("liveness", "both")) {
				application.getBean(HealthStatusManager.class).setStatus(service, ServingStatus.SERVING);
			}
			ReceivedStream<HealthCheckRequest, HealthCheckResponse> watch = client.watch("liveness");
			watch.await(1);
			application.getBean(GraceWrap.class).drain();
			assertThat(client.check("both")).isEqualTo(ServingStatus.NOT_SERVING);
			assertThat(client.check("liveness")).isEqualTo(ServingStatus.SERVING);
			assertThat(watch.responses).hasSize(1);
		}
	}

	@Test
	void openWatchesAndReflectionStreamsAreCompletedAndHoldNothingUp() throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=0s");
				OrderClient client = new OrderClient(stack().connect(application))) {
			ReceivedStream<HealthCheckRequest, HealthCheckResponse> watch = client.watch("");
			watch.await(1);
			ReceivedStream<ServerReflectionRequest, ServerReflectionResponse> reflection = client.reflect();
			reflection.await(1);
			assertThat(await(close(application))).isLessThan(NOT_HELD_UP);
			assertThat(watch.end()).isEqualTo(Status.OK);
			assertThat(reflection.end()).isEqualTo(Status.OK);
		}
	}

	@Test
	void theFirstCallOverANewConnectionProlongsTheWindow() throws Exception {
		try (ConfigurableApplicationContext application = stack().start("gracewrap.load-balancer-delay=0s",
				"gracewrap.quiet-period=4s"); OrderClient old = new OrderClient(stack().connect(application))) {
			old.place("order");
			application.getBean(GraceWrap.class).drain();
			try (OrderClient client = new OrderClient(stack().connect(application))) {
				long begin = System.nanoTime();
				client.place("order");
				await(close(application));
				assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(4));
			}
		}
	}

	@Test
	void furtherCallsOverANewConnectionDoNot() throws Exception {
		try (ConfigurableApplicationContext application = stack().start("gracewrap.load-balancer-delay=0s",
				"gracewrap.quiet-period=1s")) {
			application.getBean(GraceWrap.class).drain();
			ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
			try (OrderClient client = new OrderClient(stack().connect(application))) {
				client.place("first order");
				clock.scheduleAtFixedRate(() -> client.placing("order"), 0, 100, TimeUnit.MILLISECONDS);
				assertThat(await(close(application))).isLessThan(Duration.ofSeconds(12));
			}
			finally {
				clock.shutdownNow();
			}
		}
	}

	@Test
	void connectionWithoutCallsHoldsNothingUp() throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=0s");
				OrderClient idle = new OrderClient(stack().connect(application));
				Socket silent = new Socket("127.0.0.1", stack().port(application))) {
			assertThat(idle.place("order")).isEqualTo("old");
			assertThat(await(close(application))).isLessThan(NOT_HELD_UP);
			assertThat(silent.isConnected()).isTrue();
		}
	}

	/**
	 * Tomcat and Jetty count some of them for ever, and Tomcat fails others for it.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void callsThatClientsHaveGivenUpHoldNothingUp(boolean byCall) throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s")) {
			for (int i = 0; i < 20; i++) {
				ManagedChannel channel = stack().connect(application);
				OrderClient client = new OrderClient(channel);
				List<Future<String>> calls = IntStream.range(0, 20)
					.mapToObj((millis) -> client.placing("sleep " + millis))
					.toList();
				isAnswered(calls.get(0));
				if (byCall) {
					calls.forEach((call) -> call.cancel(true));
					isAnswered(client.placing("order"));
				}
				channel.shutdownNow();
			}
			InFlightRegistry registry = application.getBean(InFlightRegistry.class);
			Awaitility.await().atMost(ClientConnection.TIMEOUT.multipliedBy(2)).until(registry::isEmpty);
			assertThat(await(close(application))).isLessThan(NOT_HELD_UP);
		}
	}

	private static boolean isAnswered(Future<String> call) throws InterruptedException {
		try {
			return call.get().equals("old");
		}
		catch (ExecutionException ex) {
			return false;
		}
	}

	@Test
	void callInFlightIsAnsweredWhileNewOnesAreRefused() throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				OrderClient client = new OrderClient(stack().connect(application))) {
			Gate gate = application.getBean(Gate.class);
			Future<String> call = client.placing("blocked");
			Future<String> longCall = client.placing("sleep 3000");
			gate.awaitArrivals(1);
			int port = stack().port(application);
			CompletableFuture<Duration> closing = close(application);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> isRefused(port));
			assertThat(call).isNotDone();
			gate.open();
			assertThat(call.get()).isEqualTo("old");
			assertThat(longCall.get()).isEqualTo("old");
			assertThat(await(closing)).isLessThan(NOT_HELD_UP);
		}
	}

	@Test
	void noCallFailsWhenClientsMoveToAnotherServer() throws Exception {
		try (Replacement replacement = new Replacement();
				ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=2s",
						"gracewrap.max-load-balancer-delay=2s")) {
			int port = stack().port(application);
			GraceWrap graceWrap = application.getBean(GraceWrap.class);
			ManagedChannel old = replacement.connect(port);
			List<Future<String>> calls = new ArrayList<>();
			List<Future<String>> callsDuringTheWindow = new ArrayList<>();
			List<Future<String>> newChannelsDuringTheWindow = new ArrayList<>();
			List<ManagedChannel> channels = new ArrayList<>(List.of(old));
			try {
				new OrderClient(old).place("order");
				ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
				List<String> failures = new ArrayList<>();
				scheduler.scheduleAtFixedRate(() -> {
					try {
						ManagedChannel channel = old;
						if (calls.size() % 5 == 0) {
							channel = replacement.connect(port);
							channels.add(channel);
						}
						Future<String> call = new OrderClient(channel).placing("sleep 50");
						calls.add(call);
						if (graceWrap.state() == DrainState.REFUSING) {
							((channel == old) ? callsDuringTheWindow : newChannelsDuringTheWindow).add(call);
						}
					}
					catch (Throwable ex) {
						failures.add(ex.toString());
					}
				}, 0, 10, TimeUnit.MILLISECONDS);
				Awaitility.await().until(() -> calls.size() > 20);
				await(close(application));
				int soFar = calls.size();
				Awaitility.await().until(() -> calls.size() > soFar + 20);
				scheduler.shutdown();
				assertThat(scheduler.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
				assertThat(failures).isEmpty();
				for (Future<String> call : calls) {
					assertThat(call.get()).isIn("old", "new");
				}
				// Later ones may arrive when the window is over.
				for (Future<String> call : callsDuringTheWindow.subList(0, callsDuringTheWindow.size() / 2)) {
					assertThat(call.get()).isEqualTo("old");
				}
				assertThat(callsDuringTheWindow).hasSizeGreaterThan(10);
				// Clients that do not get through at once try both.
				int served = 0;
				for (Future<String> call : newChannelsDuringTheWindow) {
					served += call.get().equals("old") ? 1 : 0;
				}
				assertThat(served).isPositive();
				assertThat(calls.get(calls.size() - 1).get()).isEqualTo("new");
			}
			finally {
				channels.forEach(ManagedChannel::shutdownNow);
			}
		}
	}

	@Test
	void whatIsStuckEndsAsUnavailableWithinOneBudget(CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.drain-timeout=2s", "gracewrap.hard-stop-timeout=2s");
				OrderClient client = new OrderClient(stack().connect(application));
				ClientConnection http = new ClientConnection(
						((WebServerApplicationContext) application).getWebServer().getPort())) {
			Gate gate = application.getBean(Gate.class);
			OrderService service = application.getBean(OrderService.class);
			List<Future<String>> calls = List.of(client.placing("blocked"), client.placing("deferred"),
					client.placing("stubborn"));
			ReceivedStream<String, String> feed = client.feed("open");
			feed.await(2);
			ReceivedStream<String, String> chat = client.chat();
			chat.requests.onNext("hello");
			chat.await(1);
			http.get("/blocked");
			gate.awaitArrivals(5);
			CompletableFuture<Duration> closing = close(application);
			for (Future<String> call : calls) {
				assertThatExceptionOfType(ExecutionException.class).isThrownBy(call::get)
					.satisfies((ex) -> assertShuttingDown(Status.fromThrowable(ex)));
			}
			assertShuttingDown(feed.end());
			assertShuttingDown(chat.end());
			assertThat(await(closing)).isLessThan(NOT_HELD_UP);
			Awaitility.await()
				.untilAsserted(
						() -> assertThat(service.endings).containsExactlyInAnyOrder("feed cancelled", "chat failed"));
			service.release();
		}
		assertThat(output).contains("6 still in flight", "Still in flight: gRPC shop.Orders/Place, in flight for ",
				"Still in flight: gRPC shop.Orders/Feed, in flight for ", "Still in flight: GET /blocked handled by",
				"io.gracewrap.grpc.OrderService.place(");
		assertThat(output.getOut().lines())
			.noneMatch((line) -> line.contains("IllegalStateException") || line.contains("SEVERE"));
		assertThat(output.getErr()).doesNotContain("Exception");
	}

	private static void assertShuttingDown(Status status) {
		assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.UNAVAILABLE);
		assertThat(status.getDescription()).isEqualTo("the application is shutting down");
	}

	private static boolean isRefused(int port) {
		try {
			new Socket("127.0.0.1", port).close();
			return false;
		}
		catch (Exception ex) {
			return true;
		}
	}

	static CompletableFuture<Duration> close(ConfigurableApplicationContext application) {
		return CompletableFuture.supplyAsync(() -> {
			long begun = System.nanoTime();
			application.close();
			return Duration.ofNanos(System.nanoTime() - begun);
		}, (task) -> new Thread(task).start());
	}

	static Duration await(CompletableFuture<Duration> closing) throws Exception {
		return closing.get(2 * ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

}
