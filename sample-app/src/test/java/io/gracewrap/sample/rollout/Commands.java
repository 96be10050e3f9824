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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Commands of the system that answer at once.
 *
 * @author GraceWrap Maintainers
 */
final class Commands {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private Commands() {
	}

	/**
	 * Run a command.
	 * @param input what it reads
	 * @param command the command
	 * @return what it prints
	 * @throws IOException if it fails, with what it prints
	 * @throws InterruptedException if interrupted
	 */
	static String run(String input, List<String> command) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		try {
			process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
			process.getOutputStream().close();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
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

}
