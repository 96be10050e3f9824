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

package io.gracewrap.web.reactive;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import io.gracewrap.InFlightProbe;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * WebSocket sessions are closed with the status that tells clients to connect elsewhere,
 * and hold nothing up.
 *
 * @author GraceWrap Maintainers
 */
abstract class AbstractReactiveWebSocketTests {

	private final HttpClient client = HttpClient.newHttpClient();

	abstract Class<?> server();

	boolean noticesThatAClientIsGoneWithoutReading() {
		return true;
	}

	RunningApplication start(String... properties) {
		return ReactiveServers.start(ReactiveApplication.class, server(), properties, "gracewrap.quiet-period=0s",
				"logging.level.root=warn");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/sockets/echo", "/sockets/deaf/1", "/sockets/talking" })
	void sessionsAreClosedAndHoldNothingUp(String path) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=200ms",
				"gracewrap.end-streams-within=100ms")) {
			List<Client> clients = new ArrayList<>();
			for (int i = 0; i < 10; i++) {
				clients.add(connect(application, path));
			}
			awaitSessions(application, 10);
			CompletableFuture<Duration> closing = close(application);
			for (Client client : clients) {
				assertThat(await(client.closed)).isEqualTo(1001);
			}
			assertThat(await(closing)).isLessThan(Duration.ofSeconds(10));
		}
	}

	@Test
	void aSessionIsOpenUntilEitherSideClosesItAndItsHandshakeIsOver() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s")) {
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			InFlightProbe inFlight = new InFlightProbe(registry);
			Client closed = connect(application, "/sockets/echo");
			Client aborted = connect(application, "/sockets/echo");
			Client unread = connect(application, "/sockets/deaf/no-4711-id");
			Client failed = connect(application, "/sockets/fails");
			await(failed.closed);
			awaitSessions(application, 3);
			assertThat(inFlight.describe()).anySatisfy((session) -> assertThat(session)
				.startsWith("WebSocket /sockets/deaf/{id} handled by deaf handler, in flight for "));
			closed.socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
			assertThat(await(closed.closed)).isEqualTo(1000);
			aborted.socket.abort();
			unread.socket.abort();
			awaitSessions(application, noticesThatAClientIsGoneWithoutReading() ? 0 : 1);
			assertThat(inFlight.finished()).isEqualTo(4);
		}
	}

	@Test
	void aClientThatDoesNotAnswerTheCloseIsNotWaitedFor() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=200ms",
				"gracewrap.end-streams-within=0s");
				ClientConnection silent = application.connect();
				ClientConnection stalled = new ClientConnection(application.port(), 10_000)) {
			for (ClientConnection client : List.of(silent, stalled)) {
				shakeHands(client, (client == silent) ? "/sockets/echo" : "/sockets/talking");
			}
			awaitSessions(application, 2);
			// Enough for all buffers between the two to be full.
			TimeUnit.SECONDS.sleep(3);
			CompletableFuture<Duration> closing = close(application);
			assertThat(silent.bytes(4)).containsExactly(0x88, 2, 1001 >> 8, 1001 & 0xff);
			assertThat(await(closing)).isLessThan(Duration.ofSeconds(12));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3 })
	void sessionsMayStayUntilTheDeadline(int deadline) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.drain-timeout=" + deadline + "s", "gracewrap.end-streams=false",
				"gracewrap.hard-stop-timeout=4s")) {
			Client client = connect(application, "/sockets/echo");
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.count() == 1);
			long begin = System.nanoTime();
			CompletableFuture<Duration> closing = close(application);
			assertThat(await(client.closed)).isEqualTo(1001);
			assertThat(Duration.ofNanos(System.nanoTime() - begin))
				.isGreaterThan(Duration.ofMillis(deadline * 1000 - 200));
			await(closing);
		}
	}

	static void shakeHands(ClientConnection client, String path) throws Exception {
		client.send("GET " + path + " HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket",
				"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
		assertThat(client.receiveHead().status()).isEqualTo(101);
	}

	static void awaitSessions(RunningApplication application, int number) {
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.until(() -> registry.streamCount() == number && registry.isEmpty());
	}

	private Client connect(RunningApplication application, String path) throws Exception {
		Client client = new Client();
		client.socket = await(this.client.newWebSocketBuilder()
			.buildAsync(URI.create("ws://localhost:" + application.port() + path), client));
		return client;
	}

	static CompletableFuture<Duration> close(RunningApplication application) {
		return CompletableFuture.supplyAsync(() -> {
			long begin = System.nanoTime();
			application.close();
			return Duration.ofNanos(System.nanoTime() - begin);
		});
	}

	static <T> T await(CompletableFuture<T> future) throws Exception {
		return future.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	private static final class Client implements WebSocket.Listener {

		private final CompletableFuture<Integer> closed = new CompletableFuture<>();

		private WebSocket socket;

		@Override
		public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
			this.closed.complete(statusCode);
			return null;
		}

		@Override
		public void onError(WebSocket webSocket, Throwable error) {
			this.closed.completeExceptionally(error);
		}

	}

}
