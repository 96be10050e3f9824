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

package io.gracewrap.compliance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.gracewrap.ComplianceRow;
import io.gracewrap.ComplianceRow.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SignalCheck}.
 *
 * @author GraceWrap Maintainers
 */
class SignalCheckTests {

	private static final String NOTHING = "0000000000000000";

	/** What a JVM catches, or a shell with {@code trap ... TERM}. */
	private static final String TERMINATION = "0000000000014002";

	@TempDir
	private Path proc;

	@Test
	void theJvmIsTheFirstProcess() throws Exception {
		process(1, 0, TERMINATION, "java", "-jar", "app.jar");
		assertThat(row(1).verdict()).isEqualTo(Verdict.PASS);
	}

	@Test
	void theJvmDoesNotCatchTheSignal() throws Exception {
		process(1, 0, NOTHING, "java", "-Xrs", "-jar", "app.jar");
		assertThat(row(1).verdict()).isEqualTo(Verdict.WARN);
		assertThat(row(1).advice()).contains("-Xrs");
	}

	@ParameterizedTest
	@ValueSource(strings = { "sh", "/bin/sh", "/bin/bash", "-bash", "busybox\0sh" })
	void theFirstProcessIsAShellThatKeepsTheSignal(String shell) throws Exception {
		process(1, 0, NOTHING, shell, "-c", "java -Dpassword=s3cr3t -jar app.jar; true");
		process(7, 1, TERMINATION, "java", "-Dpassword=s3cr3t", "-jar", "app.jar");
		ComplianceRow row = row(7);
		assertThat(row.verdict()).isEqualTo(Verdict.WARN);
		assertThat(row.found()).startsWith("process 1 is the shell '").doesNotContain("s3cr3t");
		assertThat(row.advice()).contains("exec java");
	}

	@Test
	void aShellBetweenKeepsTheSignalToo() throws Exception {
		process(1, 0, NOTHING, "/sbin/tini", "--", "/start.sh");
		process(6, 1, NOTHING, "/bin/sh", "/start.sh");
		process(7, 6, TERMINATION, "java");
		assertThat(row(7).found()).startsWith("process 6 is the shell 'sh'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/usr/bin/dumb-init\0--", "/usr/bin/dumb-init\0-c", "tini\0-g\0--" })
	void noInitHelpsAgainstAShellThatDiesOfTheSignal(String init) throws Exception {
		process(1, 0, NOTHING, init, "sh", "-c", "java; true");
		process(6, 1, NOTHING, "sh", "-c", "java; true");
		process(7, 6, TERMINATION, "java");
		assertThat(row(7).verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void nothingOfTheContainerIsAboveTheJvm() throws Exception {
		process(1, 0, NOTHING, "/pause");
		process(7, 0, TERMINATION, "java");
		assertThat(row(7).verdict()).isEqualTo(Verdict.PASS);
		assertThat(row(7).found()).startsWith("no process of this container");
	}

	@Test
	void aShellThatCatchesTheSignalIsTrustedToPassItOn() throws Exception {
		process(1, 0, TERMINATION, "/bin/bash", "/start.sh");
		process(7, 1, TERMINATION, "java");
		assertThat(row(7).verdict()).isEqualTo(Verdict.PASS);
	}

	@Test
	void anInitThatPassesTheSignalOn() throws Exception {
		process(1, 0, NOTHING, "/sbin/tini", "--", "java");
		process(7, 1, TERMINATION, "java");
		assertThat(row(7)).isEqualTo(ComplianceRow.pass("SIGTERM reaches the JVM", "process 1 is 'tini'"));
	}

	@Test
	void aShellOfSomeoneWhoWorksOnAMachine() throws Exception {
		process(1, 0, NOTHING, "/usr/lib/systemd/systemd");
		process(6, 1, NOTHING, "-bash");
		process(7, 6, TERMINATION, "java");
		assertThat(row(7).verdict()).isEqualTo(Verdict.PASS);
	}

	@Test
	void aShellOfSomeoneWhoWorksInAContainer() throws Exception {
		process(1, 0, NOTHING, "sleep", "infinity");
		process(6, 0, NOTHING, "bash");
		process(7, 6, TERMINATION, "java");
		assertThat(row(7).verdict()).isEqualTo(Verdict.PASS);
	}

	@Test
	void aShellIsTheFirstProcessOfAContainerThatSharesItsProcesses() throws Exception {
		process(1, 0, NOTHING, "/pause");
		process(6, 0, NOTHING, "sh", "-c", "java -jar app.jar; true");
		process(7, 6, TERMINATION, "java");
		assertThat(row(7).found()).startsWith("process 6 is the shell 'sh'");
	}

	@Test
	void notEveryKernelTellsWhatIsCaught() throws Exception {
		process(1, 0, NOTHING, "java");
		Path status = this.proc.resolve("1/status");
		Files.writeString(status, Files.readString(status).replaceAll("SigCgt:.*\n", ""));
		assertThat(row(1)).isEqualTo(ComplianceRow.pass("SIGTERM reaches the JVM", "the JVM is process 1"));
	}

	@Test
	void isNotKnownWhereThereIsNothingToRead() {
		assertThat(row(7).verdict()).isEqualTo(Verdict.PASS);
		assertThat(row(7).found()).startsWith("not known");
	}

	@Test
	void thisProcessCanBeChecked() {
		assertThat(new SignalCheck().rows()).singleElement()
			.satisfies((row) -> assertThat(row.found()).doesNotContain("the JVM does not catch"));
	}

	private ComplianceRow row(long pid) {
		return new SignalCheck(this.proc, pid).rows().get(0);
	}

	private void process(long pid, long parent, String caught, String... commandLine) throws IOException {
		Path directory = Files.createDirectory(this.proc.resolve(Long.toString(pid)));
		Files.writeString(directory.resolve("status"),
				"Name:\tname\nPPid:\t%d\nSigCgt:\t%s\n".formatted(parent, caught));
		Files.writeString(directory.resolve("cmdline"), String.join("\0", commandLine) + '\0');
	}

}
