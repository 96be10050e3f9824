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
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Probes} and what a {@link RolloutResult} makes of them.
 *
 * @author GraceWrap Maintainers
 */
class ProbesTests {

	private static final Duration WINDOW = Duration.ofSeconds(5);

	private static List<String> losses(Map<String, Duration> states, int readyProbes) {
		List<Probes.Probe> probes = IntStream.range(0, 50)
			.mapToObj((i) -> new Probes.Probe(Duration.ofMillis(100 * i), (i < readyProbes) ? 200 : 503,
					Duration.ofMillis(5)))
			.toList();
		return new RolloutResult("tomcat", "clients", Arm.GRACEWRAP, 1, Map.of(), 0, null, new StateTimes(states),
				probes, new Signal(0, Instant.EPOCH), List.of(), new Exit(143, WINDOW))
			.losses();
	}

	@ParameterizedTest
	@CsvSource({ "0, 0", "2, 0", "29, 0", "30, 1", "50, 1" })
	void readinessMustBeRefusedAtOnce(int readyProbes, int losses) {
		assertThat(losses(Map.of("DRAINING", WINDOW), readyProbes)).hasSize(losses);
	}

	@Test
	void aWindowThatTheLogDoesNotShowIsALoss() {
		assertThat(losses(Map.of(), 0)).hasSize(1);
	}

}
