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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Commands of the system.
 *
 * @author GraceWrap Maintainers
 */
final class Commands {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private Commands() {
	}

	/**
	 * Run a command that prints little: nobody reads it before it has ended.
	 * @param input what it reads
	 * @param command the command
	 * @return what it prints
	 * @throws IOException if it fails, with what it prints, or does not end in time
	 * @throws InterruptedException if interrupted
	 */
	static String run(String input, List<String> command) throws IOException, InterruptedException {
		return run(TIMEOUT, input, command);
	}

	static String run(Duration timeout, String input, List<String> command) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		try {
			process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
			process.getOutputStream().close();
			if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
				throw new IOException(String.join(" ", command) + ": not done in " + timeout.toSeconds() + " s");
			}
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (process.exitValue() != 0) {
				throw new IOException(String.join(" ", command) + ": " + output.strip());
			}
			return output;
		}
		finally {
			process.destroyForcibly();
		}
	}

	static String run(String... command) throws IOException, InterruptedException {
		return run("", List.of(command));
	}

	static boolean isInstalled(String program) {
		return Stream.of(System.getenv("PATH").split(":"))
			.anyMatch((folder) -> Files.isExecutable(Path.of(folder, program)));
	}

}
