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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * A server in a JVM of its own, which is signalled as a pod is.
 *
 * @author GraceWrap Maintainers
 */
final class ServerProcess implements AutoCloseable {

	private static final Duration POLL = Duration.ofMillis(50);

	private static final int SIGINT = 2;

	private static final Set<Integer> PORTS = ConcurrentHashMap.newKeySet();

	/**
	 * Server, load and compiler share the cores of a test machine. Without these options
	 * the compiler takes most of them for the first half minute, and a load measures it.
	 */
	static final List<String> JVM_OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

	private final Process process;

	private final Framework framework;

	private final InetSocketAddress address;

	private final int grpcPort;

	private final Path log;

	private final CompletableFuture<Long> exited;

	private @Nullable Signal signal;

	private ServerProcess(Process process, Framework framework, InetSocketAddress address, int grpcPort, Path log) {
		this.process = process;
		this.framework = framework;
		this.address = address;
		this.grpcPort = grpcPort;
		this.log = log;
		this.exited = process.onExit().thenApply((exit) -> System.nanoTime());
	}

	/**
	 * Start a server on a free port.
	 * @param log the file that gets all its output
	 * @param arguments arguments of {@code java}, such as {@code -jar app.jar}, and of
	 * the application
	 * @return the process
	 * @throws IOException if it does not start
	 */
	static ServerProcess start(Path log, List<String> arguments) throws IOException {
		return start(log, List.of(), arguments);
	}

	/**
	 * Start a server on a free port by another command.
	 * @param log the file that gets all its output
	 * @param starter the command, and arguments that come before those of its own
	 * @param arguments arguments of {@code java}, and of the application
	 * @return the process
	 * @throws IOException if it does not start
	 */
	static ServerProcess start(Path log, List<String> starter, List<String> arguments) throws IOException {
		return start(log, starter, arguments, freePort());
	}

	static ServerProcess start(Path log, List<String> starter, List<String> arguments, int port) throws IOException {
		return start(Framework.SPRING_BOOT, log, starter, arguments, port);
	}

