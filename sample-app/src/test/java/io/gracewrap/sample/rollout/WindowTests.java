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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The process stops as soon as it may and no sooner.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class WindowTests {

	private static final Pattern DRAINING = Pattern.compile("Drain state DRAINING at ([\\d.]+) s");

	/** For a busy machine, in seconds. */
	private static final double SLACK = 4;

	@ParameterizedTest
	@CsvSource({ "tomcat, 3", "jetty, 3" })
	void aClientThatGoesOnProlongsTheWindow(String server, int seconds) throws Exception {
		assertThatTheWindowFollowsTheClient(server, Duration.ofSeconds(seconds));
	}

	@Tag("soak")
	@ParameterizedTest
	@CsvSource({ "tomcat, 8", "jetty, 8" })
	void aClientThatGoesOnForLongProlongsTheWindow(String server, int seconds) throws Exception {
		assertThatTheWindowFollowsTheClient(server, Duration.ofSeconds(seconds));
	}

	private void assertThatTheWindowFollowsTheClient(String server, Duration time) throws Exception {
		try (ServerProcess process = Sample.start(server, "--gracewrap.load-balancer-delay=1s",
				"--gracewrap.quiet-period=5s")) {
			Signal signal = process.terminate();
			process.awaitLog("Drain state REFUSING", Duration.ofSeconds(30));
			// The clock of the process has started at some time until here.
			double lag = since(signal);
			List<Integer> statuses = new ArrayList<>();
			double begun = 0;
			double answered = 0;
			while (answered < time.toSeconds()) {
				try (HttpConnection connection = HttpConnection.open(process.port())) {
					begun = since(signal);
					statuses
						.add(connection.exchange(HttpConnection.get("/work?ms=10"), Duration.ofSeconds(10)).status());
					answered = since(signal);
				}
				Thread.sleep(300);
			}
			assertThat(process.awaitExit(Duration.ofSeconds(30))).isNotNull();
			assertThat(statuses).hasSizeGreaterThan(2).containsOnly(200);
			System.out.printf("On %s the window ended %.3f s after the last request%n", server,
					draining(process) - answered);
			assertThat(draining(process)).isBetween(begun - lag + 5, answered + 5 + SLACK);
		}
	}

	private static double since(Signal signal) {
		return (System.nanoTime() - signal.nanoTime()) / 1e9;
	}

	@ParameterizedTest
	@CsvSource({ "tomcat, 0, 0", "tomcat, 7, 12", "jetty, 1, 0" })
	void anIdleApplicationWaitsForTheLoadBalancerAndNoLonger(String server, int delay, int quiet) throws Exception {
		assertThatItWaitsForTheLoadBalancerAndNoLonger(server, delay, quiet);
	}

	@Tag("soak")
	@ParameterizedTest
	@CsvSource({ "tomcat, 1, 0", "jetty, 0, 0", "jetty, 7, 12" })
	void anIdleApplicationWaitsForTheLoadBalancerAndNoLongerWhateverTheDelay(String server, int delay, int quiet)
			throws Exception {
		assertThatItWaitsForTheLoadBalancerAndNoLonger(server, delay, quiet);
	}

	private void assertThatItWaitsForTheLoadBalancerAndNoLonger(String server, int delay, int quiet) throws Exception {
		// Where the default is 5 s.
		try (ServerProcess process = Sample.start(server, "--spring.main.cloud-platform=kubernetes",
				"--gracewrap.load-balancer-delay=%ds".formatted(delay),
				"--gracewrap.quiet-period=%ds".formatted(quiet))) {
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(143);
			assertThat(draining(process)).isBetween((double) delay, delay + SLACK);
		}
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty" })
	void anIdleApplicationWithoutDelayStopsAsFastAsPlainBoot(String server) throws Exception {
		List<Duration> with = new ArrayList<>();
		List<Duration> without = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			with.add(exit(Sample.start(server, "--gracewrap.load-balancer-delay=0s")));
			without.add(exit(Sample.startWithoutGraceWrap(server)));
		}
		System.out.printf("Idle exit on %s: %s with the starter, %s without%n", server, with, without);
		assertThat(Collections.min(with)).isLessThan(Collections.min(without).plusMillis(300));
	}

	private Duration exit(ServerProcess process) throws InterruptedException {
		try (process) {
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			return exit.sinceSignal();
		}
	}

	@ParameterizedTest
	@CsvSource({ "tomcat, 3, 20", "jetty, 3, 20" })
	@Tag("long")
	void requestsShorterThanTheDrainTimeoutAreAnswered(String server, int request, int drain) throws Exception {
		assertThatRequestsAreAnswered(server, request, drain);
	}

	@Tag("soak")
	@ParameterizedTest
	@CsvSource({ "tomcat, 20, 25", "jetty, 20, 25" })
	void longRequestsShorterThanTheDrainTimeoutAreAnswered(String server, int request, int drain) throws Exception {
		assertThatRequestsAreAnswered(server, request, drain);
	}

	private void assertThatRequestsAreAnswered(String server, int request, int drain) throws Exception {
		Exit plain;
		try (ServerProcess process = Sample.startWithoutGraceWrap(server)) {
			process.terminate();
			plain = process.awaitExit(Duration.ofSeconds(20));
		}
		try (ServerProcess process = Sample.start(server, "--gracewrap.drain-timeout=%ds".formatted(drain))) {
			Exchanges exchanges = Exchanges.of(process.port(), 20, "/work?ms=" + request * 1000);
			process.terminate();
			assertThat(exchanges.statuses()).hasSize(20).containsOnly(200);
			long answered = System.nanoTime();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(plain).isNotNull();
			assertThat(exit.code()).isEqualTo(143);
			Duration closing = Duration.ofNanos(System.nanoTime() - answered);
			System.out.printf("On %s the exit came %s after the last answer, plain Boot's takes %s%n", server, closing,
					plain.sinceSignal());
			assertThat(closing).as("not until the deadline")
				.isLessThan(plain.sinceSignal().plusSeconds((drain - request) / 2));
			assertThat(process.log()).contains("0 aborted");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty" })
	@Tag("long")
	void anInterruptSignalDoesWhatATerminationSignalDoes(String server) throws Exception {
		assumeThat(ServerProcess.heedsInterrupt()).isTrue();
		try (ServerProcess process = Sample.start(server, "--gracewrap.load-balancer-delay=6s")) {
			Exchanges exchanges = Exchanges.of(process.port(), 3, "/work?ms=1000");
			process.interrupt();
			assertThat(exchanges.statuses()).containsOnly(200);
			assertThat(process.probe()).isEqualTo(503);
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(130);
			assertThat(draining(process)).isBetween(6.0, 6 + SLACK);
		}
	}

	private double draining(ServerProcess process) throws IOException {
		Matcher matcher = DRAINING.matcher(process.log());
		assertThat(matcher.find()).isTrue();
		return Double.parseDouble(matcher.group(1));
	}

}
