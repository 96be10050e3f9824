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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
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

/**
 * Streams are ended properly, and hold nothing up.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractStreamTests {

	private static final Pattern EVENT = Pattern.compile("(id:\\d+\\n)?data:\\{\"(text|number)\":[^\\n]*\\}\\n\\n");

	private static final Pattern LINE = Pattern.compile("\\{\"(text|number)\":[^\\n]*\\}\\n");

	abstract Class<?> server();

	RunningApplication start(String... properties) {
		return RunningApplication.start(RunningApplication.sources(StreamingApplication.class, server()),
				RunningApplication.properties(properties, "gracewrap.quiet-period=0s"));
	}

	private static List<ClientConnection> connect(RunningApplication application, int number, String path)
			throws IOException {
		List<ClientConnection> clients = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			clients.add(application.connect().get(path));
		}
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.until(() -> registry.streamCount() == number && registry.count() == 0);
		if (!path.startsWith("/never")) {
			for (ClientConnection client : clients) {
				client.awaitResponse();
			}
		}
		return clients;
	}

	@ParameterizedTest
	@ValueSource(strings = { "sse", "emitter", "flux", "ndjson", "functional", "async" })
	void silentStreamsEndProperly(String kind, CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		List<ClientConnection> clients = connect(application, 5, "/" + kind + "/1");
		List<CompletableFuture<Response>> responses = clients.stream().map(AbstractStreamTests::receiveLater).toList();
		assertThat(close(application)).isLessThan(Duration.ofSeconds(10));
		assertThatAllAreWhole(kind, responses);
		assertThat(output).contains("5 streams ended");
		assertThatNothingIsReported(output);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/never-sse", "/never-flux" })
	void streamsThatHaveSentNothingEndProperly(String path) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		List<ClientConnection> clients = connect(application, 5, path);
		List<CompletableFuture<Response>> responses = clients.stream().map(AbstractStreamTests::receiveLater).toList();
		assertThat(close(application)).isLessThan(Duration.ofSeconds(10));
		for (CompletableFuture<Response> response : responses) {
			assertThat(response.get().status()).isEqualTo(200);
			assertThat(response.get().announcesClose()).isTrue();
			assertThat(response.get().body()).isEmpty();
		}
	}

	/**
	 * Such as by a lock that someone holds who writes to a client that does not read.
	 */
	@Test
	void aStreamWhoseListenersAreHeldUpHoldsNoOtherAndNoDrain() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.drain-timeout=30s");
		StreamingApplication streaming = application.bean(StreamingApplication.class);
		Gate stopped = application.bean(StreamingApplication.Stopped.class).gate();
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		ClientConnection heldUp = application.connect().get("/never-completing");
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.streamCount() == 1);
		ClientConnection other = application.connect().get("/never-sse");
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.streamCount() == 2);
		GraceWrap graceWrap = application.bean(GraceWrap.class);
		CompletableFuture<Duration> closing = CompletableFuture.supplyAsync(() -> close(application));
		try (heldUp; other) {
			assertThat(other.receive().status()).isEqualTo(200);
			stopped.awaitArrivals(1);
			Awaitility.await()
				.atMost(ClientConnection.TIMEOUT)
				.until(() -> graceWrap.state().compareTo(DrainState.STOPPING) >= 0);
		}
		finally {
			streaming.released = true;
		}
		closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	@Test
	void listenersOfManyStreamsThatAreHeldUpKeepNoRequestFromItsAnswer() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.drain-timeout=3s");
		StreamingApplication streaming = application.bean(StreamingApplication.class);
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		List<ClientConnection> heldUp = connect(application, 40, "/never-completing");
		ClientConnection waiting = application.connect().get("/never-deferred");
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.count() == 1);
		CompletableFuture<Duration> closing = CompletableFuture.supplyAsync(() -> close(application));
		try (waiting) {
			assertThat(waiting.receive().status()).isEqualTo(503);
		}
		finally {
			streaming.released = true;
			for (ClientConnection connection : heldUp) {
				connection.close();
			}
		}
		closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	@ParameterizedTest
	@ValueSource(strings = { "sse", "emitter", "flux", "ndjson", "body", "functional", "async", "handler", "looping" })
	void streamsThatAreWrittenToEndProperlyAndTheirWritersStop(String kind, CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		List<ClientConnection> clients = connect(application, 5, "/" + kind + "/1?pause=5");
		StreamingApplication.Stopped stopped = application.bean(StreamingApplication.Stopped.class);
		List<CompletableFuture<Response>> responses = clients.stream().map(AbstractStreamTests::receiveLater).toList();
		assertThat(close(application)).isLessThan(Duration.ofSeconds(10));
		assertThatAllAreWhole(kind, responses);
		stopped.gate().awaitArrivals(5);
		assertThat(output).contains("5 streams ended");
		assertThatNothingIsReported(output);
	}

	@ParameterizedTest
	@ValueSource(strings = { "sse", "emitter", "body", "functional", "async", "looping" })
	@Tag("long")
	void noEventIsTruncated(String kind, CapturedOutput output) throws Exception {
		assertThatNoEventIsTruncated(kind, 2, output);
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "sse", "emitter", "body", "functional", "async", "looping" })
	void noEventIsEverTruncated(String kind, CapturedOutput output) throws Exception {
		assertThatNoEventIsTruncated(kind, 20, output);
	}

	/**
	 * Threads of the server before may log their last lines when this application starts,
	 * and Logback warns if it is not ready for them.
	 * @param output what was logged
	 */
	private static void assertThatNothingIsReported(CapturedOutput output) {
		String drain = output.getOut().substring(output.getOut().indexOf("Drain state REFUSING"));
		assertThat(drain).doesNotContain("Exception", " WARN ", " ERROR ");
	}

	private void assertThatNoEventIsTruncated(String kind, int times, CapturedOutput output) throws Exception {
		for (int i = 0; i < times; i++) {
			RunningApplication application = start("gracewrap.load-balancer-delay=0s",
					"gracewrap.end-streams-within=0s");
			List<ClientConnection> clients = connect(application, 4, "/" + kind + "/1?pause=0");
			List<CompletableFuture<Response>> responses = clients.stream()
				.map(AbstractStreamTests::receiveLater)
				.toList();
			close(application);
			assertThatAllAreWhole(kind, responses);
		}
		assertThatNothingIsReported(output);
	}

	@Test
	void streamsThatAreOpenedWhileTrafficIsRefusedStayUntilTheServersStop() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s");
		application.bean(GraceWrap.class).drain();
		List<ClientConnection> clients = connect(application, 5, "/sse/1");
		List<CompletableFuture<Response>> responses = clients.stream().map(AbstractStreamTests::receiveLater).toList();
		assertThat(close(application)).isLessThan(Duration.ofSeconds(10));
		for (CompletableFuture<Response> response : responses) {
			Response whole = response.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
			assertThat(whole.announcesClose()).isTrue();
			assertThat(EVENT.matcher(whole.body()).replaceAll("")).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "sse", "body", "async", "looping" })
	void streamsOnHttp2EndProperly(String kind) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=3s", "server.http2.enabled=true");
		HttpClient http2 = HttpClient.newBuilder().version(Version.HTTP_2).build();
		URI uri = URI.create("http://localhost:" + application.port() + "/" + kind + "/1?pause=2");
		List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		for (int i = 1; i <= 5; i++) {
			int number = i;
			responses.add(http2.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()));
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.streamCount() == number);
		}
		assertThat(close(application)).isLessThan(Duration.ofSeconds(15));
		for (CompletableFuture<HttpResponse<String>> response : responses) {
			HttpResponse<String> whole = response.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
			assertThat(whole.version()).isEqualTo(Version.HTTP_2);
			assertThat(whole.body()).isNotEmpty();
			assertThat(EVENT.matcher(whole.body()).replaceAll("")).isEmpty();
		}
	}

	@Tag("long")
	@ParameterizedTest
	@ValueSource(ints = { 3000, 5000 })
	void manyStreamsEndOneAfterTheOther(int spread) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=10s",
				"gracewrap.end-streams-within=" + spread + "ms");
		List<Long> ends = new CopyOnWriteArrayList<>();
		List<CompletableFuture<Response>> responses = new ArrayList<>();
		for (ClientConnection client : connect(application, 500, "/sse/1")) {
			responses.add(receiveLater(client).whenComplete((result, failure) -> ends.add(System.nanoTime())));
		}
		CompletableFuture<Duration> closing = CompletableFuture.supplyAsync(() -> close(application));
		assertThatAllAreWhole("sse", responses);
		assertThat(closing).as("the window is not over").isNotDone();
		List<Long> sorted = ends.stream().sorted().toList();
		assertThat(Duration.ofNanos(sorted.get(499) - sorted.get(0))).isBetween(Duration.ofMillis(spread / 4),
				Duration.ofMillis(spread + 4000));
		assertThat(Duration.ofNanos(sorted.get(250) - sorted.get(0))).isGreaterThan(Duration.ofMillis(spread / 8));
		closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	@ParameterizedTest
	@CsvSource({ "sse,1500", "sse,3000", "body,1500", "deaf,1500", "functional,1500", "looping,1500",
			"swallowing,1500" })
	void streamsThatAreKeptEndProperlyAtTheDrainDeadline(String kind, int drainTimeout, CapturedOutput output)
			throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.end-streams=false",
				"gracewrap.drain-timeout=" + drainTimeout + "ms");
		List<ClientConnection> clients = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			clients.add(application.connect().get("/" + kind + "/1?pause=50"));
		}
		application.bean(Gate.class).awaitArrivals(3);
		if (isSentWhenFlushed(kind)) {
			for (ClientConnection client : clients) {
				client.awaitResponse();
			}
		}
		List<CompletableFuture<Response>> responses = clients.stream().map(AbstractStreamTests::receiveLater).toList();
		assertThat(close(application)).isBetween(Duration.ofMillis(drainTimeout),
				Duration.ofMillis(drainTimeout + 15000));
		assertThatAllAreWhole(kind, responses);
		assertThat(output).contains("3 still in flight")
			.contains("GET " + (List.of("looping", "swallowing").contains(kind) ? "(no route)" : "/" + kind + "/{id}"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "flood", "flood-emitter", "flood-servlet" })
	void aClientThatDoesNotReadHoldsNothingUp(String kind, CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.drain-timeout=20s");
		try (ClientConnection client = new ClientConnection(application.port(), 1000)) {
			client.get("/" + kind + "/1");
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> registry.streamCount() == 1);
			StreamingApplication streams = application.bean(StreamingApplication.class);
			awaitBlocked(streams);
			Duration closed = close(application);
			assertThat(closed).isLessThan(Duration.ofSeconds(15));
		}
		assertThat(output).contains("Does not end, cutting it: GET ");
	}

	private static void awaitBlocked(StreamingApplication streams) {
		AtomicInteger last = new AtomicInteger();
		AtomicInteger unchanged = new AtomicInteger();
		Awaitility.await().pollInterval(Duration.ofMillis(150)).atMost(ClientConnection.TIMEOUT).until(() -> {
			int flooded = streams.flooded;
			unchanged.set((flooded > 0 && last.getAndSet(flooded) == flooded) ? unchanged.get() + 1 : 0);
			return unchanged.get() == 4;
		});
	}

	@Test
	void aMessageThatIsNeverFinishedHoldsNothingUp(CapturedOutput output) throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.drain-timeout=20s");
		CompletableFuture<Response> response = receiveLater(connect(application, 1, "/unfinished/1").get(0));
		assertThat(close(application)).isLessThan(Duration.ofSeconds(10));
		assertThat(response.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).body())
			.isEqualTo("data:1\n");
		assertThat(output).contains("Does not end, cutting it: GET /unfinished/{id}");
	}

	private static void assertThatAllAreWhole(String kind, List<CompletableFuture<Response>> responses)
			throws Exception {
		for (CompletableFuture<Response> response : responses) {
			Response whole = response.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
			assertThat(whole.body()).as(kind).isNotEmpty();
			if (isSentWhenFlushed(kind)) {
				assertThat(whole.header("Transfer-Encoding")).as(kind).hasSize(1);
			}
			String body = whole.body();
			Pattern expected = kind.equals("ndjson") ? LINE : EVENT;
			assertThat(expected.matcher(body).replaceAll("")).as(kind).isEmpty();
		}
	}

	/**
	 * Spring MVC does not send what a {@code StreamingResponseBody} flushes.
	 */
	private static boolean isSentWhenFlushed(String kind) {
		return !kind.equals("body") && !kind.equals("deaf");
	}

	private static Duration close(RunningApplication application) {
		long begin = System.nanoTime();
		application.close();
		return Duration.ofNanos(System.nanoTime() - begin);
	}

	private static CompletableFuture<Response> receiveLater(ClientConnection client) {
		CompletableFuture<Response> response = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try (client) {
				response.complete(client.receive());
			}
			catch (Throwable ex) {
				response.completeExceptionally(ex);
			}
		});
		thread.setDaemon(true);
		thread.start();
		return response;
	}

}
