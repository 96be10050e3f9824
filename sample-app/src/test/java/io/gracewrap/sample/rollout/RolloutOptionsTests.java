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

import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link RolloutOptions}.
 *
 * @author GraceWrap Maintainers
 */
class RolloutOptionsTests {

	@Test
	void hasDefaults() {
		RolloutOptions options = RolloutOptions.of("--jar=sample.jar");
		assertThat(options.servers()).containsExactly("tomcat");
		assertThat(options.loads()).containsExactly("clients");
		assertThat(options.arms()).containsExactly(Arm.GRACEWRAP, Arm.PRESTOP, Arm.PLAIN, Arm.IMMEDIATE);
		assertThat(options.runs()).isOne();
		assertThat(options.tolerated()).isZero();
		assertThat(options.latency()).isZero();
		assertThat(new SampleJar(options.jar()).plain()).hasFileName("sample-plain.jar");
	}

	@Test
	void takesSeveral() {
		RolloutOptions options = RolloutOptions.of("--server=jetty,netty", "--load=table,busy", "--arms=quarkus",
				"--runs=3", "--tolerated=2", "--latency=50");
		assertThat(options.servers()).containsExactly("jetty", "netty");
		assertThat(options.loads()).containsExactly("200x300ms", "100x800ms", "50x1500ms", "busy");
		assertThat(options.arms()).containsExactly(Arm.QUARKUS);
		assertThat(options.runs()).isEqualTo(3);
		assertThat(options.armsOf(3)).containsExactly(Arm.QUARKUS);
		assertThat(options.tolerated()).isEqualTo(2);
		assertThat(options.latency()).hasMillis(50);
	}

	@Test
	void eachRunBeginsWithAnotherArm() {
		RolloutOptions options = RolloutOptions.of("--runs=3", "--arms=gracewrap,plain,prestop");
		assertThat(options.armsOf(1)).containsExactly(Arm.GRACEWRAP, Arm.PLAIN, Arm.PRESTOP);
		assertThat(options.armsOf(2)).containsExactly(Arm.PLAIN, Arm.PRESTOP, Arm.GRACEWRAP);
		assertThat(options.armsOf(3)).containsExactly(Arm.PRESTOP, Arm.GRACEWRAP, Arm.PLAIN);
		assertThat(RolloutOptions.of("--runs=3", "--arms=gracewrap,quarkus,plain").armsOf(2))
			.containsExactly(Arm.QUARKUS, Arm.PLAIN, Arm.GRACEWRAP);
	}

	@Test
	void spreadsTheRunsOfOthersIfTheyAreLess() {
		RolloutOptions options = RolloutOptions.of("--runs=10", "--peers=3", "--arms=gracewrap,plain");
		assertThat(IntStream.rangeClosed(1, 10).filter((run) -> options.armsOf(run).contains(Arm.PLAIN)))
			.containsExactly(1, 5, 8);
		assertThat(IntStream.rangeClosed(1, 10).filter((run) -> options.armsOf(run).contains(Arm.GRACEWRAP)))
			.hasSize(10);
		assertThat(RolloutOptions.of("--runs=1", "--peers=5").armsOf(1)).contains(Arm.PLAIN);
	}

	@ParameterizedTest
	@CsvSource({ "--server=undertow, '--server is one of tomcat, jetty, netty'",
			"--runs=many, '--runs is a number, not ''many'''", "--run=1, Unknown option --run=1" })
	void saysWhatWouldFit(String argument, String message) {
		assertThatIllegalArgumentException().isThrownBy(() -> RolloutOptions.of(argument))
			.withMessageContaining(message);
	}

}
