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

package io.gracewrap.web.netty;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocket.Listener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import jakarta.annotation.PreDestroy;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Draining Reactor Netty.
 *
 * @author GraceWrap Maintainers
 */
class NettyDrainTests {

	/** A connection lingers a second. */
	private static final Duration LINGERING = Duration.ofMillis(900);

	private static RunningApplication start(String... properties) {
		return RunningApplication.start(List.of(Application.class), RunningApplication.properties(properties,
				"spring.main.web-application-type=reactive", "gracewrap.quiet-period=0s"));
	}

	private static RunningApplication startWith(Class<?> configuration) {
		return RunningApplication.start(List.of(Application.class, configuration),
				"spring.main.web-application-type=reactive", "gracewrap.quiet-period=0s",
				"gracewrap.load-balancer-delay=0s", "gracewrap.max-load-balancer-delay=0s");
	}

	@Test
	void noRequestIsLost() throws Exception {
		assertThatNoRequestIsLost();
	}

	@Tag("soak")
	@RepeatedTest(10)
	void noRequestIsLostHoweverOftenItIsTried() throws Exception {
		assertThatNoRequestIsLost();
	}

	private static void assertThatNoRequestIsLost() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=3s",
				"gracewrap.max-load-balancer-delay=3s")) {
			Application handlers = application.bean(Application.class);
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			List<String> failures = new CopyOnWriteArrayList<>();
			AtomicInteger answered = new AtomicInteger();
			List<Thread> clients = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				clients.add(new Thread(() -> load(application, failures, answered)));
			}
			clients.forEach(Thread::start);
			Awaitility.await().until(() -> answered.get() > 100);
			CompletableFuture<Duration> closing = close(application);
			awaitState(graceWrap, DrainState.REFUSING);
			handlers.announceClose = true;
			await(closing);
			for (Thread client : clients) {
				client.join();
			}
			assertThat(failures).as(answered + " answered").isEmpty();
		}
	}

	/**
	 * Uses connections for as long as the server announces no close.
	 */
	private static void load(RunningApplication application, List<String> failures, AtomicInteger answered) {
		while (true) {
			try (ClientConnection client = application.connect()) {
				Response response;
				int requests = 0;
				do {
					try {
						response = client.get("/load").receive();
					}
					catch (IOException ex) {
						if (requests == 0) {
							// The connection was never accepted.
							break;
						}
						throw ex;
					}
					requests++;
					answered.incrementAndGet();
					TimeUnit.MILLISECONDS.sleep(20);
				}
				while (!response.announcesClose());
			}
			catch (ConnectException ex) {
				return;
			}
			catch (Exception ex) {
				failures.add(ex.toString());
				return;
			}
		}
	}

	@Test
	void idleConnectionsAreClosedAndBusyOnesAreServed() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				ClientConnection idle = application.connect();
				ClientConnection unused = application.connect();
				ClientConnection busy = application.connect()) {
			idle.get("/quick").receive();
			busy.get("/late");
			application.bean(Gate.class).awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			assertThat(idle.endsHere()).isTrue();
			assertThat(unused.endsHere()).isTrue();
			assertThat(closing).isNotDone();
			application.awaitRefused();
			application.bean(Application.class).answerLate();
			assertThat(busy.receive().body()).isEqualTo("late");
			assertThat(busy.endsHere()).isTrue();
			assertThat(await(closing)).isLessThan(Duration.ofSeconds(15));
		}
	}

	@Test
	void aRequestOfWhichHalfTheHeadHasArrivedIsAnswered() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s"); ClientConnection client = application.connect()) {
			client.send("POST /size HTTP/1.1", "Content-Type: text/plain", "Content-Length: 4").write("1234");
			assertThat(client.receive().body()).isEqualTo("4");
			client.write("GET /quick HTTP/1.1\r\nHost: ");
			long begin = System.nanoTime();
			CompletableFuture<Duration> closing = close(application);
			application.awaitRefused();
			client.write("localhost\r\n\r\n");
			// What has no request yet is waited for only a second.
			assumeThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(900));
			assertThat(client.receive().body()).isEqualTo("quick");
			await(closing);
		}
	}

	@Test
	void aRequestWhoseHeadNeverArrivesIsNotWaitedFor() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s"); ClientConnection client = application.connect()) {
			client.write("GET /quick HTTP/1.1\r\nHost: ");
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(15));
			assertThat(client.endsHere()).isTrue();
		}
	}

	@Test
	void slowUploadsAndSlowReadersInFlightComplete() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				ClientConnection uploading = application.connect();
				ClientConnection reading = new ClientConnection(application.port(), 10_000)) {
			uploading.send("POST /size HTTP/1.1", "Content-Type: text/plain", "Content-Length: 3").write("1");
			reading.get("/large");
			assertThat(reading.receiveHead().status()).isEqualTo(200);
			CompletableFuture<Duration> closing = close(application);
			application.awaitRefused();
			for (String digit : List.of("2", "3")) {
				TimeUnit.MILLISECONDS.sleep(1100);
				uploading.write(digit);
				reading.bytes(1_000_000);
			}
			assertThat(uploading.receive().body()).isEqualTo("3");
			assertThat(closing).isNotDone();
			reading.bytes(Application.LARGE - 2_000_000);
			assertThat(reading.endsHere()).isTrue();
			await(closing);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 500, 2500 })
	void whatIsBusyAtTheDeadlineIsAnsweredAndCut(int drainTimeout) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.drain-timeout=" + drainTimeout + "ms"); ClientConnection client = application.connect()) {
			client.get("/late");
			application.bean(Gate.class).awaitArrivals(1);
			assertThat(await(close(application))).isBetween(Duration.ofMillis(drainTimeout - 100),
					Duration.ofMillis(drainTimeout + 15000));
			assertThat(client.receive().status()).isEqualTo(503);
			assertThat(client.endsHere()).isTrue();
		}
	}

	/**
	 * Its client may still send where it has not: for that the connection lingers.
	 */
	@Test
	void aConnectionWhoseRequestHadArrivedIsClosedBehindItsAnswer() throws Exception {
		List<Duration> times = new ArrayList<>();
		do {
			times.add(timeFromAnswerToClose());
		}
		while (times.size() < 3 && times.get(times.size() - 1).compareTo(LINGERING) >= 0);
		assertThat(times).as("a machine may stand still once").anyMatch((time) -> time.compareTo(LINGERING) < 0);
	}

	private static Duration timeFromAnswerToClose() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				ClientConnection posting = application.connect();
				ClientConnection getting = application.connect()) {
			posting.send("POST /late HTTP/1.1", "Content-Type: text/plain", "Content-Length: 4").write("1234");
			getting.get("/late");
			application.bean(Gate.class).awaitArrivals(2);
			CompletableFuture<Duration> closing = closeUntilDraining(application);
			application.bean(Application.class).answerLate();
			assertThat(getting.receive().body()).isEqualTo("late");
			assertThat(getting.endsHere()).isTrue();
			long begin = System.nanoTime();
			assertThat(posting.receive().body()).isEqualTo("late");
			assertThat(posting.endsHere()).isTrue();
			Duration time = Duration.ofNanos(System.nanoTime() - begin);
			await(closing);
			return time;
		}
	}

	/**
	 * As RSocket does, whose requests come on a route of Reactor Netty.
	 */
	@Test
	void aWebSocketThatSpringDoesNotKnowIsWaitedFor() throws Exception {
		try (RunningApplication application = startWith(RoutedWebSocket.class)) {
			CompletableFuture<CharSequence> answer = new CompletableFuture<>();
			WebSocket client = HttpClient.newHttpClient()
				.newWebSocketBuilder()
				.buildAsync(URI.create("ws://localhost:" + application.port() + "/socket"), new Listener() {

					@Override
					public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
						answer.complete(data);
						return null;
					}

				})
				.join();
			client.sendText("question", true);
			application.bean(Gate.class).awaitArrivals(1);
			CompletableFuture<Duration> closing = closeUntilDraining(application);
			assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> closing.get(3, TimeUnit.SECONDS));
			application.bean(Application.class).answerLate();
			assertThat(answer.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).hasToString("late");
			client.abort();
			await(closing);
		}
	}

	@Test
	void aConnectionThatWaitsForABusyEventLoopIsServed() throws Exception {
		try (RunningApplication application = startWith(BusyServer.class);
				ClientConnection client = application.connect()) {
			BusyServer server = application.bean(BusyServer.class);
			client.get("/quick");
			assertThat(server.accepted.await(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
			CompletableFuture<Duration> closing = close(application);
			application.awaitRefused();
			// Several looks at what there is.
			TimeUnit.MILLISECONDS.sleep(300);
			assertThat(application.bean(GraceWrap.class).state()).isEqualTo(DrainState.DRAINING);
			server.release();
			assertThat(client.receive().body()).isEqualTo("quick");
			await(closing);
		}
	}

	@Test
	void connectionsThatAreNotAcceptedYetWhenTheServerStopsAcceptingAreServed() throws Exception {
		try (RunningApplication application = startWith(BusyServer.class)) {
			BusyServer server = application.bean(BusyServer.class);
			server.holdAcceptor();
			List<ClientConnection> clients = new ArrayList<>();
			for (int i = 0; i < 40; i++) {
				clients.add(application.connect().get("/quick"));
			}
			CompletableFuture<Duration> closing = closeUntilDraining(application);
			// Several looks at what there is.
			TimeUnit.MILLISECONDS.sleep(300);
			server.release();
			for (ClientConnection client : clients) {
				assertThat(client.receive().body()).isEqualTo("quick");
				client.close();
			}
			await(closing);
		}
	}

	@Test
	void aConnectionThatIsAcceptedAtLastHasTimeForItsFirstRequest() throws Exception {
		try (RunningApplication application = startWith(BusyServer.class)) {
			BusyServer server = application.bean(BusyServer.class);
			server.holdAcceptor();
			ClientConnection client = application.connect();
			CompletableFuture<Duration> closing = closeUntilDraining(application);
			// Longer than connections that were there have.
			TimeUnit.MILLISECONDS.sleep(1300);
			server.release();
			assertThat(server.accepted.await(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
			// Several looks at what there is.
			TimeUnit.MILLISECONDS.sleep(150);
			assertThat(client.get("/quick").receive().body()).isEqualTo("quick");
			client.close();
			await(closing);
		}
	}

	@Test
	void theEndOfTheListeningSocketIsWaitedFor() throws Exception {
		try (RunningApplication application = startWith(BusyServer.class)) {
			BusyServer server = application.bean(BusyServer.class);
			server.holdAcceptor();
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			CompletableFuture<Duration> closing = closeUntilDraining(application);
			// Several looks at what there is.
			TimeUnit.MILLISECONDS.sleep(300);
			assertThat(graceWrap.state()).isEqualTo(DrainState.DRAINING);
			server.release();
			await(closing);
		}
	}

	@Test
	void aConnectionThatWasOneTooManyIsNotWaitedFor() throws Exception {
		try (RunningApplication application = startWith(LimitedServer.class);
				ClientConnection one = application.connect()) {
			one.get("/quick").receive();
			try (ClientConnection tooMany = application.connect()) {
				assertThatExceptionOfType(IOException.class).isThrownBy(() -> tooMany.get("/quick").receive());
			}
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(15));
		}
	}

	@Test
	void theServerStopsAndStartsAgain() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s")) {
			application.context().stop();
			application.context().start();
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(15));
		}
	}

	private static CompletableFuture<Duration> close(RunningApplication application) {
		return CompletableFuture.supplyAsync(() -> {
			long begin = System.nanoTime();
			application.close();
			return Duration.ofNanos(System.nanoTime() - begin);
		});
	}

	private static CompletableFuture<Duration> closeUntilDraining(RunningApplication application) {
		GraceWrap graceWrap = application.bean(GraceWrap.class);
		CompletableFuture<Duration> closing = close(application);
		awaitState(graceWrap, DrainState.DRAINING);
		return closing;
	}

	private static Duration await(CompletableFuture<Duration> closing) throws Exception {
		return closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	private static void awaitState(GraceWrap graceWrap, DrainState state) {
		RunningApplication.soon().until(() -> graceWrap.state() == state);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@RestController
	static class Application {

		static final int LARGE = 20_000_000;

		private final Gate gate = new Gate();

		private final CompletableFuture<String> late = new CompletableFuture<>();

		volatile boolean announceClose;

		@Bean
		Gate gate() {
			return this.gate;
		}

		@Bean
		NettyReactiveWebServerFactory webServerFactory(ReactorResourceFactory resourceFactory) {
			NettyReactiveWebServerFactory factory = new NettyReactiveWebServerFactory();
			factory.setResourceFactory(resourceFactory);
			return factory;
		}

		void answerLate() {
			this.late.complete("late");
		}

		@GetMapping("/quick")
		String quick() {
			return "quick";
		}

		@GetMapping("/late")
		CompletableFuture<String> late() {
			this.gate.arrive();
			return this.late;
		}

		@PostMapping("/late")
		Mono<String> late(@RequestBody Mono<String> body) {
			return body.then(Mono.fromFuture(this::late));
		}

		@PostMapping("/size")
		Mono<String> size(@RequestBody Flux<DataBuffer> body) {
			return body.map(DataBuffer::readableByteCount).reduce(0, Integer::sum).map(String::valueOf);
		}

		@GetMapping("/large")
		Mono<Void> large(ServerHttpResponse response) {
			byte[] part = "0".repeat(LARGE / 100).getBytes(StandardCharsets.ISO_8859_1);
			response.getHeaders().setContentLength(LARGE);
			return response
				.writeWith(Flux.range(0, 100).map((index) -> DefaultDataBufferFactory.sharedInstance.wrap(part)));
		}

		@GetMapping("/load")
		Mono<String> load(ServerHttpResponse response) {
			return Mono.delay(Duration.ofMillis(50)).map((tick) -> {
				if (this.announceClose) {
					response.getHeaders().set("Connection", "close");
				}
				return "load";
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LimitedServer {

		@Bean
		WebServerFactoryCustomizer<NettyReactiveWebServerFactory> limit() {
			return (factory) -> factory.addServerCustomizers((server) -> server.maxConnections(1));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RoutedWebSocket {

		@Bean
		WebServerFactoryCustomizer<NettyReactiveWebServerFactory> route(Application application) {
			return (factory) -> factory.addRouteProviders((routes) -> routes.ws("/socket", (in, out) -> out
				.sendString(in.receive().asString().flatMap((text) -> Mono.fromFuture(application.late())))));
		}

	}

	/**
	 * One event loop accepts, and the one that is to serve has no time.
	 */
	@Configuration(proxyBeanMethods = false)
	static class BusyServer {

		private final LoopResources loops = LoopResources.create("busy", 1, 1, true);

		private final CountDownLatch released = new CountDownLatch(1);

		final CountDownLatch accepted = new CountDownLatch(1);

		@Bean
		ReactorResourceFactory resourceFactory() {
			ReactorResourceFactory resourceFactory = new ReactorResourceFactory();
			resourceFactory.setUseGlobalResources(false);
			resourceFactory.setLoopResourcesSupplier(() -> this.loops);
			return resourceFactory;
		}

		@Bean
		WebServerFactoryCustomizer<NettyReactiveWebServerFactory> busyLoop() {
			return (factory) -> factory.addServerCustomizers((server) -> server.doOnBound((bound) -> {
				bound.channel().pipeline().addFirst(new ChannelInboundHandlerAdapter() {

					@Override
					public void channelRead(ChannelHandlerContext context, Object message) {
						BusyServer.this.accepted.countDown();
						context.fireChannelRead(message);
					}

				});
				this.loops.onServer(LoopResources.DEFAULT_NATIVE).execute(this::hold);
			}));
		}

		void holdAcceptor() {
			this.loops.onServerSelect(LoopResources.DEFAULT_NATIVE).execute(this::hold);
		}

		private void hold() {
			try {
				this.released.await(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@PreDestroy
		void release() {
			this.released.countDown();
		}

	}

}
