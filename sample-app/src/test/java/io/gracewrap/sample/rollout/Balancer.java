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
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A load balancer in front of instances of the sample, with keep-alive connections to
 * them and without retries: what an instance loses its client sees.
 *
 * @author GraceWrap Maintainers
 */
abstract class Balancer implements AutoCloseable {

	static final String READINESS = "/actuator/health/readiness";

	/** How often the instances are asked, in milliseconds. */
	static final int CHECK_INTERVAL = 500;

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final Pattern FAILED = Pattern.compile("^request status=(?!2\\d\\d).*|^request .*state=(?!--).*");

	private final Protocol protocol;

	private final Path directory;

	private final int port;

	private final int statisticsPort;

	private final Process process;

	/**
	 * Start the balancer.
	 * @param protocol what the clients speak
	 * @param directory where its files go
	 * @param instances the instances
	 * @param statisticsPort where it tells what it knows of them, if it can
	 * @throws IOException if it does not start
	 */
	Balancer(Protocol protocol, Path directory, List<Instance> instances, int statisticsPort) throws IOException {
		this.protocol = protocol;
		this.directory = Files.createDirectories(directory).toAbsolutePath();
		this.port = ServerProcess.freePort();
		this.statisticsPort = statisticsPort;
		configure(instances);
		this.process = new ProcessBuilder(command(configuration())).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
			.start();
	}

	static Balancer start(String program, Protocol protocol, Path directory, List<Instance> instances)
			throws IOException {
		return program.equals("haproxy") ? new HaProxy(protocol, directory, instances)
				: new Nginx(protocol, directory, instances);
	}

	abstract String configuration(Protocol protocol, int port, List<Instance> instances, int statisticsPort);

	abstract List<String> command(Path configuration);

	/**
	 * Whether requests are sent to an instance.
	 * @param instance the instance
	 * @return whether it is among those that serve
	 * @throws IOException if that cannot be found out
	 */
	abstract boolean serves(Instance instance) throws IOException;

	final void configure(List<Instance> instances) throws IOException {
		Files.writeString(configuration(), configuration(this.protocol, this.port, instances, this.statisticsPort));
	}

	private Path configuration() {
		return this.directory.resolve("balancer.conf");
	}

	final Path directory() {
		return this.directory;
	}

	final Path log() {
		return this.directory.resolve("balancer.log");
	}

	final int port() {
		return this.port;
	}

	final long pid() {
		return this.process.pid();
	}

	/**
	 * Wait until an instance gets requests, or gets none any more.
	 * @param instance the instance
	 * @param serves which of both
	 * @throws IOException if that cannot be found out, or does not come in time
	 * @throws InterruptedException if interrupted
	 */
	final void await(Instance instance, boolean serves) throws IOException, InterruptedException {
		long deadline = System.nanoTime() + TIMEOUT.toNanos();
		while (serves(instance) != serves) {
			if (!this.process.isAlive() || System.nanoTime() - deadline > 0) {
				throw new IOException("The balancer does not notice " + instance + ", see " + log());
			}
			Thread.sleep(50);
		}
	}

	/**
	 * Return the requests that have failed by the balancer's own log.
	 * @return one line for each kind, with how many there are
	 * @throws IOException if the log cannot be read
	 */
	final List<String> failures() throws IOException {
		return Files.readAllLines(log(), StandardCharsets.UTF_8)
			.stream()
			.filter((line) -> FAILED.matcher(line).matches())
			.collect(Collectors.groupingBy((line) -> line, Collectors.counting()))
			.entrySet()
			.stream()
			.map((kind) -> kind.getValue() + " x " + kind.getKey())
			.toList();
	}

	@Override
	public void close() {
		this.process.descendants().forEach(ProcessHandle::destroyForcibly);
		this.process.destroyForcibly();
	}

	/**
	 * What the clients speak, to the balancer and by it to the instances.
	 */
	enum Protocol {

		/** HTTP/1.1. */
		HTTP,

		/** gRPC without TLS. */
		GRPC

	}

	/**
	 * An instance of the sample.
	 *
	 * @param port where it listens for HTTP, and tells whether it is ready
	 * @param grpcPort where it listens for gRPC
	 */
	record Instance(int port, int grpcPort) {

		static Instance free() throws IOException {
			return new Instance(ServerProcess.freePort(), ServerProcess.freePort());
		}

		int port(Protocol protocol) {
			return (protocol == Protocol.GRPC) ? this.grpcPort : this.port;
		}

	}

}
