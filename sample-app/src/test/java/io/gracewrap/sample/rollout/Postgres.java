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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.springframework.util.FileSystemUtils;

/**
 * A PostgreSQL server with an empty database, for the {@code postgres} profile of the
 * sample.
 *
 * @author GraceWrap Maintainers
 */
final class Postgres implements AutoCloseable {

	/** Where Debian keeps what is not meant for the search path. */
	private static final Path PACKAGES = Path.of("/usr/lib/postgresql");

	private static final String USER = "orders";

	/** It does not run as root. */
	private static final String SYSTEM_USER = "nobody";

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private final Path directory;

	private final int port;

	private final Process process;

	private Postgres(Path directory, int port, Process process) {
		this.directory = directory;
		this.port = port;
		this.process = process;
	}

	static boolean isInstalled() {
		return programs().isPresent();
	}

	/**
	 * Start a server and wait until it answers.
	 * @param prefix what stands before its command
	 * @return the server
	 * @throws IOException if it does not start, or is not installed
	 * @throws InterruptedException if interrupted
	 */
	static Postgres start(List<String> prefix) throws IOException, InterruptedException {
		Path programs = programs().orElseThrow(
				() -> new IOException("PostgreSQL is needed: apt-get install postgresql on Debian and Ubuntu"));
		// Where any user may go.
		Path directory = Files.createTempDirectory("gracewrap-postgres");
		Path data = Files.createDirectory(directory.resolve("data"));
		List<String> user = new ArrayList<>();
		if ("root".equals(System.getProperty("user.name"))) {
			user.addAll(List.of("setpriv", "--reuid=" + SYSTEM_USER, "--clear-groups"));
			Commands.run("chown", "-R", SYSTEM_USER, directory.toString());
		}
		Commands.run(TIMEOUT, "", command(user, programs.resolve("initdb"), "--pgdata=" + data, "--username=" + USER,
				"--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"));
		int port = ServerProcess.freePort();
		List<String> command = new ArrayList<>(prefix);
		command.addAll(command(user, programs.resolve("postgres"), "-D", data.toString(), "-p", Integer.toString(port),
				"-c", "listen_addresses=127.0.0.1", "-k", directory.toString()));
		Process process = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(directory.resolve("postgres.log").toFile())
			.start();
		Postgres postgres = new Postgres(directory, port, process);
		try {
			postgres.awaitReady(programs.resolve("pg_isready"));
		}
		catch (IOException | InterruptedException ex) {
			postgres.close();
			throw ex;
		}
		return postgres;
	}

	private static Optional<Path> programs() {
		if (!Files.isDirectory(PACKAGES)) {
			return Optional.empty();
		}
		try (Stream<Path> versions = Files.list(PACKAGES)) {
			return versions.filter((version) -> Files.isExecutable(version.resolve("bin/postgres")))
				.max(Comparator.comparingDouble((version) -> Double.parseDouble(version.getFileName().toString())))
				.map((version) -> version.resolve("bin"));
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

	private static List<String> command(List<String> user, Path program, String... arguments) {
		return Stream.of(user.stream(), Stream.of(program.toString()), Stream.of(arguments))
			.flatMap((part) -> part)
			.toList();
	}

	private void awaitReady(Path isReady) throws IOException, InterruptedException {
		long deadline = System.nanoTime() + TIMEOUT.toNanos();
		while (new ProcessBuilder(isReady.toString(), "--host=127.0.0.1", "--port=" + this.port, "--username=" + USER)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start()
			.waitFor() != 0) {
			if (!this.process.isAlive() || System.nanoTime() - deadline > 0) {
				throw new IOException(
						"PostgreSQL does not start: " + Files.readString(this.directory.resolve("postgres.log")));
			}
			Thread.sleep(50);
		}
	}

	/**
	 * Connect the sample with it.
	 * @param more more arguments of the sample
	 * @return its arguments
	 */
	String[] arguments(String... more) {
		return Stream
			.concat(Stream.of("--spring.profiles.include=postgres", "--POSTGRES_HOST=127.0.0.1",
					"--POSTGRES_PORT=" + this.port, "--POSTGRES_DB=postgres", "--POSTGRES_USER=" + USER),
					Stream.of(more))
			.toArray(String[]::new);
	}

	/**
	 * Return where its database is.
	 * @return an address for JDBC
	 */
	String url() {
		return "jdbc:postgresql://127.0.0.1:" + this.port + "/postgres?user=" + USER;
	}

	@Override
	public void close() {
		// The fast way to stop; SIGTERM would wait for its clients.
		try {
			Commands.run("kill", "-INT", Long.toString(this.process.pid()));
			this.process.onExit().orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS).join();
			FileSystemUtils.deleteRecursively(this.directory);
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			System.err.println("PostgreSQL was not stopped properly: " + ex);
		}
		finally {
			this.process.destroyForcibly();
		}
	}

}
