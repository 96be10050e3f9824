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
import java.util.Random;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A signal at any moment of a start ends the process, and it never accepts traffic again.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class StartTests {

	private static final Duration BUDGET = Duration.ofSeconds(30);

	@Tag("long")
	@ParameterizedTest
	@CsvSource({ "tomcat, 4", "jetty, 4" })
	void aSignalDuringTheStartEndsTheProcess(String server, int times) throws Exception {
		assertThatSignalsEndTheProcess(server, times);
	}

	@Tag("soak")
	@ParameterizedTest
	@CsvSource({ "tomcat, 60", "jetty, 40" })
	void aSignalAtAnyMomentOfTheStartEndsTheProcess(String server, int times) throws Exception {
		assertThatSignalsEndTheProcess(server, times);
	}

	private void assertThatSignalsEndTheProcess(String server, int times) throws Exception {
		long start = System.nanoTime();
		try (ServerProcess process = Sample.launch(server)) {
			process.awaitReady(Duration.ofSeconds(60));
		}
		// From the start of the JVM to three seconds after readiness.
		Duration last = Duration.ofNanos(System.nanoTime() - start).plusSeconds(3);
		Random random = new Random(4711);
		for (int i = 0; i < times; i++) {
			Duration moment = last.multipliedBy(random.nextInt(1000)).dividedBy(1000);
			try (ServerProcess process = Sample.launch(server)) {
				Thread.sleep(moment.toMillis());
				process.terminate();
				Exit exit = process.awaitExit(BUDGET);
				assertThat(exit).as("signal after %s: %s", moment, process.log()).isNotNull();
				assertThat(exit.code()).isEqualTo(143);
				assertThat(process.log()).doesNotContain("halting the JVM");
			}
		}
	}

	@Test
	void aRunnerThatEndsAfterTheSignalDoesNotMakeTheApplicationReady() throws Exception {
		try (ServerProcess process = Sample.launchStubborn("tomcat", "--stubborn.by=slow-runner")) {
			process.awaitLog("Tomcat started on port", Duration.ofSeconds(60));
			process.terminate();
			while (process.awaitExit(Duration.ofMillis(20)) == null) {
				assertThat(process.probe()).isNotEqualTo(200);
			}
			assertThat(process.awaitExit(Duration.ZERO)).isNotNull()
				.satisfies((exit) -> assertThat(exit.sinceSignal()).isLessThan(Duration.ofSeconds(15)));
		}
	}

}
