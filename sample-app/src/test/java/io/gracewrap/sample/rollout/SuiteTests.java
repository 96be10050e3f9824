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
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The starter does not make a user's test suite slower.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class SuiteTests {

	private static final Pattern STOPPED = Pattern.compile("Drain state STOPPED at ([\\d.]+) s: refusing ([\\d.]+) s");

	@Tag("soak")
	@Test
	void noTestContextWaitsAtTheEnd() throws Exception {
		List<Duration> with = new ArrayList<>();
		List<Duration> without = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			with.add(run(true));
			without.add(run(false));
		}
		System.out.println("A suite of three contexts: " + with + " with the starter, " + without + " without");
		// Three contexts that waited for a second each would take two thirds more.
		assertThat(Collections.min(with)).isLessThan(Collections.min(without).multipliedBy(3).dividedBy(2));
	}

	private Duration run(boolean gracewrap) throws IOException, InterruptedException {
		long start = System.nanoTime();
		try (ServerProcess process = Sample.launchSuite(gracewrap)) {
			assertThat(process.awaitExit(Duration.ofSeconds(90))).isNotNull();
			Duration time = Duration.ofNanos(System.nanoTime() - start);
			List<MatchResult> stopped = STOPPED.matcher(process.log()).results().toList();
			assertThat(process.log()).contains("Third has");
			assertThat(stopped).hasSize(gracewrap ? 3 : 0)
				.allSatisfy((line) -> assertThat(Double.parseDouble(line.group(2))).isLessThan(0.8));
			return time;
		}
	}

}
