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

package io.gracewrap.sample.rollout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.gracewrap.sample.rollout.LoadReport.Ending;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Load}: the instrument sees every kind of failure, and nothing else.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(60)
class LoadTests {

	private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

	private static final String OK_AND_CLOSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

	private static final Duration A_WHILE = Duration.ofSeconds(20);

	@Test
	void countsAnswersExactly() throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.getOutputStream().write(((request < 5) ? OK : OK_AND_CLOSE).getBytes(StandardCharsets.US_ASCII));
			return request < 5;
		})) {
			AtomicInteger answers = new AtomicInteger();
			LoadReport report = load(server.port(), 3, answers);
			assertThat(report.requests()).isEqualTo(15);
			assertThat(report.count(Outcome.ANSWERED)).isEqualTo(15);
			assertThat(report.failed()).isZero();
			assertThat(report.failures()).isEmpty();
			assertThat(answers).hasValue(15);
			assertThat(server.requests()).isEqualTo(15);
			assertThat(report.count(Ending.SAID_CLOSE)).isEqualTo(3);
		}
	}

	@Test
	void anAnswerThatIsNotWhatWasAskedForIsAFailure() throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.getOutputStream().write(OK_AND_CLOSE.getBytes(StandardCharsets.US_ASCII));
			return false;
		})) {
			LoadReport report = load(server.port(), 1, (answer) -> {
				throw new IllegalArgumentException("No number: " + answer.status());
			});
			assertThat(report.count(Outcome.ANSWERED)).isZero();
			assertThat(report.count(Outcome.OTHER)).isOne();
			assertThat(report.failures().get(0).detail()).isEqualTo("not what was asked for: No number: 200");
		}
	}

	@Test
	void whatHasNotReturnedWhenAllIsOverHasFailed() {
		Tally tally = new Tally();
		tally.sent();
		tally.sent();
		tally.returned();
		tally.answered();
		assertThat(tally.report().requests()).isOne();
		LoadReport report = tally.lastReport();
		assertThat(report.requests()).isEqualTo(2);
		assertThat(report.failed()).isOne();
		assertThat(report.failures().get(0).detail()).isEqualTo("no answer");
	}

	@Test
	void aConnectionClosedWhileIdleIsNoFailure() throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
			return request < 2;
		})) {
			LoadReport report = load(server.port(), 1, new AtomicInteger());
			assertThat(report.count(Outcome.ANSWERED)).isEqualTo(2);
			assertThat(report.failed()).isZero();
			assertThat(report.count(Ending.CLOSED_IDLE)).isOne();
		}
	}

	@Test
	void aConnectionClosedWithoutAnAnswerIsCutShort() throws Exception {
		assertThat(only(Outcome.CUT_SHORT, "")).isEqualTo("No answer");
	}

	@Test
	void anAnswerThatEndsInItsBodyIsCutShort() throws Exception {
		assertThat(only(Outcome.CUT_SHORT, OK.substring(0, OK.length() - 1))).contains("1 of 2 bytes");
	}

	@Test
	void anAnswerThatBlamesTheServerIsCountedAsSuch() throws Exception {
		assertThat(only(Outcome.SERVER_ERROR, OK.replace("200", "503"))).isEqualTo("status 503");
	}

	@Test
	void anAnswerThatBlamesTheClientIsCountedAsSuch() throws Exception {
		assertThat(only(Outcome.CLIENT_ERROR, OK.replace("200", "404"))).isEqualTo("status 404");
	}

	@Test
	void whatIsNoAnswerIsCountedAsOther() throws Exception {
		assertThat(only(Outcome.OTHER, "I am a teapot\r\n")).contains("teapot");
	}

	@Test
	void whatNobodyAskedForIsCountedAsOther() throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.getOutputStream().write((OK + OK).getBytes(StandardCharsets.US_ASCII));
			return true;
		})) {
			LoadReport report = load(server.port(), 1, new AtomicInteger());
			assertThat(report.count(Outcome.ANSWERED)).isOne();
			assertThat(report.count(Outcome.OTHER)).isOne();
			assertThat(report.requests()).isEqualTo(2);
		}
	}

	@Test
	void aResetIsCountedAsSuch() throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.setSoLinger(true, 0);
			return false;
		})) {
			LoadReport report = load(server.port(), 1, new AtomicInteger());
			assertThat(report.count(Outcome.RESET)).isOne();
			assertThat(report.requests()).isOne();
			assertThat(report.failures()).singleElement()
				.satisfies((failure) -> assertThat(failure.sinceSignal()).isPositive());
		}
	}

	@Test
	void aRefusedConnectionIsCountedAndTriedAgainWhileThePodIsRoutedTo() throws Exception {
		int port;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = socket.getLocalPort();
		}
		try (Load load = new Load(port, 1, () -> HttpConnection.get("/"), pause(50), (answer) -> {
		})) {
			load.tally().routedAwayAt(System.nanoTime() + Duration.ofSeconds(3).toNanos());
			load.start();
			LoadReport report = load.end(Duration.ofSeconds(10));
			assertThat(report.count(Outcome.REFUSED)).isBetween(2L, 80L).isEqualTo(report.requests());
			assertThat(report.failures()).hasSize((int) report.failed());
		}
	}

	@Test
	void opensNoConnectionOnceThePodIsNotRoutedTo() throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.getOutputStream().write(OK_AND_CLOSE.getBytes(StandardCharsets.US_ASCII));
			return false;
		}); Load load = new Load(server.port(), 2, () -> HttpConnection.get("/"), pause(20), (answer) -> {
		})) {
			load.start();
			Awaitility.await().atMost(A_WHILE).until(() -> server.requests() > 4);
			load.tally().routedAwayAt(System.nanoTime());
			LoadReport report = load.end(Duration.ofSeconds(10));
			assertThat(report.failed()).isZero();
			assertThat(report.requests()).isEqualTo(server.requests());
			int connections = server.connections();
			Thread.sleep(100);
			assertThat(server.connections()).isEqualTo(connections);
		}
	}

	@Test
	void usesTheConnectionsItHasAfterThePodIsNotRoutedTo() throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
			return true;
		}); Load load = new Load(server.port(), 2, () -> HttpConnection.get("/"), pause(20), (answer) -> {
		})) {
			load.start();
			Awaitility.await().atMost(A_WHILE).until(() -> server.connections() == 2);
			load.tally().signalledAt(System.nanoTime());
			load.tally().routedAwayAt(System.nanoTime());
			int requests = server.requests();
			LoadReport report = load.end(Duration.ofSeconds(2));
			assertThat(server.requests()).isGreaterThan(requests + 4);
			assertThat(server.connections()).isEqualTo(2);
			assertThat(report.requests()).isEqualTo(server.requests());
			assertThat(report.count(Ending.LEFT_OPEN)).isEqualTo(2);
		}
	}

	@Test
	void reportsAddUp() {
		LoadReport one = new LoadReport(Map.of(Outcome.ANSWERED, 3L, Outcome.RESET, 1L),
				List.of(new LoadReport.Failure(Outcome.RESET, 7, Duration.ofMillis(5), "Connection reset")),
				Map.of(Ending.FAILED, 1L));
		LoadReport sum = one.plus(one);
		assertThat(sum.requests()).isEqualTo(8);
		assertThat(sum.failed()).isEqualTo(2);
		assertThat(sum.count(Ending.FAILED)).isEqualTo(2);
		assertThat(sum.failuresByKind()).containsExactly("2 x reset, Connection reset, 5 to 5 ms after SIGTERM");
	}

	/**
	 * Let one client make one request that gets the given bytes and then the end.
	 */
	private String only(Outcome outcome, String answer) throws Exception {
		try (ScriptedServer server = new ScriptedServer((socket, request) -> {
			socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
			return false;
		})) {
			AtomicInteger answers = new AtomicInteger();
			LoadReport report = load(server.port(), 1, answers);
			assertThat(report.requests()).isOne();
			assertThat(report.count(outcome)).isOne();
			assertThat(answers).hasValue(0);
			return report.failures().get(0).detail();
		}
	}

	/**
	 * Run clients that open one connection each: once all have, the pod is routed away.
	 */
	private LoadReport load(int port, int connections, AtomicInteger answers) throws Exception {
		return load(port, connections, (answer) -> answers.incrementAndGet());
	}

	private LoadReport load(int port, int connections, Consumer<HttpAnswer> answers) throws Exception {
		AtomicReference<Load> reference = new AtomicReference<>();
		CountDownLatch connected = new CountDownLatch(connections);
		Supplier<String> requests = () -> {
			connected.countDown();
			await(connected);
			reference.get().tally().routedAwayAt(System.nanoTime());
			return HttpConnection.get("/");
		};
		try (Load load = new Load(port, connections, requests, pause(500), answers)) {
			reference.set(load);
			load.tally().signalledAt(System.nanoTime());
			load.start();
			return load.end(Duration.ofSeconds(10));
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Supplier<Duration> pause(long ms) {
		return () -> Duration.ofMillis(ms);
	}

	/**
	 * What to do with each request of a connection.
	 */
	private interface Script {

		/**
		 * Answer a request.
		 * @param socket the connection
		 * @param request the number of the request on it, from 1
		 * @return whether to keep the connection
		 * @throws IOException if it fails
		 */
		boolean answer(Socket socket, int request) throws IOException;

	}

	/**
	 * A server that behaves as badly as it is told to.
	 */
	private static final class ScriptedServer implements AutoCloseable {

		private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

		private final AtomicInteger connections = new AtomicInteger();

		private final AtomicInteger requests = new AtomicInteger();

		private final Script script;

		ScriptedServer(Script script) throws IOException {
			this.script = script;
			thread(this::accept);
		}

		private static void thread(Runnable task) {
			Thread thread = new Thread(task);
			thread.setDaemon(true);
			thread.start();
		}

		private void accept() {
			try {
				while (true) {
					Socket socket = this.server.accept();
					this.connections.incrementAndGet();
					thread(() -> serve(socket));
				}
			}
			catch (IOException ex) {
				// Closed.
			}
		}

		private void serve(Socket socket) {
			try (socket;
					BufferedReader reader = new BufferedReader(
							new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
				int request = 0;
				for (String line = reader.readLine(); line != null; line = reader.readLine()) {
					if (line.isEmpty()) {
						this.requests.incrementAndGet();
						if (!this.script.answer(socket, ++request)) {
							return;
						}
					}
				}
			}
			catch (IOException ex) {
				// The client has gone.
			}
		}

		int port() {
			return this.server.getLocalPort();
		}

		int connections() {
			return this.connections.get();
		}

		int requests() {
			return this.requests.get();
		}

		@Override
		public void close() throws IOException {
			this.server.close();
		}

	}

}
