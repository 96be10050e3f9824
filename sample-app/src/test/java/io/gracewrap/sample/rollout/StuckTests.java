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
import java.util.List;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nothing that is stuck keeps a process alive beyond its budget, and the log says what it
 * was.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class StuckTests {

	private static final String[] TIMES = { "--gracewrap.drain-timeout=3s", "--gracewrap.hard-stop-timeout=2s" };

	/** Long enough for answers and beans on a busy machine. */
	private static final String[] LONGER_TIMES = { "--gracewrap.drain-timeout=3s", "--gracewrap.hard-stop-timeout=8s" };

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty" })
	void requestsThatOutlastTheDrainAreNamedAndAnswered(String server) throws Exception {
		try (ServerProcess process = Sample.startStubborn(server, LONGER_TIMES)) {
			Exchanges exchanges = Exchanges.of(process.port(), 20, "/sleep/no-4711-id?ms=60000&secret=s3cr3t");
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.sinceSignal()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(11));
			assertThat(exit.code()).isEqualTo(143);
			assertThat(process.log()
				.lines()
				.filter((line) -> line.contains("Still in flight: GET /sleep/{id} handled by"))).hasSize(20)
				.allSatisfy((line) -> assertThat(line).containsPattern("in flight for \\d+\\.\\d s, on thread '"));
			assertThat(process.log()).contains("0 finished, 20 aborted")
				.doesNotContain("halting the JVM")
				.as("what servers say of it, Tomcat by java.util.logging")
				.contains("java.lang.InterruptedException");
			assertThat(ownLines(process)).isNotEmpty()
				.noneMatch((line) -> line.contains("no-4711-id") || line.contains("s3cr3t"));
			assertThat(exchanges.statuses()).hasSize(20).containsOnly(500);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty" })
	void requestsThatIgnoreTheirInterruptDoNotHoldTheProcess(String server) throws Exception {
		try (ServerProcess process = Sample.startStubborn(server, LONGER_TIMES)) {
			Exchanges.of(process.port(), 1, "/deaf/no-4711-id?ms=60000");
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.sinceSignal()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(11));
			assertThat(exit.code()).isEqualTo(143);
			assertThat(process.log()).contains("Still in flight: GET /deaf/{id}").doesNotContain("halting the JVM");
			assertThat(ownLines(process)).isNotEmpty().noneMatch((line) -> line.contains("no-4711-id"));
		}
	}

	@Test
	void aDestroyMethodThatHangsIsNamedAndTheJvmHalted() throws Exception {
		try (ServerProcess process = Sample.startStubborn("tomcat", "--stubborn.by=pre-destroy", TIMES[0], TIMES[1])) {
			Exchanges.of(process.port(), 20, "/sleep/no-4711-id?ms=60000");
			process.terminate();
			assertHalted(process);
			assertThat(process.log()).contains("SleepyBean.sleepForTenMinutes").contains("20 still in flight");
		}
	}

	@Test
	void aDestroyMethodThatHangsIsNotWaitedForAfterASignalThatComesLater() throws Exception {
		try (ServerProcess process = Sample.startStubborn("tomcat", "--stubborn.by=pre-destroy", TIMES[0], TIMES[1])) {
			Exchanges.of(process.port(), 1, "/close");
			process.awaitLog("Drain state STOPPED", Duration.ofSeconds(20));
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(143);
			assertThat(process.log()).contains("halting the JVM with exit code 143", "SleepyBean.sleepForTenMinutes");
		}
	}

	@Test
	void aDeadlockIsNamedWithTheOwnerOfTheLockAndTheJvmHalted() throws Exception {
		try (ServerProcess process = Sample.startStubborn("tomcat", "--stubborn.by=deadlock", TIMES[0], TIMES[1])) {
			process.terminate();
			assertHalted(process);
			assertThat(process.log())
				.contains("hangs in io.gracewrap.sample.stubborn.StubbornApplication$DeadlockedBean")
				.contains("Thread 'lock-owner'");
		}
	}

	@Test
	void anotherShutdownHookThatHangsIsNamedAndTheJvmHalted() throws Exception {
		try (ServerProcess process = Sample.startStubborn("tomcat", "--stubborn.by=jvm-hook", TIMES[0], TIMES[1])) {
			process.terminate();
			assertHalted(process);
			assertThat(process.log()).contains("Drain state STOPPED").contains("Thread 'stubborn-hook' hangs");
		}
	}

	@Test
	void theJvmIsNotHaltedWhileAnotherApplicationInItHasTimeLeft() throws Exception {
		try (ServerProcess process = Sample.launchTwoApplications()) {
			process.awaitLog("Both have started", Duration.ofSeconds(60));
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.sinceSignal()).isGreaterThan(Duration.ofSeconds(4));
			assertThat(process.log()).contains("1 finished, 0 aborted").doesNotContain("halting the JVM");
		}
	}

	/**
	 * The servers log raw paths with the exception that an interrupt brings about.
	 * @param process the process
	 * @return what GraceWrap has logged
	 * @throws IOException if the log cannot be read
	 */
	private List<String> ownLines(ServerProcess process) throws IOException {
		return process.log().lines().filter((line) -> line.contains(" io.gracewrap.GraceWrap")).toList();
	}

	private void assertHalted(ServerProcess process) throws InterruptedException, IOException {
		Exit exit = process.awaitExit(Duration.ofSeconds(20));
		assertThat(exit).isNotNull();
		assertThat(exit.sinceSignal()).isBetween(Duration.ofMillis(4500), Duration.ofSeconds(15));
		assertThat(exit.code()).isEqualTo(143);
		assertThat(process.log()).contains("halting the JVM with exit code 143");
	}

}
