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

package io.gracewrap.web.servlet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.gracewrap.InFlightProbe;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every request is in flight exactly once while it is served, and not at all when it has
 * ended, however it ends.
 *
 * @author GraceWrap Maintainers
 */
@ParameterizedClass
@EnumSource
@TestInstance(Lifecycle.PER_CLASS)
abstract class AbstractRequestTrackingTests {

	private static final int THREADS = 50;

	private static final int MOST_REQUESTS = 200;

	private static final int REQUESTS = 50;

	@Parameter
	private Tracking tracking;

	private RunningApplication application;

	private TrackedApplication tracked;

	private Gate gate;

	private InFlightProbe inFlight;

	private long finishedBefore;

	abstract Class<?> server();

	@BeforeParameterizedClassInvocation
	void start() {
		Assumptions.assumeTrue(this.tracking != Tracking.ON_VIRTUAL_THREADS || JRE.currentVersionNumber() >= 21);
		this.application = RunningApplication.start(RunningApplication.sources(TrackedApplication.class, server()),
				this.tracking.property, "logging.level.root=off", "gracewrap.load-balancer-delay=0s",
				"gracewrap.quiet-period=0s", "spring.servlet.multipart.file-size-threshold=1MB",
				"gracewrap.end-streams=false");
		this.tracked = this.application.bean(TrackedApplication.class);
		this.gate = this.application.bean(Gate.class);
		this.inFlight = new InFlightProbe(this.application.bean(InFlightRegistry.class));
	}

	@AfterParameterizedClassInvocation
	void stop() {
		if (this.application != null) {
			this.application.close();
		}
	}

	@BeforeEach
	void beginWithNothingInFlight() {
		assertThat(this.inFlight.describe()).isEmpty();
		this.tracked.observed.clear();
		this.finishedBefore = this.inFlight.finished();
	}

	@ParameterizedTest
	@CsvSource({ "/orders/1, 200", "/no-content, 204", "/fails, 500", "/send-error, 409", "/response-status, 410",
			"/missing, 404", "/functions/a, 200", "/callable, 200", "/callable-fails, 500", "/deferred-at-once, 200",
			"/deferred-fails, 500", "/emitter-at-once, 200", "/streaming, 200", "/streaming-fails, 500",
			"/async-complete, 200", "/async-dispatch, 200", "/async-twice, 200", "/forward, 200",
			"/forward-to-callable, 200", "/include, 200" })
	void aHandledRequestIsInFlightOnceAndThenNoMore(String path, int status) throws Exception {
		Response response = get(path);
		assertThat(response.status()).as(response.toString()).isEqualTo(status);
		assertTracked(1);
		assertThat(this.tracked.observed).isNotEmpty().containsOnly(1);
	}

