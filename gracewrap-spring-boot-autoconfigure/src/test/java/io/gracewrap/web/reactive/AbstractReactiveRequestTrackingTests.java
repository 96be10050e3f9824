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

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.gracewrap.InFlightProbe;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every request is in flight exactly once until its response is written, and not at all
 * when it has ended, however it ends.
 *
 * @author GraceWrap Maintainers
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class AbstractReactiveRequestTrackingTests {

	private static final int THREADS = 50;

	private static final int REQUESTS = 100;

	RunningApplication application;

	private ReactiveApplication reactive;

	Gate gate;

	private InFlightProbe inFlight;

	private long finishedBefore;

	abstract Class<?> server();

	@BeforeAll
	void start() {
		this.application = ReactiveServers.start(ReactiveApplication.class, server(), new String[0],
				"logging.level.root=off", "gracewrap.load-balancer-delay=0s", "gracewrap.quiet-period=0s",
				"server.forward-headers-strategy=framework");
		this.reactive = this.application.bean(ReactiveApplication.class);
		this.gate = this.application.bean(Gate.class);
		this.inFlight = new InFlightProbe(this.application.bean(InFlightRegistry.class));
	}

	@AfterAll
	void stop() {
		this.application.close();
	}

	@BeforeEach
	void beginWithNothingInFlight() {
		assertThat(this.inFlight.describe()).isEmpty();
		this.reactive.observed.clear();
		this.finishedBefore = this.inFlight.finished();
	}

	@ParameterizedTest
	@CsvSource({ "/orders/1, 200", "/plain, 200", "/no-content, 204", "/delayed, 200", "/fails, 500", "/throws, 500",
			"/missing, 404", "/times-out, 503", "/list, 200", "/zero-copy, 200", "/resource, 200", "/functions/a, 200",
			"/no-stream/length, 200", "/no-stream/single, 200", "/no-stream/type, 200" })
	void aHandledRequestIsInFlightOnceAndThenNoMore(String path, int status) throws Exception {
		Response response = get(path);
		assertThat(response.status()).as(response.toString()).isEqualTo(status);
		assertTracked(1);
		assertThat(this.reactive.observed).isNotEmpty().containsOnly(1);
	}

	/**
	 * Reactor throws such errors past all that subscribe.
	 */
	@Test
	void aRequestWhoseHandlerFailsForGoodIsInFlightNoMore() throws Exception {
		try (ClientConnection client = this.application.connect().get("/throws-for-good")) {
			client.awaitResponse();
			assertTracked(1);
		}
	}

	@ParameterizedTest
	@CsvSource({ "/no-such-thing, 404", "/hello.txt, 200", "/unauthorized, 401", "/filter-fails, 500",
			"/filter-throws, 500" })
	void aRequestThatReachesNoHandlerOfOursIsInFlightOnceAndThenNoMore(String path, int status) throws Exception {
		assertThat(get(path).status()).isEqualTo(status);
		assertTracked(1);
	}

	@Test
	void aStreamThatHasAnEndIsAStreamUntilThen() throws Exception {
		assertThat(get("/finite-events").body()).isEqualTo("data:event 0\n\ndata:event 1\n\ndata:event 2\n\n");
		assertThat(get("/finite-lines").body()).isEqualTo("{\"i\":0}\n{\"i\":1}\n{\"i\":2}\n");
		assertTracked(0);
		assertThat(this.reactive.observed).hasSize(6).containsOnly(0);
	}

	@Test
	void aFileCanBeSentWithoutCopyingIfItCouldBefore() throws Exception {
		assertThat(get("/zero-copy").body()).isEqualTo("true");
		assertThat(get("/resource").body()).isEqualTo("resource");
		assertTracked(2);
	}

	@Test
	void aRequestIsInFlightUntilItIsAnswered() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/late/1");
			this.gate.awaitArrivals(1);
			assertThat(this.inFlight.count()).isEqualTo(1);
			this.gate.open();
			assertThat(client.receive().body()).isEqualTo("done");
		}
		assertTracked(1);
	}

	@Test
	void aRequestIsInFlightUntilItsResponseIsWritten() throws Exception {
		try (ClientConnection client = new ClientConnection(this.application.port(), 10_000)) {
			client.get("/large");
			client.receiveHead();
			client.bytes(ReactiveApplication.LARGE / 2);
			assertThat(this.inFlight.count()).isEqualTo(1);
			client.bytes(ReactiveApplication.LARGE / 2);
		}
		assertTracked(1);
	}

	@Test
	void aResponseThatFailsWhileItIsWrittenIsInFlightNoMore() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/committed-then-fails").receive();
		}
		catch (IOException ex) {
			// Most often: Tomcat may end the response as if nothing had happened.
		}
		assertTracked(1);
		assertThat(this.reactive.observed).containsExactly(1);
	}

	@Test
	void aResponseWhoseClientIsGoneIsInFlightNoMore() throws Exception {
		try (ClientConnection client = new ClientConnection(this.application.port(), 10_000)) {
			client.get("/large");
			client.receiveHead();
			client.bytes(1000);
			client.reset();
		}
		assertTracked(1);
	}

	@Test
	void aStreamWhoseClientIsGoneIsOpenNoMore() throws Exception {
		InFlightRegistry registry = this.application.bean(InFlightRegistry.class);
		try (ClientConnection client = this.application.connect()) {
			client.get("/events/1");
			client.receiveHead();
			client.bytes(10_000);
			assertThat(this.inFlight.count()).isZero();
			assertThat(registry.streamCount()).isEqualTo(1);
			client.reset();
		}
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.streamCount() == 0);
		assertTracked(0);
	}

	@Test
	void anUploadIsInFlightFromItsHeadToItsLastByteOrItsEnd() throws Exception {
		try (ClientConnection client = this.application.connect();
				ClientConnection broken = this.application.connect()) {
			client.send("POST /body HTTP/1.1", "Content-Type: text/plain", "Content-Length: 10").write("begin");
			broken.send("POST /body HTTP/1.1", "Content-Type: text/plain", "Content-Length: 10").write("begin");
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> this.inFlight.count() == 2);
			broken.reset();
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> this.inFlight.count() == 1);
			client.write("right");
			assertThat(client.receive().body()).isEqualTo("beginright");
		}
		assertTracked(2);
		assertThat(this.reactive.observed).containsOnly(1);
	}

	@Test
	void pipelinedRequestsAreInFlightOneAfterTheOther() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.write("GET /orders/1 HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(3));
			for (int i = 0; i < 3; i++) {
				assertThat(client.receive().status()).isEqualTo(200);
			}
		}
		assertTracked(3);
		assertThat(this.reactive.observed).containsExactly(1, 1, 1);
	}

	@Test
	void headRequestsEndToo() throws Exception {
		for (String path : List.of("/orders/1", "/finite-events", "/resource", "/events/1")) {
			try (ClientConnection client = this.application.connect()) {
				client.send("HEAD " + path + " HTTP/1.1");
				assertThat(client.receiveHead().status()).isEqualTo(200);
			}
		}
		assertTracked(4);
		assertThat(this.application.bean(InFlightRegistry.class).streamCount()).isZero();
	}

	@ParameterizedTest
	@CsvSource({ "/late/no-4711-id?secret=no-4711-id, 'GET /late/{id} handled by ', #late(String)",
			"/late-fails, 'GET /late-fails handled by ', #lateFails()",
			"/late-list, 'GET /late-list handled by ', #lateList()" })
	void aRequestIsNamedByItsPatternAndHandlerOnly(String path, String start, String handler) throws Exception {
		try (ClientConnection client = this.application.connect()) {
			// A request that is exchanged for another one before it is handled.
			client.send("GET " + path + " HTTP/1.1", "X-Forwarded-Prefix: /no-4711-id");
			this.gate.awaitArrivals(1);
			assertThat(this.inFlight.describe()).singleElement()
				.asString()
				.startsWith(start)
				.contains(handler, ", in flight for ", ", on no known thread")
				.doesNotContain("no-4711-id");
			this.gate.open();
			client.receive();
		}
		assertTracked(1);
	}

	/**
	 * On an overloaded machine Reactor Netty leaves one of twenty thousand requests
	 * without an answer, without GraceWrap too. It may have been handled or not.
	 */
	@Test
	@Tag("long")
	void isExactUnderConcurrency() throws Exception {
		List<String> paths = List.of("/orders/1", "/plain", "/functions/a", "/delayed", "/hello.txt", "/missing",
				"/no-such-thing", "/list", "/fails", "/resource", "/no-content", "/unauthorized", "/throws");
		AtomicInteger unanswered = new AtomicInteger();
		ExecutorService clients = Executors.newFixedThreadPool(THREADS);
		try {
			List<Future<Void>> results = IntStream.range(0, THREADS).mapToObj((client) -> clients.<Void>submit(() -> {
				ClientConnection connection = this.application.connect();
				for (int i = 0; i < REQUESTS; i++) {
					boolean over = true;
					try {
						over = connection.get(paths.get((client + i) % paths.size())).receive().announcesClose();
						assertThat(!over || connection.endsHere()).isTrue();
					}
					catch (SocketTimeoutException ex) {
						unanswered.incrementAndGet();
					}
					if (over) {
						connection.close();
						connection = this.application.connect();
					}
				}
				connection.close();
				return null;
			})).toList();
			for (Future<Void> result : results) {
				result.get();
			}
		}
		finally {
			clients.shutdownNow();
		}
		assertThat(unanswered).hasValueLessThanOrEqualTo(2);
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.untilAsserted(() -> assertThat(this.inFlight.describe()).isEmpty());
		assertThat(this.inFlight.finished() - this.finishedBefore)
			.isBetween((long) THREADS * REQUESTS - unanswered.get(), (long) THREADS * REQUESTS);
		// A client that has its answer asks again while that one is just leaving.
		assertThat(this.reactive.observed).allSatisfy((count) -> assertThat(count).isBetween(1, 2 * THREADS));
	}

	private Response get(String path) throws IOException {
		try (ClientConnection client = this.application.connect()) {
			return client.get(path).receive();
		}
		catch (IOException ex) {
			throw new IOException(path, ex);
		}
	}

	void assertTracked(int requests) {
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.untilAsserted(() -> assertThat(this.inFlight.describe()).isEmpty());
		// Counted after it has been removed.
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.inFlight.finished() - this.finishedBefore).isEqualTo(requests));
	}

}
