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

package io.gracewrap.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that every command of the documentation is run by CI or by a test, or that there
 * is a reason why not.
 *
 * @author GraceWrap Maintainers
 */
class DocumentedCommandsTests {

	private static final Path ROOT = Path.of("..");

	private static final List<String> SHELL = List.of("", "sh", "bash", "shell", "console");

	private static final Pattern COMMAND = Pattern.compile(
			"(?:\\$ )?((?:mvn|java|curl|docker|podman|kubectl|helm|kind|promtool|git|apt-get|\\./\\S+) .*?)(?: #.*)?");

	/** In the middle of a sentence. */
	private static final Pattern INLINE_COMMAND = Pattern.compile("`(mvn -[^`]+)`");

	private static final String CONTAINERS = "needs a container engine";

	/** With the reasons. */
	private static final Map<String, String> NOT_RUN = Map.of(
			"mvn -DskipTests spring-boot:build-image -Dspring-boot.build-image.imageName=sample-app:0.1.0", CONTAINERS,
			"docker build -f docs/kubernetes/Dockerfile --build-arg RUNTIME=\"$RUNTIME\" -t sample-app:0.1.0 sample-app",
			CONTAINERS, "mvn -q -DskipTests install",
			"would leave its artifacts in the local repository, and is verify up to there");

	@Test
	void everyCommandIsRunOrCannotBe() throws IOException {
		String run = run();
		assertThat(documented()).isNotEmpty()
			.allSatisfy((command) -> assertThat(NOT_RUN.containsKey(command) || run.contains(command))
				.as("'%s' is in .ci/run or in a test", command)
				.isTrue());
	}

	@Test
	void whatCannotBeRunIsDocumentedAndNotRun() throws IOException {
		assertThat(documented()).containsAll(NOT_RUN.keySet());
		assertThat(run()).doesNotContain(NOT_RUN.keySet().toArray(String[]::new));
	}

	private static List<String> documented() throws IOException {
		List<String> commands = new ArrayList<>();
		for (Path file : files(ROOT.resolve("docs"), ".md")) {
			commands.addAll(commands(Files.readString(file)));
		}
		commands.addAll(commands(Files.readString(ROOT.resolve("README.md"))));
		return commands;
	}

	private static List<String> commands(String markdown) {
		List<String> commands = new ArrayList<>();
		String language = null;
		for (String line : markdown.replace("\\\n", " ").lines().map(DocumentedCommandsTests::normalized).toList()) {
			Matcher command = COMMAND.matcher(line);
			if (line.startsWith("```")) {
				language = (language != null) ? null : line.substring(3);
			}
			else if (language != null && SHELL.contains(language) && command.matches()) {
				commands.add(command.group(1));
			}
			else if (language == null) {
				INLINE_COMMAND.matcher(line).results().forEach((inline) -> commands.add(inline.group(1)));
			}
		}
		return commands;
	}

	private static String run() throws IOException {
		List<String> lines = new ArrayList<>(Files.readAllLines(ROOT.resolve(".ci").resolve("run")));
		lines.removeIf((line) -> line.startsWith("#") || line.startsWith("echo "));
		for (String module : List.of("gracewrap-spring-boot-autoconfigure", "sample-app")) {
			for (Path file : files(ROOT.resolve(module).resolve("src").resolve("test"), ".java")) {
				if (!file.endsWith(DocumentedCommandsTests.class.getSimpleName() + ".java")) {
					lines.add(Files.readString(file));
				}
			}
		}
		return lines.stream().map(DocumentedCommandsTests::normalized).collect(Collectors.joining("\n"));
	}

	private static List<Path> files(Path directory, String ending) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			return files.filter((file) -> file.toString().endsWith(ending)).toList();
		}
	}

	private static String normalized(String text) {
		return text.strip().replaceAll("\\s+", " ");
	}

}
