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

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The termination log tells how the process has ended, however it has.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class LastWordsTests {

	@TempDir
	private Path directory;

	@Test
	void aCleanEndLeavesTheReport() throws Exception {
		Path file = Files.createFile(this.directory.resolve("termination-log"));
		try (ServerProcess process = Sample.start("tomcat", "--gracewrap.termination-log=" + file)) {
			process.terminate();
			assertThat(process.awaitExit(Duration.ofSeconds(20))).isNotNull()
				.satisfies((exit) -> assertThat(exit.code()).isEqualTo(143));
			String words = words(file);
			assertThat(words).startsWith("Drain state STOPPED at ").endsWith(" 0 finished, 0 aborted");
			assertThat(process.log()).contains(words);
		}
	}

	@Test
	void aForcedEndLeavesTheReportAndItsReason() throws Exception {
		Path file = Files.createFile(this.directory.resolve("termination-log"));
		try (ServerProcess process = Sample.startStubborn("tomcat", "--stubborn.by=pre-destroy",
				"--gracewrap.drain-timeout=2s", "--gracewrap.hard-stop-timeout=3s",
				"--gracewrap.termination-log=" + file)) {
			Exchanges.of(process.port(), 3, "/sleep/no-4711-id?ms=60000");
			process.terminate();
			assertThat(process.awaitExit(Duration.ofSeconds(20))).isNotNull()
				.satisfies((exit) -> assertThat(exit.sinceSignal()).isLessThan(Duration.ofSeconds(15)));
			assertThat(process.log()).contains("halting the JVM with exit code 143");
			assertThat(words(file)).startsWith("Drain state STOPPED at ")
				.contains(" 0 finished, 3 aborted; ", "halting the JVM with exit code 143")
				.endsWith(" hangs in io.gracewrap.sample.stubborn.StubbornApplication.sleepUninterruptibly:")
				.doesNotContain("no-4711-id");
		}
	}

	@Test
	void anEndThatHangsAfterTheReportIsToldAsWell() throws Exception {
		Path file = Files.createFile(this.directory.resolve("termination-log"));
		try (ServerProcess process = Sample.startStubborn("tomcat", "--stubborn.by=jvm-hook",
				"--gracewrap.drain-timeout=2s", "--gracewrap.hard-stop-timeout=3s",
				"--gracewrap.termination-log=" + file)) {
			process.terminate();
			assertThat(process.awaitExit(Duration.ofSeconds(20))).isNotNull()
				.satisfies((exit) -> assertThat(exit.sinceSignal()).isLessThan(Duration.ofSeconds(15)));
			assertThat(Files.readAllLines(file)).hasSize(2)
				.allSatisfy((line) -> assertThat(line).startsWith("Drain state STOPPED at "))
				.last()
				.asString()
				.contains("halting the JVM", "Thread 'stubborn-hook' hangs in ");
		}
	}

	private static String words(Path file) throws Exception {
		String words = Files.readString(file, StandardCharsets.UTF_8);
		assertThat(words.lines()).hasSize(1);
		assertThat(words).endsWith("\n").hasSizeLessThanOrEqualTo(4096);
		return words.strip();
	}

}
