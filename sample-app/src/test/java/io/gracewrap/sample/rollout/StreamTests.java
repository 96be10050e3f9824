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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.gracewrap.sample.rollout.LoadReport.Failure;
import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Streams and sessions without an end are ended, and hold nothing up.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class StreamTests {

	private static final Duration A_WHILE = Duration.ofSeconds(30);

	/** After the window, on a busy machine. */
	private static final Duration PROMPT = Duration.ofSeconds(10);

	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	@Tag("long")
	void fiveCurlsOnAnEventStreamEndWithoutAnError(String server) throws Exception {
		assumeThat(Commands.isInstalled("curl")).isTrue();
		try (ServerProcess process = Sample.start(server, "--gracewrap.load-balancer-delay=2s")) {
			List<Process> curls = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				curls.add(curl(process, this.directory.resolve("events-" + i)));
			}
			for (int i = 0; i < 5; i++) {
				awaitContent(this.directory.resolve("events-" + i));
			}
			process.terminate();
			for (Process curl : curls) {
				assertThat(curl.waitFor(A_WHILE.toSeconds(), TimeUnit.SECONDS)).isTrue();
			}
			assertThat(curls).extracting(Process::exitValue).containsOnly(0);
			Exit exit = process.awaitExit(A_WHILE);
			assertThat(exit).isNotNull();
			System.out.printf("On %s the exit came %d ms after SIGTERM, the delay is 2 s%n", server,
					exit.sinceSignal().toMillis());
			assertThat(exit.sinceSignal()).isLessThan(Duration.ofSeconds(2).plus(PROMPT));
			for (int i = 0; i < 5; i++) {
				assertThat(Files.readString(this.directory.resolve("events-" + i))).endsWith("\n\n");
			}
			assertThat(process.log()).contains("0 aborted, 5 streams ended");
		}
	}

	private static Process curl(ServerProcess process, Path output) throws IOException {
		return new ProcessBuilder("curl", "-sN", "-H", "Accept: text/event-stream", "--noproxy", "*",
				"http://localhost:" + process.port() + "/feed")
			.redirectOutput(output.toFile())
			.start();
	}

	private static void awaitContent(Path file) throws IOException, InterruptedException {
		long deadline = System.nanoTime() + A_WHILE.toNanos();
		while (Files.size(file) == 0) {
			assertThat(System.nanoTime() - deadline).as("time to get an event").isNegative();
			Thread.sleep(20);
		}
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	void fiveHundredEventStreamsEnd(String server) throws Exception {
		assertThatAllEnd(server, "--gracewrap.end-streams-within=2s", 500, StreamLoad::new);
	}

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	void webSocketSessionsAreToldThatTheServerGoesAway(String server) throws Exception {
		assertThatAllEnd(server, "--gracewrap.end-streams-within=1s", 10, SocketLoad::new);
	}

	private void assertThatAllEnd(String server, String spread, int count, Kind kind) throws Exception {
		try (ServerProcess process = Sample.start(server, "--gracewrap.load-balancer-delay=3s", spread);
				Clients clients = kind.create(process.port(), count)) {
			clients.start();
			clients.tally().awaitBegun(count, A_WHILE);
			clients.tally().routedAwayAt(System.nanoTime());
			clients.tally().signalledAt(process.terminate().nanoTime());
			LoadReport report = clients.end(A_WHILE);
			Exit exit = process.awaitExit(A_WHILE);
			assertThat(report.failures().stream().map(Failure::detail)).isEmpty();
			assertThat(report.count(Outcome.ANSWERED)).isEqualTo(count);
			assertThat(exit).isNotNull();
			assertThat(exit.sinceSignal()).isLessThan(Duration.ofSeconds(3).plus(PROMPT));
			assertThat(process.log()).contains("0 aborted, " + count + " streams ended");
		}
	}

	/**
	 * Whether a program can be found.
	 *
	 * @param program its name
	 * @return whether it is on the path
	 */
	private interface Kind {

		Clients create(int port, int count);

	}

}