	/**
	 * Start a server on a free port by a JVM with other options.
	 * @param jvmOptions the options
	 * @param log the file that gets all its output
	 * @param arguments arguments of {@code java}, and of the application
	 * @return the process
	 * @throws IOException if it does not start
	 */
	static ServerProcess startWith(List<String> jvmOptions, Path log, List<String> arguments) throws IOException {
		return start(Framework.SPRING_BOOT, log, List.of(), jvmOptions, arguments,
				new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort()), freePort());
	}

	static ServerProcess start(Framework framework, Path log, List<String> starter, List<String> arguments, int port)
			throws IOException {
		return start(framework, log, starter, arguments, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

	static ServerProcess start(Framework framework, Path log, List<String> starter, List<String> arguments,
			InetSocketAddress address) throws IOException {
		return start(framework, log, starter, arguments, address, freePort());
	}

	static ServerProcess start(Framework framework, Path log, List<String> starter, List<String> arguments,
			InetSocketAddress address, int grpcPort) throws IOException {
		return start(framework, log, starter, JVM_OPTIONS, arguments, address, grpcPort);
	}

	private static ServerProcess start(Framework framework, Path log, List<String> starter, List<String> jvmOptions,
			List<String> arguments, InetSocketAddress address, int grpcPort) throws IOException {
		List<String> command = new ArrayList<>(starter);
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(jvmOptions);
		command.addAll(framework.arguments(arguments, address.getPort(), grpcPort));
		Files.createDirectories(log.toAbsolutePath().getParent());
		File output = log.toFile();
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
		return new ServerProcess(process, framework, address, grpcPort, log);
	}

	/**
	 * Find a port that nobody listens on. The system may well offer the same one twice.
	 * @return a port that is returned once only
	 * @throws IOException if there is none
	 */
	static int freePort() throws IOException {
		int port;
		do {
			try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
				port = socket.getLocalPort();
			}
		}
		while (!PORTS.add(port));
		return port;
	}

	int port() {
		return this.address.getPort();
	}

	int grpcPort() {
		return this.grpcPort;
	}

	String readiness() {
		return this.framework.readiness();
	}

	long pid() {
		return this.process.pid();
	}

	/**
	 * How long the cores have worked for the process.
	 * @return the CPU time
	 */
	Duration cpuTime() {
		return this.process.info().totalCpuDuration().orElseThrow();
	}

	/**
	 * Wait until the readiness probe answers 200.
	 * @param atMost how long to wait
	 * @throws IOException if it does not in time
	 * @throws InterruptedException if interrupted
	 */
	void awaitReady(Duration atMost) throws IOException, InterruptedException {
		awaitReady(atMost, POLL);
	}

	void awaitReady(Duration atMost, Duration poll) throws IOException, InterruptedException {
		long deadline = System.nanoTime() + atMost.toNanos();
		while (probe() != 200) {
			if (!this.process.isAlive() || System.nanoTime() - deadline > 0) {
				throw new IOException("Not ready, see " + this.log + "\n" + log());
			}
			Thread.sleep(poll.toMillis());
		}
	}

	/**
	 * Wait until the log contains a text.
	 * @param text the text
	 * @param atMost how long to wait
	 * @throws IOException if it does not in time
	 * @throws InterruptedException if interrupted
	 */
	void awaitLog(String text, Duration atMost) throws IOException, InterruptedException {
		long deadline = System.nanoTime() + atMost.toNanos();
		while (!log().contains(text)) {
			if (!this.process.isAlive() || System.nanoTime() - deadline > 0) {
				throw new IOException("No '" + text + "' in " + this.log + "\n" + log());
			}
			Thread.sleep(POLL.toMillis());
		}
	}

	/**
	 * Ask the readiness probe, on a connection of its own.
	 * @return the status, or -1 if there was no answer
	 */
	int probe() {
		try (HttpConnection connection = HttpConnection.open(this.address)) {
			return connection.exchange(HttpConnection.get(readiness()), Duration.ofSeconds(5)).status();
		}
		catch (IOException ex) {
			return -1;
		}
	}

	/**
	 * Send SIGTERM.
	 * @return when it was sent
	 */
	Signal terminate() {
		Signal signal = Signal.now();
		this.signal = signal;
		this.process.destroy();
		return signal;
	}

	/**
	 * Send SIGINT.
	 * @return when it was sent
	 * @throws IOException if it cannot be sent
	 * @throws InterruptedException if interrupted
	 */
	Signal interrupt() throws IOException, InterruptedException {
		Signal signal = Signal.now();
		this.signal = signal;
		new ProcessBuilder("kill", "-INT", Long.toString(pid())).inheritIO().start().waitFor();
		return signal;
	}

	/**
	 * Whether a process started from here listens to SIGINT. The jobs that a shell runs
	 * in the background ignore it, and so do all their children.
	 * @return {@code false} if it is known that it does not
	 * @throws IOException if it cannot be told
	 */
	static boolean heedsInterrupt() throws IOException {
		Path status = Path.of("/proc/self/status");
		if (!Files.exists(status)) {
			return true;
		}
		return Files.readAllLines(status)
			.stream()
			.filter((line) -> line.startsWith("SigIgn:"))
			.allMatch((line) -> (Long.parseUnsignedLong(line.substring(7).trim(), 16) & 1L << (SIGINT - 1)) == 0);
	}

	/**
	 * Wait for the end of the process.
	 * @param atMost how long to wait
	 * @return its exit, or {@code null} if it is still running
	 * @throws InterruptedException if interrupted
	 */
	@Nullable Exit awaitExit(Duration atMost) throws InterruptedException {
		try {
			long exited = this.exited.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
			long since = (this.signal != null) ? this.signal.nanoTime() : exited;
			return new Exit(this.process.exitValue(), Duration.ofNanos(exited - since));
		}
		catch (TimeoutException ex) {
			return null;
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * All output so far.
	 * @return the log
	 * @throws IOException if it cannot be read
	 */
	String log() throws IOException {
		return Files.readString(this.log, StandardCharsets.UTF_8);
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

	/**
	 * When a signal was sent.
	 *
	 * @param nanoTime on the monotonic clock
	 * @param instant on the clock of the logs
	 */
	record Signal(long nanoTime, Instant instant) {

		static Signal now() {
			return new Signal(System.nanoTime(), Instant.now());
		}

	}

	/**
	 * How a process ended.
	 *
	 * @param code its exit code
	 * @param sinceSignal how long after the signal
	 */
	record Exit(int code, Duration sinceSignal) {

	}

}
