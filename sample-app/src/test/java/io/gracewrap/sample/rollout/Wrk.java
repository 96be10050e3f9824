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
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the load generator wrk has counted.
 *
 * @param requests how many requests were answered
 * @param perSecond how many in a second
 * @param p50 the median of the latency, in milliseconds
 * @param p90 what 90 % did not exceed
 * @param p99 what 99 % did not exceed
 * @author GraceWrap Maintainers
 */
record Wrk(long requests, double perSecond, double p50, double p90, double p99) {

	private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");

	private static final Pattern PER_SECOND = Pattern.compile("Requests/sec:\\s+([\\d.]+)");

	private static final Pattern FAILURES = Pattern.compile("(Socket errors|Non-2xx or 3xx responses): .*");

	/**
	 * Load a server over 16 keep-alive connections.
	 * @param prefix what stands before the command
	 * @param seconds how long
	 * @param port where it listens
	 * @param target the path and query
	 * @return what was counted
	 * @throws IOException if a request failed, or there is no wrk
	 * @throws InterruptedException if interrupted
	 */
	static Wrk run(List<String> prefix, int seconds, int port, String target) throws IOException, InterruptedException {
		if (!Commands.isInstalled("wrk")) {
			throw new IOException("wrk is needed: apt-get install wrk on Debian and Ubuntu, brew install wrk on macOS");
		}
		List<String> command = new ArrayList<>(prefix);
		command.addAll(List.of("wrk", "-t1", "-c16", "-d" + seconds + "s", "--timeout", "10s", "--latency",
				"http://127.0.0.1:" + port + target));
		return parse(Commands.run(Duration.ofSeconds(seconds + 30), "", command));
	}

	static Wrk parse(String output) throws IOException {
		Matcher failures = FAILURES.matcher(output);
		if (failures.find()) {
			throw new IOException("Requests failed under load: " + failures.group());
		}
		return new Wrk(Long.parseLong(find(REQUESTS, output).group(1)),
				Double.parseDouble(find(PER_SECOND, output).group(1)), millis(50, output), millis(90, output),
				millis(99, output));
	}

	private static double millis(int percentile, String output) throws IOException {
		Matcher matcher = find(Pattern.compile(percentile + "%\\s+([\\d.]+)(us|ms|s|m)\\s"), output);
		double value = Double.parseDouble(matcher.group(1));
		return switch (matcher.group(2)) {
			case "us" -> value / 1_000;
			case "s" -> value * 1_000;
			case "m" -> value * 60_000;
			default -> value;
		};
	}

	private static Matcher find(Pattern pattern, String output) throws IOException {
		Matcher matcher = pattern.matcher(output);
		if (!matcher.find()) {
			throw new IOException("Not what wrk prints: " + output);
		}
		return matcher;
	}

}
