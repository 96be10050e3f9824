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

package io.gracewrap.web.http2;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLSocket;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Moving the clients of HTTP/2 on: they are asked by GOAWAY, and no stream fails.
 *
 * @author GraceWrap Maintainers
 */
abstract class AbstractHttp2DrainTests {

	private static final String PASSWORD = "password";

	@TempDir
	static Path directory;

	private static HTTP2Client client;

	abstract Class<?> server();

	abstract String[] stack();

	@BeforeAll
	static void createKeyAndClient() throws Exception {
		assertThat(new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-keyalg", "EC", "-alias", "test", "-dname", "CN=localhost", "-storetype", "PKCS12",
				"-keystore", keyStore(), "-storepass", PASSWORD)
			.inheritIO()
			.start()
			.waitFor()).isZero();
		ClientConnector connector = new ClientConnector();
		connector.setSslContextFactory(new SslContextFactory.Client(true));
		client = new HTTP2Client(connector);
		client.start();
	}

	private static String keyStore() {
		return directory.resolve("key.p12").toString();
	}

	@AfterAll
	static void stopClient() throws Exception {
		client.stop();
	}

	private RunningApplication start(boolean secure, String... properties) {
		String[] more = secure ? new String[] { "server.ssl.key-store=" + keyStore(),
				"server.ssl.key-store-password=" + PASSWORD, "server.ssl.key-store-type=PKCS12" } : new String[0];
		return RunningApplication.start(RunningApplication.sources(Http2Application.class, server()),
				RunningApplication.properties(
						RunningApplication.properties(RunningApplication.properties(stack(), more), properties),
						"server.http2.enabled=true", "gracewrap.quiet-period=0s"));
	}

	private static Http2Connection connect(RunningApplication application, boolean secure) throws Exception {
		return Http2Connection.open(client, application.port(), secure);
	}

	@Test
	void aConnectionWithoutARequestIsWaitedForAWhileAfterItsHandshake() throws Exception {
		try (RunningApplication application = start(true, "gracewrap.load-balancer-delay=0s");
				SSLSocket first = connectSocket(application.port())) {
			// Which takes longer than all others.
			assertThat(getOn(first)).isEqualTo("HTTP/1.1 200");
			long begin = System.nanoTime();
			try (SSLSocket slow = connectSocket(application.port())) {
				slow.startHandshake();
				application.stopAccepting();
				TimeUnit.MILLISECONDS.sleep(400);
				application.closeIdleConnections();
				assumeThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(900));
				assertThat(getOn(slow)).isEqualTo("HTTP/1.1 200");
			}
		}
	}

	@Test
	void aHandshakeThatHasBegunIsWaitedFor() throws Exception {
		// Longer than one that has not.
		assertThat(closeAndReleaseAfter(Duration.ofMillis(1500))).isEqualTo("HTTP/1.1 200");
	}

	@Test
	void aHandshakeThatHasNotBegunIsNotWaitedForAsLong() throws Exception {
		List<Duration> times = new ArrayList<>();
		while (times.size() < 3) {
			try (RunningApplication application = start(true, "gracewrap.load-balancer-delay=0s",
					"gracewrap.max-load-balancer-delay=0s"); ClientConnection silent = application.connect()) {
				Duration time = Http2Connection.await(close(application));
				if (time.compareTo(Duration.ofSeconds(4)) < 0) {
					return;
				}
				times.add(time);
			}
		}
		fail("It has been waited for: " + times);
	}

	@Test
	void aHandshakeIsNotWaitedForForEver() throws Exception {
		assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> closeAndReleaseAfter(Duration.ofSeconds(8)))
			.withCauseInstanceOf(IllegalStateException.class);
	}

	private String closeAndReleaseAfter(Duration time) throws Exception {
		try (RunningApplication application = start(true, "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				SlowNetwork network = new SlowNetwork(application.port());
				SSLSocket slow = connectSocket(network.port())) {
			network.hold();
			long begin = System.nanoTime();
			CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
				try {
					slow.startHandshake();
					// A client may be slow with its first request as well.
					TimeUnit.MILLISECONDS.sleep(300);
					return getOn(slow);
				}
				catch (IOException | InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			});
			network.awaitHeld();
			CompletableFuture<Duration> closing = close(application);
			awaitState(application.bean(GraceWrap.class), DrainState.DRAINING);
			TimeUnit.MILLISECONDS.sleep(time.toMillis());
			assumeThat(time.toSeconds() > 5 || System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(4)).isTrue();
			long released = System.nanoTime();
			network.release();
			assertThat(Http2Connection.await(closing)).isLessThan(Duration.ofSeconds(15));
			try {
				return Http2Connection.await(answer);
			}
			catch (ExecutionException ex) {
				assumeThat(time.toSeconds() > 5 || System.nanoTime() - released < TimeUnit.MILLISECONDS.toNanos(900))
					.isTrue();
				throw ex;
			}
		}
	}

	@Test
	void anIdleConnectionIsClosedInTheWordsOfTls() throws Exception {
		try (RunningApplication application = start(true, "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				SlowNetwork network = new SlowNetwork(application.port());
				SSLSocket idle = connectSocket(network.port())) {
			StringBuilder answer = new StringBuilder(getOn(idle));
			while (answer.indexOf("quick") < 0) {
				answer.append((char) idle.getInputStream().read());
			}
			network.hold();
			CompletableFuture<Duration> closing = close(application);
			// The end of the connection alone is not held.
			network.awaitHeld();
			network.release();
			Http2Connection.await(closing);
		}
	}

	private static SSLSocket connectSocket(int port) throws IOException {
		return (SSLSocket) client.getClientConnector()
			.getSslContextFactory()
			.getSslContext()
			.getSocketFactory()
			.createSocket("localhost", port);
	}

	private static String getOn(SSLSocket socket) throws IOException {
		socket.getOutputStream()
			.write("GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
		byte[] begin = socket.getInputStream().readNBytes(12);
		if (begin.length < 12) {
			throw new EOFException();
		}
		return new String(begin, StandardCharsets.US_ASCII);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void clientsAreAskedToGoWhileStreamsAndNewConnectionsAreServed(boolean secure) throws Exception {
		try (RunningApplication application = start(secure, "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s")) {
			Http2Connection old = connect(application, secure);
			assertThat(old.get("/quick").body()).isEqualTo("quick");
			CompletableFuture<Http2Connection.Response> late = old.send("/late");
			application.bean(Gate.class).awaitArrivals(1);
			assertThat(old.goAways).isEmpty();
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			graceWrap.drain();
			old.awaitGoAway();
			assertThat(old.goAways.get(0).isGraceful()).isTrue();
			Http2Connection recent = connectAndGet(application, secure);
			recent.awaitGoAway();
			assertThat(recent.goAways.get(0).isGraceful()).isTrue();
			connectAndGet(application, secure);
			assertThat(graceWrap.state()).isEqualTo(DrainState.REFUSING);
			CompletableFuture<Duration> closing = close(application);
			awaitState(graceWrap, DrainState.DRAINING);
			assertThat(recent.awaitClose()).isNotEmpty();
			assertThat(late).isNotDone();
			assertThat(closing).isNotDone();
			application.bean(Http2Application.class).answerLate();
			assertThat(Http2Connection.await(late).body()).isEqualTo("late");
			assertThat(old.awaitClose()).isNotEmpty();
			Http2Connection.await(closing);
		}
	}

	/**
	 * Connect and be answered, again if the client has been asked to go in between.
	 */
	private static Http2Connection connectAndGet(RunningApplication application, boolean secure) throws Exception {
		while (true) {
			Http2Connection connection = connect(application, secure);
			try {
				assertThat(connection.get("/quick").body()).isEqualTo("quick");
				return connection;
			}
			catch (ExecutionException ex) {
				if (!connection.isUnsent(ex)) {
					throw ex;
				}
			}
		}
	}

	@Test
	void clientsAreAskedAgainWhenTrafficIsRefusedAgainAndNotBefore() throws Exception {
		try (RunningApplication application = start(false, "gracewrap.load-balancer-delay=0s")) {
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			Http2Connection first = connect(application, false);
			assertThat(first.get("/quick").body()).isEqualTo("quick");
			graceWrap.drain();
			first.awaitGoAway();
			graceWrap.resume();
			Http2Connection second = connect(application, false);
			long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
			while (System.nanoTime() - until < 0) {
				assertThat(second.get("/quick").body()).isEqualTo("quick");
			}
			assertThat(second.goAways).isEmpty();
			graceWrap.drain();
			second.awaitGoAway();
			assertThat(second.goAways.get(0).isGraceful()).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void clientsAreLeftAloneUntilTheServerStopsIfThatIsAskedFor(boolean secure) throws Exception {
		try (RunningApplication application = start(secure, "gracewrap.http2-goaway=false",
				"gracewrap.load-balancer-delay=0s", "gracewrap.max-load-balancer-delay=0s")) {
			Http2Connection connection = connect(application, secure);
			assertThat(connection.get("/quick").body()).isEqualTo("quick");
			application.bean(GraceWrap.class).drain();
			TimeUnit.MILLISECONDS.sleep(1500);
			assertThat(connection.get("/quick").body()).isEqualTo("quick");
			assertThat(connection.goAways).isEmpty();
			CompletableFuture<Http2Connection.Response> late = connection.send("/late");
			application.bean(Gate.class).awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			connection.awaitGoAway();
			assertThat(closing).isNotDone();
			application.bean(Http2Application.class).answerLate();
			assertThat(Http2Connection.await(late).body()).isEqualTo("late");
			assertThat(connection.awaitClose()).first().matches(GoAwayFrame::isGraceful);
			Http2Connection.await(closing);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void idleConnectionsAreToldAndHoldNothingUp(boolean secure) throws Exception {
		try (RunningApplication application = start(secure, "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s", "server.tomcat.keep-alive-timeout=-1")) {
			Http2Connection used = connect(application, secure);
			assertThat(used.get("/quick").body()).isEqualTo("quick");
			Http2Connection unused = connect(application, secure);
			assertThat(Http2Connection.await(close(application))).isLessThan(Duration.ofSeconds(15));
			assertThat(used.awaitClose()).isNotEmpty();
			assertThat(unused.awaitClose()).isNotEmpty();
		}
	}

	/**
	 * Not only where the network is slow: the machine of a client, or its garbage
	 * collector, may keep it busy for as long.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void streamOfAClientThatLearnsLateIsAnswered(boolean secure) throws Exception {
		try (RunningApplication application = start(secure, "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				SlowNetwork network = new SlowNetwork(application.port());
				Http2Connection connection = Http2Connection.open(client, network.port(), secure)) {
			assertThat(connection.get("/quick").body()).isEqualTo("quick");
			network.hold();
			long begin = System.nanoTime();
			CompletableFuture<Duration> closing = close(application);
			network.awaitHeld();
			TimeUnit.MILLISECONDS.sleep(400);
			assertThat(connection.goAways).isEmpty();
			CompletableFuture<Http2Connection.Response> late = connection.send("/quick");
			Duration elapsed = Duration.ofNanos(System.nanoTime() - begin);
			network.release();
			assumeThat(elapsed).as("the machine is in time").isLessThan(Duration.ofMillis(800));
			assertThat(Http2Connection.await(late).body()).isEqualTo("quick");
			assertThat(Http2Connection.await(closing)).isLessThan(Duration.ofSeconds(15));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void noResponseSaysConnection(boolean secure) throws Exception {
		try (RunningApplication application = start(secure, "gracewrap.http2-goaway=false")) {
			application.bean(GraceWrap.class).drain();
			Http2Connection connection = connect(application, secure);
			for (String path : List.of("/quick", "/load", "/no-such", "/actuator/health/readiness")) {
				assertThat(connection.get(path).headers().contains("connection")).as(path).isFalse();
			}
		}
	}

	@Tag("long")
	@Test
	void noStreamFailsUnderLoad() throws Exception {
		noStreamFailsUnderLoad(false);
	}

	@Tag("soak")
	@RepeatedTest(10)
	void noStreamFailsUnderLoadHoweverOftenItIsTried() throws Exception {
		noStreamFailsUnderLoad(false);
	}

	@Tag("long")
	@Test
	void noStreamFailsUnderLoadOverTls() throws Exception {
		noStreamFailsUnderLoad(true);
	}

	private void noStreamFailsUnderLoad(boolean secure) throws Exception {
		try (RunningApplication application = start(secure, "gracewrap.load-balancer-delay=1500ms",
				"gracewrap.max-load-balancer-delay=3s"); Http2Load load = new Http2Load(client, application, secure)) {
			Awaitility.await().until(() -> load.answered.get() > 100);
			Http2Connection.await(close(application));
			load.awaitEnd();
			assertThat(load.failures).as(load.answered + " answered").isEmpty();
			assertThat(load.unprocessed).as("at most once for each client").hasValueLessThanOrEqualTo(10);
			assertThat(load.connections).hasValueGreaterThanOrEqualTo(20);
		}
	}

	private static CompletableFuture<Duration> close(RunningApplication application) {
		return CompletableFuture.supplyAsync(() -> {
			long begin = System.nanoTime();
			application.close();
			return Duration.ofNanos(System.nanoTime() - begin);
		});
	}

	private static void awaitState(GraceWrap graceWrap, DrainState state) {
		Awaitility.await().until(() -> graceWrap.state() == state);
	}

}
