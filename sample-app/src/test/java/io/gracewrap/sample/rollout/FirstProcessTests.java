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
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The first process of a container, as a process namespace has it: a shell that keeps
 * SIGTERM is warned of.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class FirstProcessTests {

	private static final List<String> NAMESPACE = List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");

	@BeforeAll
	static void isAllowedToHaveOne() throws InterruptedException {
		Assumptions.assumeTrue(exitCode(in("true")) == 0, "unshare is not permitted here");
	}

	@Test
	void aShellThatKeepsTheSignalIsAWarning() throws Exception {
		try (ServerProcess process = start("\"$@\"; true")) {
			awaitWarnings(process);
			assertThat(process.log())
				.containsOnlyOnce("WARN SIGTERM reaches the JVM: not assured, process 1 is the shell 'sh',"
						+ " which keeps the signal. Start the JVM with 'exec java'");
		}
	}

	@Test
	void aShellThatMakesWayIsNot() throws Exception {
		try (ServerProcess process = start("exec \"$@\"")) {
			awaitWarnings(process);
			assertThat(process.log()).doesNotContain("SIGTERM reaches the JVM");
		}
	}

	/**
	 * Wait for the warning after the one that is looked for.
	 */
	private static void awaitWarnings(ServerProcess process) throws IOException, InterruptedException {
		process.awaitLog("WARN Drain and hard stop fit the grace period", Duration.ofSeconds(30));
	}

	private static ServerProcess start(String script) throws IOException, InterruptedException {
		return Sample.startBy(in("sh", "-c", script, "sh"), "tomcat", "--spring.main.cloud-platform=kubernetes");
	}

	private static List<String> in(String... command) {
		return Stream.concat(NAMESPACE.stream(), Stream.of(command)).toList();
	}

	private static int exitCode(List<String> command) throws InterruptedException {
		try {
			return new ProcessBuilder(command).start().waitFor();
		}
		catch (IOException ex) {
			return -1;
		}
	}

}
