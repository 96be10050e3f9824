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
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What a Prometheus server knows of an application when that has gone.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class PrometheusTests {

	private static final Path DIRECTORY = Path.of("target", "process-tests");

	private static final Pattern DRAINING = Pattern.compile("Drain state STOPPED at .* draining ([\\d.]+) s");

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	void holdsTheFinalFiguresWhenTheProcessHasGone(String server) throws Exception {
		assertThatPrometheusHoldsTheFinalFigures(server);
	}

	@Tag("soak")
	@RepeatedTest(10)
	void holdsTheFinalFiguresEachTime() throws Exception {
		assertThatPrometheusHoldsTheFinalFigures("tomcat");
	}

	private void assertThatPrometheusHoldsTheFinalFigures(String server) throws Exception {
		assumeThat(Commands.isInstalled("prometheus")).as("prometheus is installed").isTrue();
		int managementPort = ServerProcess.freePort();
		try (ServerProcess process = Sample.launch(server, "--management.server.port=" + managementPort,
				"--gracewrap.drain-timeout=4s", "--gracewrap.hard-stop-timeout=15s",
				"--gracewrap.load-balancer-delay=0s", "--gracewrap.metrics.final-scrape-wait=8s");
				Prometheus prometheus = Prometheus.start(DIRECTORY.resolve(UUID.randomUUID().toString()),
						managementPort)) {
			process.awaitLog("Started SampleApplication", Duration.ofSeconds(60));
			prometheus.await("gracewrap_readiness_status == 1");
			Exchanges drained = Exchanges.of(process.port(), 5, "/async-work?ms=1500");
			Exchanges aborted = Exchanges.of(process.port(), 2, "/async-work?ms=60000");
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(30));
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(143);
			assertThat(drained.statuses()).hasSize(5).containsOnly(200);
			assertThat(aborted.statuses()).hasSize(2);
			// A scrape that has failed is later than any that has not.
			prometheus.await("up == 0");
			System.out.printf("On %s Prometheus holds %.0f drained, %.0f aborted, a shutdown of %.3f s of %d ms%n",
					server, prometheus.last("gracewrap_drained_requests_total"),
					prometheus.last("gracewrap_aborted_requests_total"),
					prometheus.last("gracewrap_shutdown_duration_seconds"), exit.sinceSignal().toMillis());
			assertThat(process.log()).contains("5 finished, 2 aborted")
				.contains("Waiting for a last scrape")
				.doesNotContain("No last scrape");
			assertThat(prometheus.last("gracewrap_drained_requests_total")).isEqualTo(5);
			assertThat(prometheus.last("gracewrap_aborted_requests_total")).isEqualTo(2);
			assertThat(prometheus.last("gracewrap_state{state=\"stopping\"}")).isOne();
			assertThat(prometheus.last("gracewrap_readiness_status")).isZero();
			assertThat(prometheus.last("gracewrap_shutdowns_total")).isOne();
			assertThat(prometheus.last("gracewrap_shutdown_duration_seconds")).isBetween(4.0,
					exit.sinceSignal().toMillis() / 1e3);
			Matcher draining = DRAINING.matcher(process.log());
			assertThat(draining.find()).isTrue();
			assertThat(prometheus.last("gracewrap_state_duration_seconds{state=\"draining\"}"))
				.isBetween(Double.parseDouble(draining.group(1)) - 0.1, Double.parseDouble(draining.group(1)) + 0.5);
		}
	}

	@Test
	void acceptsEveryMeterOfOurs() throws Exception {
		assumeThat(Commands.isInstalled("promtool")).as("promtool is installed").isTrue();
		try (ServerProcess process = Sample.start("tomcat");
				HttpConnection connection = HttpConnection.open(process.port())) {
			String scrape = connection.exchange(HttpConnection.get("/actuator/prometheus"), Duration.ofSeconds(10))
				.text();
			assertThat(scrape.lines()).contains("gracewrap_readiness_status 1.0", "gracewrap_http_requests_total 0.0",
					"gracewrap_grpc_requests_total 0.0", "gracewrap_shutdowns_total 0.0",
					"gracewrap_shutdown_duration_seconds 0.0", "gracewrap_inflight_requests{protocol=\"http\"} 0.0");
			assertThat(lint(scrape)).noneMatch((line) -> line.contains("gracewrap"));
			List<String> ours = scrape.lines().filter((line) -> line.contains("gracewrap_")).toList();
			assertThat(lint(String.join("\n", ours) + "\n")).isEmpty();
		}
	}

	private static List<String> lint(String metrics) throws IOException, InterruptedException {
		Process promtool = new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
		try (OutputStream input = promtool.getOutputStream()) {
			input.write(metrics.getBytes(StandardCharsets.UTF_8));
		}
		List<String> findings = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
			.toList();
		System.out.println("promtool ends with " + promtool.waitFor() + ": " + findings);
		return findings;
	}

}
