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

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RolloutTables}.
 *
 * @author GraceWrap Maintainers
 */
class RolloutTablesTests {

	@Test
	void aRowHasTheMedianAndTheRangeOfEachArm() {
		List<RolloutResult> results = List.of(result(Arm.GRACEWRAP, 1, 0, 5100), result(Arm.PLAIN, 1, 7, 600),
				result(Arm.GRACEWRAP, 2, 0, 5300), result(Arm.PLAIN, 2, 3, 500), result(Arm.GRACEWRAP, 3, 0, 5200),
				result(Arm.PLAIN, 3, 40, 900));
		assertThat(RolloutTables.of(results)).contains("| server | client | GraceWrap | Boot |",
				"| tomcat | sockets | **0** of 3,000 | 7 (3 to 40) of 1,007 |",
				"| tomcat | clients | 5.2 (5.1 to 5.3) | 0.6 (0.5 to 0.9) |");
	}

	@Test
	void aSingleFailureIsNotCalledNone() {
		assertThat(RolloutTables.of(List.of(result(Arm.GRACEWRAP, 1, 0, 100), result(Arm.GRACEWRAP, 2, 1, 100))))
			.contains("| tomcat | sockets | 0.5 (0 to 1) of")
			.doesNotContain("**0**");
	}

	private static RolloutResult result(Arm arm, int run, long failed, long exit) {
		LoadReport report = new LoadReport(Map.of(Outcome.ANSWERED, 1000L, Outcome.RESET, failed), List.of(), Map.of());
		return new RolloutResult("tomcat", "clients", arm, run, Map.of("sockets", report), 0, null,
				new StateTimes(Map.of()), List.of(), new Signal(0, Instant.EPOCH), List.of(),
				new Exit(143, Duration.ofMillis(exit)));
	}

}
