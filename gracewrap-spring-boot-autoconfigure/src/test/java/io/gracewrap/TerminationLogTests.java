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

package io.gracewrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TerminationLog}.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class TerminationLogTests {

	@TempDir
	private Path directory;

	@Test
	void writesOneLineToAFileThatIsThere() throws IOException {
		Path file = Files.createFile(this.directory.resolve("log"));
		write(file.toString(), "halted:\n  Thread 'main'\r\n");
		awaitContent(file, "halted: Thread 'main'\n");
	}

	@Test
	void keepsWhatTheApplicationHasWritten() throws IOException {
		Path file = Files.writeString(this.directory.resolve("log"), "no space left on device\n");
		write(file.toString(), "stopped");
		awaitContent(file, "no space left on device\nstopped\n");
	}

	@Test
	void makesAFileThatWasAskedFor() {
		Path file = this.directory.resolve("log");
		write(file.toString(), "stopped");
		awaitContent(file, "stopped\n");
	}

	@Test
	void theDefaultIsNotMade() {
		boolean there = Files.exists(Path.of(TerminationLog.DEFAULT));
		write(TerminationLog.DEFAULT, "stopped, in a test");
		assertThat(Files.exists(Path.of(TerminationLog.DEFAULT))).isEqualTo(there);
	}

	@ParameterizedTest
	@ValueSource(strings = { "\0", "/proc/none/such", "/" })
	void whatCannotBeWrittenIsNoFailureButSaid(String path, CapturedOutput output) {
		write(path, "stopped");
		Awaitility.await()
			.untilAsserted(() -> assertThat(output).contains(
					"The termination log '" + path + "', set by 'gracewrap.termination-log', could not be written: "));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " " })
	void nothingIsSaidOfWhatNobodyHasAskedFor(String path, CapturedOutput output) {
		write(path, "stopped");
		assertThat(output).doesNotContain("'gracewrap.termination-log'");
	}

	@Test
	@EnabledOnOs({ OS.LINUX, OS.MAC })
	void aPipeThatNobodyReadsHoldsNothingUp() throws Exception {
		Path pipe = this.directory.resolve("pipe");
		assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
		long begun = System.nanoTime();
		write(pipe.toString(), "stopped");
		assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
	}

	@Test
	void anInterruptIsKeptAndNothingLost() {
		Path file = this.directory.resolve("log");
		Thread.currentThread().interrupt();
		write(file.toString(), "stopped");
		assertThat(Thread.interrupted()).isTrue();
		awaitContent(file, "stopped\n");
	}

	private static void write(String path, String words) {
		new TerminationLog(path).write(words, Duration.ofMillis(500));
	}

	/**
	 * Writing is waited for a moment only, which a busy machine may need longer for.
	 */
	private static void awaitContent(Path file, String content) {
		Awaitility.await().untilAsserted(() -> assertThat(file).hasContent(content));
	}

	@Test
	void aLineOfTheMostBytesIsWhole() {
		String words = "x".repeat(TerminationLog.MOST_BYTES - 1);
		assertThat(TerminationLog.line(words)).asString(StandardCharsets.UTF_8).isEqualTo(words + '\n');
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "\u00e4", "\u20ac", "\ud83d\ude00" })
	void aLongerLineIsCutBetweenCharacters(String character) {
		int bytes = character.getBytes(StandardCharsets.UTF_8).length;
		for (int offset = 0; offset < 4; offset++) {
			String start = "-".repeat(offset);
			byte[] line = TerminationLog.line(start + character.repeat(5000));
			int fitting = (TerminationLog.MOST_BYTES - 1 - offset) / bytes;
			assertThat(new String(line, StandardCharsets.UTF_8)).isEqualTo(start + character.repeat(fitting) + '\n');
		}
	}

}
