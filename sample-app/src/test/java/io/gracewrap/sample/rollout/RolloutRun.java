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
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import org.jspecify.annotations.Nullable;

import org.springframework.util.FileSystemUtils;

/**
 * One rollout: starts a process, loads it, signals it, and waits for its end.
 *
 * @author GraceWrap Maintainers
 */
final class RolloutRun {

	/**
	 * The loads of the proof of the Go library: so many requests of such a duration.
	 */
	static final List<String> TABLE = List.of("200x300ms", "100x800ms", "50x1500ms");

	/**
	 * How long a pod gets new connections after it was marked as terminating.
	 */
	static final Duration ROUTED = Duration.ofSeconds(2);

	/**
	 * GraceWrap's delay on Kubernetes, and the preStop sleep of those that have none.
	 */
	static final Duration DELAY = Duration.ofSeconds(5);

	private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(25);

	private static final Duration WARM_UP = Duration.ofSeconds(3);

	private static final int ORDER_CONNECTIONS = 10;

	private static final Duration ORDER_THINK_TIME = Duration.ofMillis(20);

	private static final int POOLED_THREADS = 6;

	private static final Pattern BATCH = Pattern.compile("(\\d+)x(\\d+)ms");

	private final String server;

	private final String load;

	private final Arm arm;

	private final int run;

	private final RolloutOptions options;

	private final @Nullable QuarkusPeer quarkus;

	private final Consumer<String> progress;

	private final Path directory;

	private final Queue<Long> promised = new ConcurrentLinkedQueue<>();

	/**
	 * Create a rollout.
	 * @param server the server
	 * @param load the kind of the load
	 * @param arm what is rolled out
	 * @param run the number of the run
	 * @param options what was asked for
	 * @param quarkus the peer, if it is the arm
	 * @param progress gets each step
	 */
	RolloutRun(String server, String load, Arm arm, int run, RolloutOptions options, @Nullable QuarkusPeer quarkus,
			Consumer<String> progress) {
		this.server = server;
		this.load = load;
		this.arm = arm;
		this.run = run;
		this.options = options;
		this.quarkus = quarkus;
		String name = "%s, %s, %s, run %d of %d: ".formatted(server, load, arm.label(), run, options.runs());
		this.progress = (step) -> progress.accept(name + step);
		this.directory = options.directory().resolve("%s-%s-%s-%d".formatted(server, load, arm, run));
	}

	/**
	 * When the process is no longer routed to.
	 * @param arm what is rolled out
	 * @return the time since SIGTERM, negative before it
	 */
	static Duration routed(Arm arm) {
		return (arm == Arm.PRESTOP) ? ROUTED.minus(DELAY) : ROUTED;
	}

	RolloutResult roll() throws Exception {
		FileSystemUtils.deleteRecursively(this.directory);
		this.progress.accept("starting");
		try (ServerProcess process = start()) {
			process.awaitReady(Duration.ofSeconds(60));
			try (Network network = new Network(process, this.options.latency())) {
				Map<String, Clients> clients = clients(network);
				try {
					return roll(process, clients);
				}
				finally {
					clients.values().forEach(Clients::close);
				}
			}
		}
	}

	private RolloutResult roll(ServerProcess process, Map<String, Clients> clients) throws Exception {
		List<Tally> tallies = clients.values().stream().map(Clients::tally).toList();
		Timeline timeline = Timeline.start(tallies);
		load(clients);
		long routedAway = System.nanoTime() + ROUTED.toNanos();
		tallies.forEach((tally) -> tally.routedAwayAt(routedAway));
		if (this.arm == Arm.PRESTOP) {
			this.progress.accept("terminating, sleeping for " + DELAY.toSeconds() + " s before SIGTERM");
			Thread.sleep(DELAY.toMillis());
		}
		Signal signal = process.terminate();
		tallies.forEach((tally) -> tally.signalledAt(signal.nanoTime()));
		Probes probes = Probes.start(process, signal.nanoTime());
		this.progress.accept("SIGTERM sent, waiting for the exit");
		Exit exit = process.awaitExit(RolloutResult.GRACE_PERIOD.plusSeconds(5));
		if (exit == null) {
			process.close();
		}
		Map<String, LoadReport> reports = new LinkedHashMap<>();
		for (Map.Entry<String, Clients> each : clients.entrySet()) {
			reports.put(each.getKey(), each.getValue().end(Duration.ofSeconds(15)));
		}
		RolloutResult result = new RolloutResult(this.server, this.load, this.arm, this.run, reports,
				this.promised.size(), (this.quarkus == null) ? OrderAudit.of(database(), this.promised) : null,
				StateTimes.of(process.log(), signal.instant()), probes.end(), signal, timeline.end(), exit);
		this.progress.accept("%s, %d of %d requests failed".formatted(
				(exit != null) ? "exit after " + exit.sinceSignal().toMillis() + " ms" : "no exit, killed",
				result.total().failed(), result.total().requests()));
		return result;
	}

