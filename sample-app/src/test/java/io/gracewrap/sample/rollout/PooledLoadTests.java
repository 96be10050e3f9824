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

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PooledLoad}: each client sends what it is told, and its failures are
 * seen.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(60)
class PooledLoadTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Queue<String> requests = new ConcurrentLinkedQueue<>();

	private final AtomicInteger answered = new AtomicInteger();

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
		this.server.setExecutor(this.threads);
		this.server.createContext("/ok", (exchange) -> {
			this.answered.incrementAndGet();
			answer(exchange, 200);
		});
		this.server.createContext("/fails", (exchange) -> answer(exchange, 503));
		this.server.createContext("/cut", (exchange) -> {
			exchange.sendResponseHeaders(200, 100);
			exchange.close();
		});
		this.server.start();
	}

	private void answer(HttpExchange exchange, int status) throws IOException {
		this.requests.add(exchange.getRequestMethod() + " "
				+ new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
		byte[] body = "done".getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(status, body.length);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	@AfterEach
	void stop() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	@ParameterizedTest
	@EnumSource
	void sendsGetsOnFewConnections(PooledClient.Kind kind) throws Exception {
		Queue<String> answers = new ConcurrentLinkedQueue<>();
		try (PooledLoad load = load(kind, "/ok", null, answers)) {
			LoadReport report = run(load, Outcome.ANSWERED);
			assertThat(report.failuresByKind()).isEmpty();
			assertThat(report.count(Outcome.ANSWERED)).isEqualTo(answers.size()).isEqualTo(this.answered.get());
			assertThat(answers).containsOnly("done");
			assertThat(this.requests).containsOnly("GET ");
			assertThat(load.tally().connections()).isLessThanOrEqualTo(3);
			assertThat(load.tally().inFlight()).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource
	void sendsPosts(PooledClient.Kind kind) throws Exception {
		try (PooledLoad load = load(kind, "/ok", "{\"a\":1}", new ConcurrentLinkedQueue<>())) {
			assertThat(run(load, Outcome.ANSWERED).failed()).isZero();
			assertThat(this.requests).containsOnly("POST {\"a\":1}");
		}
	}

	@ParameterizedTest
	@EnumSource
	void aStatusThatIsNoSuccessIsAFailure(PooledClient.Kind kind) throws Exception {
		try (PooledLoad load = load(kind, "/fails", "{}", new ConcurrentLinkedQueue<>())) {
			LoadReport report = run(load, Outcome.SERVER_ERROR);
			assertThat(report.failed()).isEqualTo(report.count(Outcome.SERVER_ERROR)).isEqualTo(report.requests());
		}
	}

	@ParameterizedTest
	@EnumSource
	void anAnswerThatEndsTooEarlyIsAFailure(PooledClient.Kind kind) throws Exception {
		try (PooledLoad load = load(kind, "/cut", "{}", new ConcurrentLinkedQueue<>())) {
			LoadReport report = run(load, Outcome.CUT_SHORT);
			assertThat(report.failed()).isEqualTo(report.requests()).isPositive();
		}
	}

	@ParameterizedTest
	@EnumSource
	void whatIsAnsweredElsewhereIsNotCounted(PooledClient.Kind kind) throws Exception {
		try (PooledLoad load = load(kind, "/ok", null, new ConcurrentLinkedQueue<>())) {
			load.tally().routedAwayAt(System.nanoTime());
			load.start();
			assertThat(load.end(TIMEOUT).requests()).isZero();
			assertThat(load.tally().connections()).isPositive();
			assertThat(this.answered).hasValue(0);
		}
	}

	private PooledLoad load(PooledClient.Kind kind, String path, @Nullable String json, Queue<String> answers)
			throws IOException {
		return new PooledLoad(kind, this.server.getAddress().getPort(), 3, path, json, answers::add);
	}

	private static LoadReport run(PooledLoad load, Outcome awaited) throws Exception {
		load.start();
		long deadline = System.nanoTime() + TIMEOUT.toNanos();
		while (load.tally().count(awaited) < 5 && System.nanoTime() - deadline < 0) {
			Thread.sleep(5);
		}
		load.tally().routedAwayAt(System.nanoTime());
		return load.end(TIMEOUT);
	}

}
