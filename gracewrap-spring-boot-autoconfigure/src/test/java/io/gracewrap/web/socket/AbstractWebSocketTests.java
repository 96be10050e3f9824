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

package io.gracewrap.web.socket;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.RunningApplication;
import io.gracewrap.web.socket.SocketApplication.EchoHandler;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Clients of WebSocket sessions are told that the server goes away, and hold nothing up.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractWebSocketTests {

	static final int GOING_AWAY = 1001;

	private static final Duration SLOW = Duration.ofMillis(300);

	private static final byte CLOSE_FRAME = (byte) 0x88;

	private static final byte LONG_FRAME = 126;

	abstract Class<?>[] server();

	RunningApplication start(String... properties) {
		return start(SocketApplication.class, properties);
	}

	RunningApplication start(Class<?> application, String... properties) {
		return RunningApplication.start(RunningApplication.sources(application, server()),
				RunningApplication.properties(properties, "gracewrap.quiet-period=0s"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "/plain/1", "/stomp", "/sockjs/000/abc/websocket" })
	void clientsAreToldThatTheServerGoesAway(String path, CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		List<Client> clients = connect(application, 10, path);
		Duration closed = close(application);
		for (Client client : clients) {
			assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(GOING_AWAY);
		}
		assertThat(closed).isLessThan(Duration.ofSeconds(10));
		assertThat(output).contains("0 aborted, 10 streams ended");
		// Before that threads of another server may have logged their last lines.
		assertThat(output.getOut().substring(output.getOut().indexOf("Drain state REFUSING"))).doesNotContain(" WARN ",
				" ERROR ", "\tat ");
	}

	@Test
	void clientsOfSockJsAreToldByEventStreamsAsWell() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=1500ms");
		List<ClientConnection> clients = new ArrayList<>();
		try {
			for (int i = 0; i < 10; i++) {
				clients.add(application.connect().get("/sockjs/000/session" + i + "/eventsource"));
			}
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			Awaitility.await()
				.atMost(ClientConnection.TIMEOUT)
				.until(() -> registry.streamCount() == 2 * clients.size());
			application.close();
			for (ClientConnection client : clients) {
				assertThat(client.receive().body()).contains("data: c[1001,");
			}
		}
		finally {
			for (ClientConnection client : clients) {
				client.close();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 3000, 5000 })
	@Tag("long")
	void theyAreToldOneAfterTheOther(int spread) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=10s",
				"gracewrap.end-streams-within=" + spread + "ms");
		List<Client> clients = connect(application, 20, "/plain/1");
		CompletableFuture<Duration> closing = CompletableFuture.supplyAsync(() -> close(application));
		List<Long> times = new ArrayList<>();
		for (Client client : clients) {
			assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(GOING_AWAY);
			times.add(client.closedAt);
		}
		assertThat(closing).as("the window is not over").isNotDone();
		times.sort(null);
		assertThat(Duration.ofNanos(times.get(19) - times.get(0))).isBetween(Duration.ofMillis(spread / 4),
				Duration.ofMillis(spread + 4000));
		closing.get(20, TimeUnit.SECONDS);
	}

	@ParameterizedTest
	@CsvSource({ "/plain/1,1000", "/plain/1,2500", "/stomp,1000" })
	void sessionsThatAreKeptAreToldAtTheDrainDeadline(String path, int drainTimeout, CapturedOutput output)
			throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.end-streams=false",
				"gracewrap.drain-timeout=" + drainTimeout + "ms");
		List<Client> clients = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			clients.add(new Client(application, path));
		}
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.count() == 3);
		assertThat(close(application)).isBetween(Duration.ofMillis(drainTimeout),
				Duration.ofMillis(drainTimeout + 15000));
		for (Client client : clients) {
			assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(GOING_AWAY);
		}
		assertThat(output).contains("WebSocket " + path.replace("/1", "/*") + " handled by ");
	}

	@Test
	void messagesStillArriveAndTheRestIsUntouched() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s")) {
			Client client = connect(application, 1, "/plain/1").get(0);
			client.socket.sendText("hello", true);
			assertThat(client.received.poll(20, TimeUnit.SECONDS)).isEqualTo("hello");
			client.socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.streamCount() == 0);
			assertThat(registry.count()).isZero();
		}
	}

	@Test
	void aMessageThatIsBeingHandledIsAnsweredBeforeTheSessionEnds() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.end-streams-within=0s");
		Client client = connect(application, 1, "/plain/1").get(0);
		client.socket.sendText("late", true);
		EchoHandler handler = application.bean(EchoHandler.class);
		handler.gate.awaitArrivals(1);
		GraceWrap graceWrap = application.bean(GraceWrap.class);
		// Keeps the window open, however slow the machine.
		InFlight work = graceWrap.begin("work");
		CompletableFuture<Duration> closing = CompletableFuture.supplyAsync(() -> close(application));
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == DrainState.REFUSING);
		Awaitility.await().during(SLOW).until(() -> !client.closed.isDone());
		handler.gate.open();
		assertThat(client.received.poll(20, TimeUnit.SECONDS)).isEqualTo("late");
		assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(GOING_AWAY);
		work.close();
		closing.get(20, TimeUnit.SECONDS);
	}

	@Test
	void aMessageThatIsBeingHandledForTooLongIsNotWaitedFor(CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.end-streams-within=0s");
		Client client = connect(application, 1, "/plain/1").get(0);
		client.socket.sendText("late", true);
		EchoHandler handler = application.bean(EchoHandler.class);
		handler.gate.awaitArrivals(1);
		assertThat(close(application)).isLessThan(Duration.ofSeconds(15));
		handler.gate.open();
		assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(GOING_AWAY);
		assertThat(output).contains("Does not end, cutting it: WebSocket /plain/*");
	}

	@Test
	void aMessageThatComesAfterTheCloseIsNotHandled(CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.end-streams-within=0s");
		EchoHandler handler = application.bean(EchoHandler.class);
		CompletableFuture<Duration> closing;
		try (ClientConnection client = application.connect();
				InFlight work = application.bean(GraceWrap.class).begin("work")) {
			upgrade(application, client);
			client.write("\u0081\u0085\0\0\0\0hello");
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> handler.handled == 1);
			// What it answers.
			client.bytes(7);
			closing = CompletableFuture.supplyAsync(() -> close(application));
			assertThat(client.bytes(4)).startsWith(CLOSE_FRAME);
			try {
				for (int i = 0; i < 3; i++) {
					client.write("\u0081\u0085\0\0\0\0hello");
				}
			}
			catch (IOException ex) {
				// Jetty has closed the connection.
			}
			TimeUnit.MILLISECONDS.sleep(SLOW.toMillis());
			work.suspend();
		}
		closing.get(20, TimeUnit.SECONDS);
		assertThat(handler.handled).isOne();
		assertThat(output.getOut().substring(output.getOut().indexOf("Drain state REFUSING"))).doesNotContain(" ERROR ",
				"\tat ");
	}

	@Test
	void aClientThatNeverAnswersTheCloseHoldsNothingUp() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		try (ClientConnection client = application.connect()) {
			upgrade(application, client);
			assertThat(close(application)).isLessThan(Duration.ofSeconds(10));
			assertThat(client.bytes(4)).startsWith(CLOSE_FRAME).endsWith(GOING_AWAY >> Byte.SIZE, GOING_AWAY & 0xFF);
		}
	}

	@Test
	void aClientThatDoesNotReadHoldsNothingUp(CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		try (ClientConnection client = new ClientConnection(application.port(), 1000)) {
			upgrade(application, client);
			client.write("\u0081\u0085\0\0\0\0flood");
			EchoHandler handler = application.bean(EchoHandler.class);
			awaitBlocked(handler);
			assertThat(close(application)).isLessThan(Duration.ofSeconds(10));
		}
	}

	@Test
	void aClientThatIsSlowToReadIsToldAsWell() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		// Once it reads, it must have done so within a second, on a busy machine too.
		try (ClientConnection client = new ClientConnection(application.port(), 100_000)) {
			upgrade(application, client);
			client.write("\u0081\u0085\0\0\0\0flood");
			EchoHandler handler = application.bean(EchoHandler.class);
			awaitBlocked(handler);
			long begin = System.nanoTime();
			CompletableFuture<Duration> closing = CompletableFuture.supplyAsync(() -> close(application));
			Awaitility.await().during(SLOW).until(() -> !closing.isDone());
			try {
				assertThat(closeCode(client)).isEqualTo(GOING_AWAY);
			}
			catch (IOException ex) {
				assumeThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(900));
				throw ex;
			}
			closing.get(20, TimeUnit.SECONDS);
		}
	}

	/**
	 * Read what has been sent, the binary messages and the close after them.
	 * @param client whose connection is read
	 * @return the code of the close
	 * @throws IOException if the connection ends before
	 */
	private static int closeCode(ClientConnection client) throws IOException {
		byte[] head = client.bytes(2);
		while (head[0] != CLOSE_FRAME) {
			client.bytes((head[1] == LONG_FRAME) ? ByteBuffer.wrap(client.bytes(2)).getShort() & 0xFFFF : head[1]);
			head = client.bytes(2);
		}
		return ByteBuffer.wrap(client.bytes(2)).getShort();
	}

	private static void awaitBlocked(EchoHandler handler) {
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> handler.flooded > 0);
		AtomicInteger last = new AtomicInteger();
		AtomicInteger unchanged = new AtomicInteger();
		Awaitility.await().pollInterval(Duration.ofMillis(150)).atMost(ClientConnection.TIMEOUT).until(() -> {
			int flooded = handler.flooded;
			unchanged.set((last.getAndSet(flooded) == flooded) ? unchanged.get() + 1 : 0);
			return unchanged.get() == 4;
		});
	}

	private static void upgrade(RunningApplication application, ClientConnection client) throws Exception {
		client.send("GET /plain/1 HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
				"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
		Response response = client.receiveHead();
		assertThat(response.status()).isEqualTo(101);
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.streamCount() == 1);
	}

	private static List<Client> connect(RunningApplication application, int number, String path) throws Exception {
		List<Client> clients = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			clients.add(new Client(application, path.replace("abc", "abc" + i)));
		}
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.until(() -> registry.streamCount() == number && registry.isEmpty());
		return clients;
	}

	private static Duration close(RunningApplication application) {
		long begin = System.nanoTime();
		application.close();
		return Duration.ofNanos(System.nanoTime() - begin);
	}

	/**
	 * A client that notes what it is told.
	 */
	static final class Client implements WebSocket.Listener {

		final CompletableFuture<Integer> closed = new CompletableFuture<>();

		private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

		private final WebSocket socket;

		private volatile long closedAt;

		Client(RunningApplication application, String path) throws Exception {
			this.socket = HttpClient.newHttpClient()
				.newWebSocketBuilder()
				.buildAsync(URI.create("ws://localhost:" + application.port() + path), this)
				.get(10, TimeUnit.SECONDS);
			if (path.equals("/stomp")) {
				this.socket.sendText("CONNECT\naccept-version:1.2\nhost:localhost\n\n\0", true);
				assertThat(this.received.poll(10, TimeUnit.SECONDS)).startsWith("CONNECTED");
			}
		}

		@Override
		public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
			this.received.add(data.toString());
			webSocket.request(1);
			return null;
		}

		@Override
		public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
			this.closedAt = System.nanoTime();
			this.closed.complete(statusCode);
			return null;
		}

		@Override
		public void onError(WebSocket webSocket, Throwable error) {
			this.closed.completeExceptionally(error);
		}

	}

}