	private void load(Map<String, Clients> clients) throws Exception {
		Matcher batch = BATCH.matcher(this.load);
		Duration loading = WARM_UP;
		if (batch.matches()) {
			loading = BatchLoad
				.time(Integer.parseInt(batch.group(1)), Duration.ofMillis(Long.parseLong(batch.group(2))))
				.dividedBy(3);
		}
		this.progress.accept("ready, loading for " + loading.toMillis() + " ms");
		for (Clients each : clients.values()) {
			each.start();
		}
		if (!batch.matches()) {
			for (Clients each : clients.values()) {
				each.tally().awaitAnything(Duration.ofSeconds(30));
			}
		}
		Thread.sleep(loading.toMillis());
	}

	private ServerProcess start() throws IOException {
		if (this.quarkus != null) {
			return this.quarkus.start(this.directory.resolve("server.log"), DELAY, DRAIN_TIMEOUT);
		}
		return new SampleJar(this.options.jar()).start(this.arm == Arm.GRACEWRAP, this.server, this.directory,
				ServerProcess.JVM_OPTIONS,
				(this.arm == Arm.IMMEDIATE) ? new String[] { "--server.shutdown=immediate" } : new String[0]);
	}

	private Path database() {
		return this.directory.resolve("orders");
	}

	private Map<String, Clients> clients(Network network) throws IOException {
		Map<String, Clients> clients = new LinkedHashMap<>();
		int port = network.port();
		Matcher batch = BATCH.matcher(this.load);
		if (batch.matches()) {
			clients.put("batch",
					new BatchLoad(port, Integer.parseInt(batch.group(1)), work(Long.parseLong(batch.group(2)))));
			return clients;
		}
		switch (this.load) {
			case "clients" -> {
				clients.put("keep-alive sockets, GET",
						new Load(port, 100, () -> HttpConnection.get(work(50)),
								Load.exponential(Duration.ofMillis(200)),
								(answer) -> SampleJar.expectWorked(answer.text(), 50)));
				for (PooledClient.Kind kind : PooledClient.Kind.values()) {
					clients.put(kind.label() + ", GET", new PooledLoad(kind, port, POOLED_THREADS, work(50), null,
							(body) -> SampleJar.expectWorked(body, 50)));
					clients.put(kind.label() + ", POST", new PooledLoad(kind, port, POOLED_THREADS, "/orders",
							Orders.ONE, (body) -> this.promised.add(Orders.id(body))));
				}
				clients.put("gRPC-Java", new GrpcLoad(network.grpcPort(), 50));
			}
			case "mixed" -> {
				for (String kind : List.of("http2", "grpc", "streams", "sockets")) {
					clients.put(kind, clients(kind, network));
				}
			}
			default -> clients.put(this.load, clients(this.load, network));
		}
		clients.put("keep-alive sockets, POST",
				new Load(port, ORDER_CONNECTIONS, () -> HttpConnection.post("/orders", Orders.ONE),
						Load.exponential(ORDER_THINK_TIME), (answer) -> this.promised.add(Orders.id(answer.text()))));
		return clients;
	}

	private Clients clients(String kind, Network network) throws IOException {
		int port = network.port();
		return switch (kind) {
			case "sparse" -> new Load(port, 400, () -> HttpConnection.get(work(50)),
					Load.uniform(Duration.ofSeconds(8)), (answer) -> SampleJar.expectWorked(answer.text(), 50));
			case "http2" -> new Http2Load(port, 10, 10, work(50), (answer) -> SampleJar.expectWorked(answer, 50));
			case "grpc" -> new GrpcLoad(network.grpcPort(), 50);
			case "streams" -> new StreamLoad(port, 100);
			case "sockets" -> new SocketLoad(port, 50);
			default -> new Load(port, 100, () -> HttpConnection.get(work(50)), Load.exponential(Duration.ofMillis(20)),
					(answer) -> SampleJar.expectWorked(answer.text(), 50));
		};
	}

	private String work(long millis) {
		return SampleJar.work(this.server, millis);
	}

}
