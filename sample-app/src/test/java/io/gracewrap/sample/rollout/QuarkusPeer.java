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

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.springframework.util.FileSystemUtils;

/**
 * The strongest peer: what the sample answers, on Quarkus with its own shutdown delay.
 *
 * @author GraceWrap Maintainers
 * @param jar the jar to start
 */
record QuarkusPeer(Path jar) {

	private static final Path SOURCES = Path.of("src", "test", "quarkus");

	private static final Path SERVICE = Path.of("src", "main", "protobuf", "orders.proto");

	private static final Path PROJECT = Path.of("target", "quarkus");

	private static final Path JAR = PROJECT.resolve("target/quarkus-app/quarkus-run.jar");

	/** The first time everything is downloaded. */
	private static final Duration BUILD_TIMEOUT = Duration.ofMinutes(15);

	private static final int TAIL = 40;

	/**
	 * Build the peer by Maven, unless that was done since its sources have changed.
	 * @return the peer
	 * @throws IOException if it cannot be built
	 * @throws InterruptedException if interrupted
	 */
	static QuarkusPeer build() throws IOException, InterruptedException {
		if (!Files.exists(JAR) || Files.getLastModifiedTime(JAR).compareTo(changed()) < 0) {
			FileSystemUtils.deleteRecursively(PROJECT);
			copy();
			runMaven();
		}
		return new QuarkusPeer(JAR.toAbsolutePath());
	}

	/**
	 * Start the peer on a free port, without waiting until it is ready.
	 * @param log the file that gets all its output
	 * @param delay how long it serves on after SIGTERM
	 * @param timeout how long requests in flight may take then
	 * @return the process
	 * @throws IOException if it does not start
	 */
	ServerProcess start(Path log, Duration delay, Duration timeout) throws IOException {
		List<String> arguments = List.of("-Dquarkus.shutdown.delay=" + delay, "-Dquarkus.shutdown.timeout=" + timeout,
				"-jar", this.jar.toString());
		return ServerProcess.start(Framework.QUARKUS, log, List.of(), arguments, ServerProcess.freePort());
	}

	private static FileTime changed() throws IOException {
		FileTime changed = Files.getLastModifiedTime(SERVICE);
		for (Path source : sources()) {
			FileTime time = Files.getLastModifiedTime(source);
			changed = (time.compareTo(changed) > 0) ? time : changed;
		}
		return changed;
	}

	private static void copy() throws IOException {
		for (Path source : sources()) {
			copy(source, PROJECT.resolve(SOURCES.relativize(source)));
		}
		copy(SERVICE, PROJECT.resolve("src/main/proto").resolve(SERVICE.getFileName()));
	}

	private static void copy(Path source, Path target) throws IOException {
		Files.createDirectories(target.getParent());
		Files.copy(source, target);
	}

	private static List<Path> sources() throws IOException {
		try (Stream<Path> files = Files.walk(SOURCES)) {
			return files.filter(Files::isRegularFile).toList();
		}
	}

	private static void runMaven() throws IOException, InterruptedException {
		File output = PROJECT.resolve("build.log").toFile();
		ProcessBuilder builder = new ProcessBuilder(command()).directory(PROJECT.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output);
		builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
		Process maven = builder.start();
		try {
			if (!maven.waitFor(BUILD_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
				throw new IOException("Quarkus is not built within %d minutes, see %s%n%s"
					.formatted(BUILD_TIMEOUT.toMinutes(), output, tail(output)));
			}
		}
		finally {
			maven.descendants().forEach(ProcessHandle::destroyForcibly);
			maven.destroyForcibly();
		}
		if (maven.exitValue() != 0) {
			throw new IOException("Quarkus cannot be built: Maven has ended with %d, see %s%n%s"
				.formatted(maven.exitValue(), output, tail(output)));
		}
	}

	/**
	 * The command, with what the build that runs this tells of itself: its Maven, where
	 * its local repository is, and whether it is offline.
	 * @return the command
	 */
	private static List<String> command() {
		List<String> command = new ArrayList<>();
		String home = System.getProperty("maven.home");
		command.add((home != null) ? Path.of(home, "bin", "mvn").toString() : "mvn");
		String repository = System.getProperty("maven.repo.local");
		if (repository != null) {
			command.add("-Dmaven.repo.local=" + repository);
		}
		if (Boolean.getBoolean("maven.offline")) {
			command.add("--offline");
		}
		command.addAll(List.of("--quiet", "--batch-mode", "-DskipTests", "package"));
		return command;
	}

	private static String tail(File output) throws IOException {
		List<String> lines = new String(Files.readAllBytes(output.toPath()), StandardCharsets.UTF_8).lines().toList();
		return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size()));
	}

}
