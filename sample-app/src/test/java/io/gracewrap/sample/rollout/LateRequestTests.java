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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.gracewrap.sample.rollout.ServerProcess.Signal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A load balancer that notices late is counted, and the report says what delay it needs.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class LateRequestTests {

	private static final Pattern LATE = Pattern.compile(
			"(\\d+) late, the last by HTTP ([\\d.]+) s after the refusal: gracewrap.load-balancer-delay=(\\d+)s would");

	private static final Duration ROUTES = Duration.ofSeconds(4);

	/** When the process hears of the signal, on a busy machine. */
	private static final Duration BOUNDARY = Duration.ofMillis(300);

	@ParameterizedTest
	@CsvSource({ "tomcat, 2", "jetty, 1" })
	void theReportCountsWhatTheLoadBalancerSendsTooLate(String server, int delay) throws Exception {
		Duration least = Duration.ofSeconds(delay);
		try (ServerProcess process = Sample.start(server, "--gracewrap.load-balancer-delay=%ds".formatted(delay))) {
			Signal signal = process.terminate();
			process.awaitLog("Drain state REFUSING", Duration.ofSeconds(5));
			List<Integer> statuses = new ArrayList<>();
			int late = 0;
			Duration last = Duration.ZERO;
			Duration now = since(signal);
			while (now.compareTo(ROUTES) < 0) {
				if (now.minus(least).abs().compareTo(BOUNDARY) > 0) {
					late += (now.compareTo(least) > 0) ? 1 : 0;
					last = now;
					statuses.add(status(process));
				}
				Thread.sleep(50);
				now = since(signal);
			}
			assertThat(process.awaitExit(Duration.ofSeconds(20))).isNotNull();
			assertThat(statuses).hasSizeGreaterThan(late).containsOnly(200);
			Matcher report = LATE.matcher(process.log());
			assertThat(report.find()).as(process.log()).isTrue();
			System.out.printf("On %s with a delay of %d s: sent %d late, the last at %s, reported: %s%n", server, delay,
					late, last, report.group());
			assertThat(report.group(1)).isEqualTo(Integer.toString(late));
			assertThat(Double.parseDouble(report.group(2)) * 1000).isBetween(last.toMillis() - 500.0,
					last.toMillis() + 500.0);
			assertThat(Duration.ofSeconds(Long.parseLong(report.group(3)))).isBetween(last.minusMillis(100),
					last.plusMillis(1500));
		}
	}

	private static int status(ServerProcess process) throws Exception {
		try (HttpConnection connection = HttpConnection.open(process.port())) {
			return connection.exchange(HttpConnection.get("/work?ms=5"), Duration.ofSeconds(10)).status();
		}
	}

	private static Duration since(Signal signal) {
		return Duration.ofNanos(System.nanoTime() - signal.nanoTime());
	}

}
