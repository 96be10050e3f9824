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
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StopTables} and {@link StopResult}.
 *
 * @author GraceWrap Maintainers
 */
class StopTablesTests {

	private final StopCase stop = new StopCase("one request", "GraceWrap", true, Duration.ZERO, Duration.ofSeconds(5),
			1, Duration.ofSeconds(7), List.of());

	@Test
	void aStopLastsUntilTheLastAnswer() {
		assertThat(result(8000, 7000L).must()).isEqualTo(Duration.ofSeconds(7));
		assertThat(result(8000, 7000L).beyond()).isEqualTo(Duration.ofSeconds(1));
	}

	@Test
	void aStopLastsAsLongAsItHasTo() {
		assertThat(result(5500, 4000L).must()).isEqualTo(Duration.ofSeconds(5));
		assertThat(result(5500, null).must()).isEqualTo(Duration.ofSeconds(5));
	}

	@Test
	void showsTheMedianAndTheRange() {
		assertThat(StopTables.of(List.of(result(8000, 7000L), result(7250, 7000L), result(7500, null))))
			.endsWith("| tomcat | one request | GraceWrap | 7.0 | 7.50 | 1.00 (0.25 to 2.50) | 2 of 3 |\n");
	}

	@Test
	void stopsThatAreComparedHaveTheSameInFlight() {
		assertThat(StopCase.ALL).allSatisfy(
				(one) -> assertThat(StopCase.ALL).filteredOn((other) -> other.situation().equals(one.situation()))
					.hasSizeGreaterThan(1)
					.allSatisfy((other) -> assertThat(other.requests()).isEqualTo(one.requests()))
					.allSatisfy((other) -> assertThat(other.work()).isEqualTo(one.work())));
	}

	private StopResult result(long total, @Nullable Long lastAnswer) {
		return new StopResult("tomcat", this.stop, 1, Duration.ofMillis(total),
				(lastAnswer != null) ? Duration.ofMillis(lastAnswer) : null, (lastAnswer != null) ? 1 : 0);
	}

}