	@Test
	void requestsThatTimeOutAreInFlightOnceAndThenNoMore() throws Exception {
		List<String> paths = List.of("/callable-times-out", "/deferred-times-out", "/deferred-times-out-with-result",
				"/emitter-times-out", "/async-times-out", "/forward-to-deferred");
		List<ClientConnection> clients = new ArrayList<>();
		for (String path : paths) {
			clients.add(this.application.connect().get(path));
		}
		List<Integer> statuses = new ArrayList<>();
		for (ClientConnection client : clients) {
			statuses.add(client.receive().status());
			client.close();
		}
		// An interrupted callable may have failed before its timeout is answered.
		assertThat(statuses.remove(0)).isIn(500, 503);
		assertThat(statuses).containsExactly(503, 200, 200, 200, 200);
		assertTracked(paths.size());
		assertThat(this.tracked.observed).hasSize(paths.size())
			.allSatisfy((count) -> assertThat(count).isBetween(1, paths.size()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "/no-such-thing", "/no-such-thing.css" })
	void aRequestForNothingIsInFlightOnceAndThenNoMore(String path) throws Exception {
		assertThat(get(path).status()).isEqualTo(404);
		assertTracked(1);
	}

	@Test
	void aStaticResourceIsInFlightOnceAndThenNoMore() throws Exception {
		assertThat(get("/hello.txt").body()).isEqualTo("hello\n");
		assertTracked(1);
	}

	@Test
	void aPlainServletIsTrackedByTheFilter() throws Exception {
		assertThat(get("/servlet").status()).isEqualTo(200);
		assertTracked(this.tracking.byFilter ? 1 : 0);
		assertThat(this.tracked.observed).containsOnly(this.tracking.byFilter ? 1 : 0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/servlet-forwards", "/servlet-includes", "/filter-forwards" })
	void aRequestThatReachesItsHandlerByAForwardOrAnIncludeIsTracked(String path) throws Exception {
		assertThat(get(path).status()).isEqualTo(200);
		assertTracked(1);
		assertThat(this.tracked.observed).containsOnly(1);
	}

	@Test
	void anAnswerOfALaterFilterIsTrackedByTheFilter() throws Exception {
		assertThat(get("/unauthorized").status()).isEqualTo(401);
		assertTracked(this.tracking.byFilter ? 1 : 0);
	}

	@ParameterizedTest
	@CsvSource({ "refuse-first, 403", "throw-first, 500", "refuse-last, 403", "throw-last, 500" })
	void anInterceptorThatEndsTheRequestLeavesNothingInFlight(String what, int status) throws Exception {
		assertThat(get("/orders/1?" + what).status()).isEqualTo(status);
		awaitNothingInFlight();
		assertThat(this.inFlight.finished() - this.finishedBefore).isLessThanOrEqualTo(1);
	}

	@Test
	void aDeferredResultIsInFlightUntilItIsSet() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/deferred");
			this.gate.awaitArrivals(1);
			assertThat(this.inFlight.count()).isEqualTo(1);
			this.tracked.lastDeferred.setResult("done");
			assertThat(client.receive().body()).isEqualTo("done");
		}
		assertTracked(1);
	}

	@Test
	void aDeferredResultThatNobodySetsIsInFlightUntilItsTimeoutThoughTheClientIsGone() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/deferred?timeout=3000");
			this.gate.awaitArrivals(1);
			client.reset();
		}
		assertThat(this.inFlight.count()).isEqualTo(1);
		assertTracked(1);
	}

	@Test
	void anEmitterIsInFlightUntilItCompletes() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/emitter");
			this.gate.awaitArrivals(1);
			this.tracked.lastEmitter.send("event");
			assertThat(client.receiveHead().status()).isEqualTo(200);
			assertThat(this.inFlight.count()).isEqualTo(1);
			this.tracked.lastEmitter.complete();
			assertTracked(1);
		}
	}

	@Test
	void anEmitterWhoseClientIsGoneIsInFlightNoMore() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/emitter?timeout=3000");
			this.gate.awaitArrivals(1);
			this.tracked.lastEmitter.send("event");
			client.receiveHead();
			client.reset();
		}
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> {
			try {
				this.tracked.lastEmitter.send("x".repeat(1000));
				return false;
			}
			catch (IOException | IllegalStateException ex) {
				return true;
			}
		});
		assertTracked(1);
	}

	@Test
	void aStreamWhoseClientIsGoneIsInFlightNoMore() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/streaming-forever");
			client.receiveHead();
			assertThat(this.inFlight.count()).isEqualTo(1);
			client.reset();
		}
		assertTracked(1);
	}

	@Test
	void aHandlerWhoseClientIsGoneIsInFlightUntilItReturns() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/blocked/1");
			this.gate.awaitArrivals(1);
			client.reset();
		}
		assertThat(this.inFlight.count()).isEqualTo(1);
		this.gate.open();
		assertTracked(1);
	}

	@Test
	void aSlowUploadIsInFlightFromItsFirstByteToItsLast() throws Exception {
		String body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhello\r\n--b--\r\n";
		try (ClientConnection client = this.application.connect()) {
			client.send("POST /multipart HTTP/1.1", "Content-Type: multipart/form-data; boundary=b",
					"Content-Length: " + body.length());
			client.write(body.substring(0, 10));
			if (this.tracking.byFilter) {
				Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> this.inFlight.count() == 1);
			}
			client.write(body.substring(10));
			assertThat(client.receive().body()).isEqualTo("5 bytes");
		}
		assertTracked(1);
		assertThat(this.tracked.observed).containsOnly(1);
	}

	@Test
	void anUploadThatBreaksOffIsInFlightNoMore() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.send("POST /body HTTP/1.1", "Content-Type: text/plain", "Content-Length: 100").write("begin");
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> this.inFlight.count() == 1);
			client.reset();
		}
		assertTracked(1);
	}

	@Test
	void anUpgradeThatIsIgnoredIsARequestLikeAnyOther() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.send("GET /orders/1 HTTP/1.1", "Connection: Upgrade", "Upgrade: something");
			assertThat(client.receive().status()).isEqualTo(200);
		}
		assertTracked(1);
	}

	@Test
	void pipelinedRequestsAreInFlightOneAfterTheOther() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			String request = "GET /orders/1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
			client.write(request.repeat(3));
			for (int i = 0; i < 3; i++) {
				assertThat(client.receive().status()).isEqualTo(200);
			}
		}
		assertTracked(3);
		assertThat(this.tracked.observed).containsExactly(1, 1, 1);
	}

	@ParameterizedTest
	@CsvSource({ "/blocked/no-4711-id?secret=no-4711-id, 'GET /blocked/{id} handled by ', #blocked(String)",
			"/functions/blocked?secret=no-4711-id, 'GET /functions/{name} handled by ', ''",
			"/blocked-callable/no-4711-id?secret=no-4711-id, 'GET /blocked-callable/{id} handled by ', #blockedCallable(String)" })
	void aRequestIsNamedByItsPatternAndHandlerOnly(String path, String start, String handler) throws Exception {
		Assumptions.assumeTrue(this.tracking.byInterceptor);
		try (ClientConnection client = this.application.connect()) {
			client.get(path);
			this.gate.awaitArrivals(1);
			assertThat(this.inFlight.describe()).singleElement()
				.asString()
				.startsWith(start)
				.contains(handler, ", on thread '", "\tat ", "TrackedApplication", "Gate.pass")
				.doesNotContain("no-4711-id");
			this.gate.open();
			assertThat(client.receive().status()).isEqualTo(200);
		}
		assertTracked(1);
	}

	@Test
	void aRequestThatReachesNoHandlerIsNotNamedByItsPath() throws Exception {
		Assumptions.assumeTrue(this.tracking.byFilter);
		try (ClientConnection client = this.application.connect()) {
			client.get("/servlet/no-4711-id?secret=no-4711-id&blocked");
			this.gate.awaitArrivals(1);
			assertThat(this.inFlight.describe()).singleElement()
				.asString()
				.startsWith("GET (no route), in flight for ")
				.doesNotContain("no-4711-id");
			this.gate.open();
			assertThat(client.receive().status()).isEqualTo(200);
		}
		assertTracked(1);
	}

	@Test
	@Tag("long")
	void isExactUnderConcurrency() throws Exception {
		List<String> paths = List.of("/orders/1", "/functions/a", "/deferred-at-once", "/callable", "/hello.txt",
				"/missing", "/forward", "/no-such-thing", "/streaming", "/fails", "/async-complete", "/include",
				"/no-content", "/async-twice", "/send-error");
		int requests = (this.tracking == Tracking.BY_FILTER_AND_INTERCEPTOR) ? MOST_REQUESTS : REQUESTS;
		ExecutorService clients = Executors.newFixedThreadPool(THREADS);
		try {
			List<Future<Void>> results = IntStream.range(0, THREADS).mapToObj((client) -> clients.<Void>submit(() -> {
				ClientConnection connection = this.application.connect();
				for (int i = 0; i < requests; i++) {
					if (connection.get(paths.get((client + i) % paths.size())).receive().announcesClose()) {
						assertThat(connection.endsHere()).isTrue();
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
		assertTracked(THREADS * requests);
		// A client that has its answer asks again while that one is just leaving.
		assertThat(this.tracked.observed).allSatisfy((count) -> assertThat(count).isBetween(1, 2 * THREADS));
	}

	private Response get(String path) throws IOException {
		try (ClientConnection client = this.application.connect()) {
			return client.get(path).receive();
		}
		catch (IOException ex) {
			throw new IOException(path, ex);
		}
	}

	private void assertTracked(int requests) {
		awaitNothingInFlight();
		// Counted after it has been removed.
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.inFlight.finished() - this.finishedBefore).isEqualTo(requests));
	}

	private void awaitNothingInFlight() {
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.untilAsserted(() -> assertThat(this.inFlight.describe()).isEmpty());
	}

	/**
	 * What tracks, and on which threads.
	 */
	enum Tracking {

		BY_FILTER_AND_INTERCEPTOR("test.without=", true, true),

		BY_INTERCEPTOR_ONLY("test.without=gracewrapInFlightFilter", false, true),

		BY_FILTER_ONLY("test.without=gracewrapWebMvcConfigurer", true, false),

		ON_VIRTUAL_THREADS("spring.threads.virtual.enabled=true", true, true);

		private final String property;

		private final boolean byFilter;

		private final boolean byInterceptor;

		Tracking(String property, boolean byFilter, boolean byInterceptor) {
			this.property = property;
			this.byFilter = byFilter;
			this.byInterceptor = byInterceptor;
		}

	}

}
