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
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Responses without an end are ended between two events, and hold nothing up.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractReactiveStreamTests {

	private final ExecutorService readers = Executors.newCachedThreadPool();

	abstract Class<?> server();

	boolean cutsClientsThatDoNotRead() {
		return true;
	}

	RunningApplication start(String... properties) {
		return ReactiveServers.start(ReactiveApplication.class, server(), properties, "gracewrap.quiet-period=0s",
				"logging.level.root=warn");
	}

	@AfterEach
	void stopReading() {
		this.readers.shutdownNow();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/events/1", "/lines/1", "/function-events/1", "/bytes/1", "/pieces/1" })
	void streamsEndAfterAWholeEventAndHoldNothingUp(String path) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=200ms",
				"gracewrap.end-streams-within=100ms")) {
			List<CompletableFuture<Response>> responses = open(application, path, 5);
			ReactiveApplication reactive = application.bean(ReactiveApplication.class);
			CompletableFuture<Duration> closing = close(application);
			for (CompletableFuture<Response> response : responses) {
				assertWhole(await(response), path);
			}
			assertThat(await(closing)).isLessThan(Duration.ofSeconds(10));
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> reactive.cancelled.get() == 5);
		}
	}

	@Test
	void aStreamThatIsCompressedEndsAfterWhatWasFlushed(CapturedOutput output) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=200ms")) {
			List<CompletableFuture<Response>> responses = open(application, "/encoded/1", 1);
			CompletableFuture<Duration> closing = close(application);
			assertThat(await(responses.get(0)).body()).isNotEmpty();
			assertThat(await(closing)).isLessThan(Duration.ofSeconds(10));
			assertThat(output).doesNotContain("Does not end");
		}
	}

	@Test
	void aStreamThatHasSentNothingEndsToo() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=200ms")) {
			CompletableFuture<Response> response = read(application.connect().get("/silent/1"));
			awaitStreams(application, 1);
			CompletableFuture<Duration> closing = close(application);
			assertThat(await(response).status()).isEqualTo(200);
			assertThat(await(response).body()).isEmpty();
			assertThat(await(closing)).isLessThan(Duration.ofSeconds(10));
		}
	}

	@Tag("long")
	@Test
	void manyStreamsEndOneAfterTheOther() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=4s",
				"gracewrap.end-streams-within=3s")) {
			List<CompletableFuture<Response>> responses = open(application, "/events/1", 200);
			List<Long> ends = new ArrayList<>();
			List<CompletableFuture<Void>> timed = responses.stream().map((response) -> response.thenAccept((whole) -> {
				synchronized (ends) {
					ends.add(System.nanoTime());
				}
			})).toList();
			CompletableFuture<Duration> closing = close(application);
			for (CompletableFuture<Response> response : responses) {
				assertWhole(await(response), "/events/1");
			}
			await(CompletableFuture.allOf(timed.toArray(CompletableFuture[]::new)));
			await(closing);
			assertThat(ends).hasSize(200);
			assertThat(Duration.ofNanos(ends.get(199) - ends.get(0))).isGreaterThan(Duration.ofMillis(500));
		}
	}

	@Test
	void aStreamThatIsOpenedDuringTheWindowStaysUntilItsEnd() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=1s",
				"gracewrap.end-streams-within=0s")) {
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			// Keeps the window open, however slow the machine.
			InFlight work = graceWrap.begin("work");
			CompletableFuture<Duration> closing = close(application);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == DrainState.REFUSING);
			CompletableFuture<Response> response = open(application, "/events/1", 1).get(0);
			work.close();
			CompletableFuture<DrainState> stateAtItsEnd = response.thenApply((whole) -> graceWrap.state());
			assertWhole(await(response), "/events/1");
			assertThat(await(response).announcesClose()).isTrue();
			assertThat(await(stateAtItsEnd)).isNotEqualTo(DrainState.REFUSING);
			await(closing);
		}
	}

	@Test
	void aClientThatDoesNotReadIsNotWaitedFor() throws Exception {
		Assumptions.assumeTrue(cutsClientsThatDoNotRead());
		try (RunningApplication application = start("gracewrap.load-balancer-delay=200ms",
				"gracewrap.end-streams-within=0s", "gracewrap.drain-timeout=20s");
				ClientConnection client = new ClientConnection(application.port(), 10_000)) {
			client.get("/torrent/1").receiveHead();
			awaitStreams(application, 1);
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(12));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3 })
	void streamsMayStayUntilTheDeadlineAndEndAsCleanlyThen(int deadline) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.drain-timeout=" + deadline + "s", "gracewrap.end-streams=false",
				"gracewrap.hard-stop-timeout=4s")) {
			List<CompletableFuture<Response>> responses = new ArrayList<>();
			for (String path : List.of("/events/1", "/lines/1")) {
				ClientConnection client = application.connect().get(path);
				client.awaitResponse();
				responses.add(read(client));
			}
			assertThat(application.bean(InFlightRegistry.class).count()).isEqualTo(2);
			long begin = System.nanoTime();
			CompletableFuture<Duration> closing = close(application);
			assertWhole(await(responses.get(0)), "/events/1");
			assertThat(Duration.ofNanos(System.nanoTime() - begin))
				.isGreaterThan(Duration.ofMillis(deadline * 1000 - 200));
			assertWhole(await(responses.get(1)), "/lines/1");
			await(closing);
		}
	}

	@Test
	void whatIsAStreamCanBeChosen() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.stream-media-types=application/*", "gracewrap.drain-timeout=1s",
				"gracewrap.hard-stop-timeout=4s")) {
			CompletableFuture<Response> lines = open(application, "/lines/1", 1).get(0);
			ClientConnection events = application.connect().get("/events/1");
			events.receiveHead();
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			assertThat(registry.streamCount()).isEqualTo(1);
			assertThat(registry.count()).isEqualTo(1);
			CompletableFuture<Duration> closing = close(application);
			assertWhole(await(lines), "/lines/1");
			assertThat(await(closing)).isGreaterThan(Duration.ofMillis(900));
			events.close();
		}
	}

	private List<CompletableFuture<Response>> open(RunningApplication application, String path, int number)
			throws IOException {
		List<CompletableFuture<Response>> responses = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			responses.add(read(application.connect().get(path)));
		}
		awaitStreams(application, number);
		return responses;
	}

	private static void awaitStreams(RunningApplication application, int number) {
		InFlightRegistry registry = application.bean(InFlightRegistry.class);
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.until(() -> registry.streamCount() == number && registry.count(Protocol.HTTP) == 0);
	}

	/**
	 * Read a response to its end, which must be a proper one.
	 * @param client the connection it comes on
	 * @return the response
	 */
	private CompletableFuture<Response> read(ClientConnection client) {
		return CompletableFuture.supplyAsync(() -> {
			try (client) {
				Response response = client.receive();
				// Where the end of the connection is the end of the response, there are
				// no chunks, and the whole events tell.
				if (!response.announcesClose()) {
					assertThat(response.header("Transfer-Encoding")).containsExactly("chunked");
				}
				return response;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}, this.readers);
	}

	private static void assertWhole(Response response, String path) {
		String event = path.startsWith("/lines") ? "{\"event\":\"" + ReactiveApplication.EVENT + "\"}\n"
				: "data:" + ReactiveApplication.EVENT + "\n\n";
		assertThat(response.status()).isEqualTo(200);
		assertThat(response.body().replace(event, "")).isEmpty();
	}

	private static CompletableFuture<Duration> close(RunningApplication application) {
		return CompletableFuture.supplyAsync(() -> {
			long begin = System.nanoTime();
			application.close();
			return Duration.ofNanos(System.nanoTime() - begin);
		});
	}

	private static <T> T await(CompletableFuture<T> future) throws Exception {
		return future.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

}
