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

	/** The report has tenths of a second. */
	private static final double ROUNDING = 100;

	@ParameterizedTest
	@CsvSource({ "tomcat, 2", "jetty, 1" })
	void theReportCountsWhatTheLoadBalancerSendsTooLate(String server, int delay) throws Exception {
		Duration least = Duration.ofSeconds(delay);
		try (ServerProcess process = Sample.start(server, "--gracewrap.load-balancer-delay=%ds".formatted(delay),
				"--gracewrap.quiet-period=5s")) {
			Signal signal = process.terminate();
			process.awaitLog("Drain state REFUSING", Duration.ofSeconds(30));
			// The clock of the process has started at some time until here.
			Duration lag = since(signal);
			List<Integer> statuses = new ArrayList<>();
			int surelyLate = 0;
			int perhapsLate = 0;
			Duration begun = lag;
			Duration ended = lag;
			while (ended.compareTo(ROUTES.plus(lag)) < 0) {
				begun = since(signal);
				statuses.add(status(process));
				ended = since(signal);
				surelyLate += (begun.compareTo(least.plus(lag)) > 0) ? 1 : 0;
				perhapsLate += (ended.compareTo(least) >= 0) ? 1 : 0;
				Thread.sleep(50);
			}
			assertThat(process.awaitExit(Duration.ofSeconds(30))).isNotNull();
			assertThat(statuses).isNotEmpty().containsOnly(200);
			Matcher report = LATE.matcher(process.log());
			assertThat(report.find()).as(process.log()).isTrue();
			System.out.printf("On %s with a delay of %d s: sent %d to %d late, the last at %s, reported: %s%n", server,
					delay, surelyLate, perhapsLate, begun, report.group());
			assertThat(Integer.parseInt(report.group(1))).isPositive().isBetween(surelyLate, perhapsLate);
			double last = Double.parseDouble(report.group(2));
			assertThat(last * 1000).isBetween(begun.minus(lag).toMillis() - ROUNDING, ended.toMillis() + ROUNDING);
			assertThat(Double.parseDouble(report.group(3))).isBetween(last - 0.1, last + 1.1);
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
