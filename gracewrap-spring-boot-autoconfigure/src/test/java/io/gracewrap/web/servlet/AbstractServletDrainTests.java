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

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.gracewrap.Drain;
import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Closing an application while it serves: everything in flight is answered, and what
 * takes too long is named and cut.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractServletDrainTests {

	/** A connection on which nothing moves for a second was cut by plain Jetty. */
	static final Duration PAUSE = Duration.ofMillis(1500);

	abstract Class<?> server();

	RunningApplication start(String... properties) {
		return RunningApplication.start(RunningApplication.sources(DrainedApplication.class, server()),
				RunningApplication.properties(properties, "gracewrap.quiet-period=0s", "logging.level.root=info"));
	}

	/**
	 * Start an application whose load-balancer window has no time, so that it drains at
	 * once.
	 * @param configuration what it has beside its handlers
	 * @param properties its properties
	 * @return the application, ready
	 */
	RunningApplication startWith(Class<?> configuration, String... properties) {
		return RunningApplication.start(RunningApplication.sources(DrainedApplication.class, server(), configuration),
				RunningApplication.properties(properties, "gracewrap.quiet-period=0s",
						"gracewrap.load-balancer-delay=0s", "gracewrap.max-load-balancer-delay=0s"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aConnectionWhoseLongAnswerHasJustEndedIsNotClosedYet(boolean patient) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s");
				ClientConnection client = application.connect()) {
			client.get("/flushed");
			Response head = client.receiveHead();
			assertThat(head.announcesClose()).isFalse();
			// Longer than a new connection has.
			TimeUnit.MILLISECONDS.sleep(1300);
			long begin = System.nanoTime();
			application.bean(Gate.class).open();
			assertThat(client.receiveBody(head)).isEqualTo("begun, ended");
			application.stopAccepting();
			application.closeIdleConnections(patient);
			assumeThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(200));
			assertThat(client.get("/quick").receive().body()).isEqualTo("quick");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aConnectionThatWasUsedJustNowIsNotClosedYetHoweverOldItIs(boolean patient) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s");
				ClientConnection idle = application.connect();
				ClientConnection used = application.connect()) {
			idle.get("/quick").receive();
			used.get("/quick").receive();
			TimeUnit.MILLISECONDS.sleep(500);
			long begin = System.nanoTime();
			used.get("/quick").receive();
			application.stopAccepting();
			application.closeIdleConnections(patient);
			assumeThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(200));
			assertThat(idle.endsHere()).isTrue();
			assertThat(used.get("/quick").receive().body()).isEqualTo("quick");
		}
	}

	@Test
	void whatIsInFlightIsAnsweredWhileEveryBeanLives() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s"); ClientConnection client = application.connect()) {
			client.get("/quick").receive();
			client.get("/stored");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			CompletableFuture<Duration> closing = close(application);
			awaitState(graceWrap, DrainState.DRAINING);
			application.awaitRefused();
			gate.open();
			Response response = client.receive();
			assertThat(response.body()).isEqualTo("stored");
			assertThat(response.announcesClose()).isTrue();
			assertThat(client.endsHere()).isTrue();
			assertThat(await(closing)).isLessThan(Duration.ofSeconds(10));
		}
	}

	@Test
	void newConnectionsAreServedDuringTheWindowAndRefusedAfterIt() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=1s")) {
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			// Keeps the window open, however slow the machine.
			InFlight work = graceWrap.begin("work");
			CompletableFuture<Duration> closing = close(application);
			awaitState(graceWrap, DrainState.REFUSING);
			try (ClientConnection client = application.connect()) {
				assertThat(client.get("/quick").receive().status()).isEqualTo(200);
				assertThat(client.endsHere()).isTrue();
			}
			try (ClientConnection client = application.connect()) {
				// A scheduler stops in the close event already.
				assertThat(client.get("/scheduled").receive().body()).isEqualTo("scheduled");
			}
			try (ClientConnection probe = application.connect()) {
				assertThat(probe.get("/actuator/health/readiness").receive().status()).isEqualTo(503);
			}
			assertThat(graceWrap.state()).isEqualTo(DrainState.REFUSING);
			work.close();
			assertThat(await(closing)).isGreaterThan(Duration.ofMillis(900));
			assertThatExceptionOfType(ConnectException.class)
				.isThrownBy(() -> new ClientConnection(application.port()).close());
		}
	}

	@Test
	void idleConnectionsAreClosedAtTheEndOfTheWindowAndBusyOnesAreNot() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=200ms",
				"gracewrap.max-load-balancer-delay=200ms");
				ClientConnection idle = application.connect();
				ClientConnection unused = application.connect();
				ClientConnection busy = application.connect()) {
			idle.get("/quick").receive();
			busy.get("/quick").receive();
			busy.get("/blocked/1");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			assertThat(idle.endsHere()).isTrue();
			assertThat(unused.endsHere()).isTrue();
			assertThat(closing).isNotDone();
			gate.open();
			assertThat(busy.receive().body()).isEqualTo("done");
			await(closing);
		}
	}

	@Test
	void requestsThatWaitForAWorkerAreAnswered() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=300ms",
				"gracewrap.max-load-balancer-delay=300ms", "server.tomcat.threads.max=2",
				"server.tomcat.threads.min-spare=2", "server.jetty.threads.max=5", "server.jetty.threads.min=5",
				"server.jetty.threads.acceptors=1", "server.jetty.threads.selectors=1")) {
			List<ClientConnection> clients = new ArrayList<>();
			for (int i = 0; i < 12; i++) {
				clients.add(application.connect().get("/blocked/" + i));
			}
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(2);
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			CompletableFuture<Duration> closing = close(application);
			awaitState(graceWrap, DrainState.DRAINING);
			application.awaitRefused();
			for (ClientConnection client : clients) {
				try (client) {
					CompletableFuture<Response> answer = receiveLater(client);
					// Each time for the requests that have found a worker by now.
					Awaitility.await().until(() -> {
						gate.open();
						return answer.isDone();
					});
					assertThat(answer.get().body()).isEqualTo("done");
				}
			}
			await(closing);
		}
	}

	@Test
	void aRequestOfWhichHalfTheHeadHasArrivedIsAnswered() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=300ms",
				"gracewrap.max-load-balancer-delay=300ms"); ClientConnection client = application.connect()) {
			client.get("/quick").receive();
			client.write("GET /quick HTTP/1.1\r\nHost: ");
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			long begin = System.nanoTime();
			CompletableFuture<Duration> closing = close(application);
			awaitState(graceWrap, DrainState.DRAINING);
			application.awaitRefused();
			client.write("localhost\r\n\r\n");
			assumeItIsWaitedForSince(begin);
			assertThat(client.receive().body()).isEqualTo("quick");
			await(closing);
		}
	}

	/**
	 * What has no request yet is waited for only a second.
	 * @param begin when the second began, or before
	 */
	static void assumeItIsWaitedForSince(long begin) {
		assumeThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(900));
	}

	@Test
	void aRequestWhoseHeadNeverArrivesIsNotWaitedFor() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=300ms",
				"gracewrap.max-load-balancer-delay=300ms"); ClientConnection client = application.connect()) {
			client.get("/quick").receive();
			client.write("GET /quick HTTP/1.1\r\nHost: ");
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(10));
		}
	}

	@Test
	void closeOfAChildWithoutAServerLeavesTheServerAlone() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s")) {
			ConfigurableApplicationContext child = new SpringApplicationBuilder(ChildConfiguration.class)
				.parent(application.context())
				.web(WebApplicationType.NONE)
				.properties("gracewrap.load-balancer-delay=0s")
				.run();
			assertThat(child.getBean(GraceWrap.class)).isNotSameAs(application.bean(GraceWrap.class));
			child.close();
			try (ClientConnection client = application.connect()) {
				assertThat(client.get("/quick").receive().status()).isEqualTo(200);
			}
			assertThat(application.bean(GraceWrap.class).state()).isEqualTo(DrainState.SERVING);
		}
	}

	@Test
	void slowUploadsAndSlowReadersInFlightComplete() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				ClientConnection uploading = application.connect();
				ClientConnection reading = new ClientConnection(application.port(), 10_000)) {
			uploading.send("POST /upload HTTP/1.1", "Content-Type: application/octet-stream", "Content-Length: 4")
				.write("1");
			reading.get("/large");
			assertThat(reading.receiveHead().status()).isEqualTo(200);
			application.bean(Gate.class).awaitArrivals(1);
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			CompletableFuture<Duration> closing = close(application);
			awaitState(graceWrap, DrainState.DRAINING);
			application.awaitRefused();
			int read = 0;
			for (int i = 2; i <= 4; i++) {
				TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
				uploading.write(Integer.toString(i));
				read += reading.bytes(1_000_000).length;
			}
			assertThat(uploading.receive().body()).isEqualTo("4");
			reading.bytes(DrainedApplication.LARGE - read);
			assertThat(reading.endsHere()).isTrue();
			await(closing);
		}
	}

	@Test
	void anAnswerThatIsStillInTheBufferOfTheServerIsSentToItsEnd() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				ClientConnection reading = new ClientConnection(application.port(), 10_000)) {
			reading.get("/buffered");
			assertThat(reading.receiveHead().status()).isEqualTo(200);
			Awaitility.await().until(application.bean(InFlightRegistry.class)::isEmpty);
			CompletableFuture<Duration> closing = close(application);
			awaitState(application.bean(GraceWrap.class), DrainState.DRAINING);
			TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
			reading.bytes(DrainedApplication.LARGE);
			assertThat(reading.endsHere()).isTrue();
			await(closing);
		}
	}

	@Test
	void aConnectionWithoutARequestIsWaitedForAWhile() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s");
				ClientConnection first = application.connect()) {
			// Which takes longer than all others.
			first.get("/quick").receive();
			long begin = System.nanoTime();
			try (ClientConnection slow = application.connect(); ClientConnection used = application.connect()) {
				// Accepted after the other one.
				used.get("/quick").receive();
				closeIdleConnectionsAfterAWhile(application);
				slow.get("/quick");
				assumeItIsWaitedForSince(begin);
				assertThat(slow.receive().body()).isEqualTo("quick");
			}
		}
	}

	@Test
	void aConnectionWithoutARequestIsNotWaitedForMuchLonger() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s");
				ClientConnection idle = application.connect();
				ClientConnection used = application.connect()) {
			used.get("/quick").receive();
			long begin = System.nanoTime();
			closeIdleConnectionsAfterAWhile(application);
			assertThat(used.endsHere()).isTrue();
			while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(1)) {
				TimeUnit.MILLISECONDS.sleep(10);
			}
			application.closeIdleConnections();
			assertThat(idle.endsHere()).isTrue();
		}
	}

	private static void closeIdleConnectionsAfterAWhile(RunningApplication application) throws InterruptedException {
		application.stopAccepting();
		TimeUnit.MILLISECONDS.sleep(400);
		application.closeIdleConnections();
	}

	@Test
	void whatIsInFlightAtTheDeadlineIsNamedAndCutAndStillAnswered(CapturedOutput output) throws Exception {
		cutAndNamed(output);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void whatIsInFlightOnVirtualThreadsAtTheDeadlineIsNamedAndCutAndStillAnswered(CapturedOutput output)
			throws Exception {
		cutAndNamed(output, "spring.threads.virtual.enabled=true");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void whatNoThreadHasTakenUpBeforeTheDeadlineIsAnswered(int deadline, CapturedOutput output) throws Exception {
		try (RunningApplication application = start("server.tomcat.threads.max=2", "server.jetty.threads.max=8",
				"gracewrap.load-balancer-delay=0s", "gracewrap.drain-timeout=" + deadline + "s",
				"gracewrap.hard-stop-timeout=8s")) {
			List<ClientConnection> clients = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				clients.add(application.connect().get("/blocked/" + i));
			}
			application.bean(Gate.class).awaitArrivals(2);
			Duration closing = await(close(application));
			List<String> answers = new ArrayList<>();
			for (ClientConnection client : clients) {
				answers.add(answer(client));
			}
			long cut = answers.stream().filter("500  (close)"::equals).count();
			assertThat(cut).isBetween(2L, 8L);
			assertThat(answers).filteredOn((answer) -> !answer.startsWith("500"))
				.hasSize(20 - (int) cut)
				.containsOnly("503  (close)");
			assertThat(output).containsOnlyOnce("Requests that no thread has taken up before the drain deadline")
				.contains("0 finished, 20 aborted");
			assertThat(closing).isBetween(Duration.ofMillis(deadline * 900), Duration.ofSeconds(deadline + 15));
		}
	}

	/**
	 * Such as where the window lasts until the deadline.
	 * @throws Exception if there is no answer
	 */
	@Test
	void whatComesAfterTheDeadlineIsServedAsLongAsNothingIsCut() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=3s",
				"gracewrap.max-load-balancer-delay=3s", "gracewrap.drain-timeout=3s")) {
			Drain drain = application.bean(Drain.class);
			CompletableFuture<Duration> closing = close(application);
			awaitState(drain, DrainState.REFUSING);
			int served = 0;
			try {
				while (!closing.isDone()) {
					try (ClientConnection client = application.connect()) {
						int status = client.get("/quick").receive().status();
						if (status == 503) {
							// The one before had been answered, but not ended, and was
							// cut.
							assertThat(drain.status().aborted()).isGreaterThan(1);
							break;
						}
						assertThat(status).isEqualTo(200);
						served++;
					}
				}
			}
			catch (IOException ex) {
				// The server is gone.
			}
			assertThat(served).isPositive();
			await(closing);
		}
	}

	/**
	 * The last one times out when it has been cut, and long before the server stops.
	 */
	@ParameterizedTest
	@CsvSource({ "/half, 8", "/half-handled, 8", "/half-emitted, 8", "/half-emitted?timeout=8000, 28" })
	void halfAnAnswerDoesNotLookLikeAWholeOne(String path, int hardStop) throws Exception {
		assertCutInTheMiddle("GET " + path + " HTTP/1.1", "", "gracewrap.hard-stop-timeout=" + hardStop + "s");
	}

	/**
	 * Compression takes its length away.
	 */
	@Test
	void halfOfWhatIsCompressedDoesNotLookLikeAWholeOne() throws Exception {
		assertCutInTheMiddle("GET /half-compressed HTTP/1.1", "gzip", "gracewrap.hard-stop-timeout=8s",
				"server.compression.enabled=true");
	}

	private void assertCutInTheMiddle(String request, String encoding, String... properties) throws Exception {
		try (RunningApplication application = start(
				RunningApplication.properties(properties, "gracewrap.load-balancer-delay=0s",
						"gracewrap.max-load-balancer-delay=0s", "gracewrap.drain-timeout=4s"));
				ClientConnection client = application.connect()) {
			client.send(request, "Accept-Encoding: " + encoding);
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			awaitState(application.bean(GraceWrap.class), DrainState.DRAINING);
			gate.open();
			assertThatExceptionOfType(EOFException.class).isThrownBy(client::receive);
			await(closing);
		}
	}

	private void cutAndNamed(CapturedOutput output, String... properties) throws Exception {
		try (RunningApplication application = start(RunningApplication.properties(properties,
				"gracewrap.load-balancer-delay=0s", "gracewrap.end-streams=false", "gracewrap.drain-timeout=1s",
				"gracewrap.hard-stop-timeout=8s"))) {
			List<String> paths = List.of("/blocked", "/blocked-callable", "/gives-up", "/gives-up-and-streams",
					"/deferred", "/emitter");
			List<ClientConnection> clients = new ArrayList<>();
			for (String path : paths) {
				clients.add(application.connect().get(path + "/no-4711-id?secret=no-4711-id"));
			}
			application.bean(Gate.class).awaitArrivals(paths.size());
			DrainedApplication drained = application.bean(DrainedApplication.class);
			drained.threadsLeftInterrupted.clear();
			Duration closing = await(close(application));
			List<String> answers = new ArrayList<>();
			for (ClientConnection client : clients) {
				answers.add(answer(client));
			}
			// Its first event may have been sent before the refusal.
			assertThat(answers.remove(answers.size() - 1)).startsWith("200 data:event");
			assertThat(answers).containsExactly("500  (close)", "500  (close)", "200 gave up (close)",
					"200 gave up for good (close)", "503  (close)");
			assertThat(output).contains("6 still in flight after ")
				.contains("Still in flight: GET /blocked/{id} handled by ")
				.contains("DrainedApplication#blocked(String), in flight for ")
				.contains("Still in flight: GET /blocked-callable/{id} handled by ")
				.contains("Still in flight: GET /deferred/{id} handled by ")
				.contains(", on thread '", "\tat io.gracewrap.web.servlet.DrainedApplication.blocked(")
				.contains(", on no known thread");
			assertThat(output.toString().lines().filter((line) -> line.contains("in flight")))
				.allSatisfy((line) -> assertThat(line).doesNotContain("no-4711-id"));
			assertThat(drained.threadsLeftInterrupted).isNotEmpty().containsOnly(false);
			assertThat(closing).isBetween(Duration.ofMillis(900), Duration.ofSeconds(15));
		}
	}

	private static String answer(ClientConnection client) {
		try (client) {
			Response response = client.receive();
			return "%d %s (%s)".formatted(response.status(), (response.status() == 200) ? response.body().strip() : "",
					String.join(", ", response.header("Connection")));
		}
		catch (IOException ex) {
			return ex.getMessage();
		}
	}

	@Test
	void whatIgnoresTheInterruptIsNotWaitedForAgain() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.drain-timeout=500ms",
				"gracewrap.hard-stop-timeout=2s"); ClientConnection client = application.connect()) {
			client.get("/stubborn/1");
			application.bean(Gate.class).awaitArrivals(1);
			DrainedApplication drained = application.bean(DrainedApplication.class);
			try {
				assertThat(await(close(application))).as("without the 5 s of the server")
					.isLessThan(Duration.ofSeconds(5));
			}
			finally {
				drained.released = true;
			}
		}
	}

	/**
	 * The second has been handled before it is cut.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "/handled", "/handled-slowly" })
	void whatIsHandledIsAnswered(String path) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s", "gracewrap.drain-timeout=500ms",
				"gracewrap.hard-stop-timeout=8s"); ClientConnection client = application.connect()) {
			client.get(path);
			application.bean(Gate.class).awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			assertThat(client.receive().body()).isEqualTo("handled");
			await(closing);
		}
	}

	static CompletableFuture<Duration> close(RunningApplication application) {
		return CompletableFuture.supplyAsync(() -> {
			long begin = System.nanoTime();
			application.close();
			return Duration.ofNanos(System.nanoTime() - begin);
		});
	}

	static Duration await(CompletableFuture<Duration> closing) throws Exception {
		return closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	static void awaitState(GraceWrap graceWrap, DrainState state) {
		RunningApplication.soon().until(() -> graceWrap.state() == state);
	}

	private static CompletableFuture<Response> receiveLater(ClientConnection client) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return client.receive();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ChildConfiguration {

	}

}
