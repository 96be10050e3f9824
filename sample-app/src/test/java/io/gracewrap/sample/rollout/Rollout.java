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
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.gracewrap.sample.rollout.LoadReport.Ending;
import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import org.jspecify.annotations.Nullable;

/**
 * The proof, as one command: roll out the sample under load, with GraceWrap and beside it
 * on plain Spring Boot, and count at the client what was lost. Exits with 1 if GraceWrap
 * lost anything.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class Rollout {

	private static final String USAGE = """
			Options:
			  --server=tomcat|jetty|netty        several may be given, separated by commas; tomcat by default
			  --arms=gracewrap,prestop,plain     all three by default
			  --runs=N                           how often each is run; once by default
			  --load=busy|sparse|http2|grpc|streams|sockets|mixed
			                                     several may be given; busy by default: 100 connections that think for 20 ms;
			                                     sparse: 400 that think up to 8 s; http2: 10 connections for 10 clients each;
			                                     grpc: 100 calls a second on an old channel and as many on new ones;
			                                     streams: 100 event streams; sockets: 50 WebSocket sessions; mixed: the last four
			  --tolerated=N                      failed requests that are forgiven in all runs of a server; none by default
			  --jar=FILE                         the executable jar of the sample, the plain one beside it""";

	private static final Duration WARM_UP = Duration.ofSeconds(3);

	/**
	 * How long a pod gets new connections after it was marked as terminating.
	 */
	private static final Duration ROUTED = Duration.ofSeconds(2);

	/**
	 * The load balancer delay, and the preStop sleep.
	 */
	private static final Duration DELAY = Duration.ofSeconds(3);

	/**
	 * Probes that may meet the end of the window on their way are not looked at.
	 */
	private static final Duration ON_THEIR_WAY = Duration.ofMillis(500);

	/**
	 * What Kubernetes gives a pod, and the drain and the hard stop timeout together.
	 */
	private static final Duration GRACE_PERIOD = Duration.ofSeconds(30);

	private static final int SIGTERM_EXIT = 128 + 15;

	private static final int ORDER_CONNECTIONS = 10;

	private static final Duration ORDER_THINK_TIME = Duration.ofMillis(20);

	private static final Pattern ORDER_ID = Pattern.compile("\\{\"id\":(\\d+)}");

	private static final Pattern OPTION = Pattern.compile("--(server|arms|runs|load|tolerated|jar)=(.+)");

	private final PrintStream out = System.out;

	private final Options options;

	private Rollout(Options options) {
		this.options = options;
	}

	public static void main(String[] args) throws Exception {
		Options options;
		try {
			options = Options.of(args);
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage() + System.lineSeparator() + USAGE);
			System.exit(2);
			return;
		}
		System.exit(new Rollout(options).run() ? 0 : 1);
	}

	/**
	 * Roll out in this JVM.
	 * @param args the options
	 * @return whether GraceWrap lost nothing
	 * @throws Exception if a rollout could not be made
	 */
	static boolean run(String... args) throws Exception {
		return new Rollout(Options.of(args)).run();
	}

	private boolean run() throws Exception {
		List<Result> results = new ArrayList<>();
		for (String server : this.options.servers()) {
			for (String load : this.options.loads()) {
				for (int run = 1; run <= this.options.runs(); run++) {
					for (Arm arm : this.options.arms()) {
						results.add(run(server, load, arm, run));
					}
				}
			}
		}
		print(results);
		return verdict(results.stream().filter((result) -> result.arm() == Arm.GRACEWRAP).toList());
	}

	private Result run(String server, String load, Arm arm, int run) throws Exception {
		String name = "%s, %s, %s, run %d of %d".formatted(server, load, arm.label, run, this.options.runs());
		Path directory = this.options.jar()
			.resolveSibling("rollout")
			.resolve(server + "-" + load + "-" + arm.name().toLowerCase(Locale.ROOT) + "-" + run);
		delete(directory);
		Path database = directory.resolve("orders");
		progress(name + ": starting");
		try (ServerProcess process = ServerProcess.start(directory.resolve("server.log"),
				arguments(server, arm, database))) {
			process.awaitReady(Duration.ofSeconds(60));
			Queue<Long> promised = new ConcurrentLinkedQueue<>();
			List<Clients> clients = clients(server, load, process, promised);
			try {
				progress(name + ": ready, loading for " + WARM_UP.toSeconds() + " s");
				for (Clients each : clients) {
					each.start();
				}
				for (Clients each : clients) {
					each.tally().awaitAnything(Duration.ofSeconds(30));
				}
				Thread.sleep(WARM_UP.toMillis());
				long routedAway = System.nanoTime() + ROUTED.toNanos();
				clients.forEach((each) -> each.tally().routedAwayAt(routedAway));
				if (arm == Arm.PRESTOP) {
					progress(name + ": terminating, sleeping for " + DELAY.toSeconds() + " s before SIGTERM");
					Thread.sleep(DELAY.toMillis());
				}
				Signal signal = process.terminate();
				clients.forEach((each) -> each.tally().signalledAt(signal.nanoTime()));
				Probes probes = Probes.start(process.port(), signal.nanoTime());
				progress(name + ": SIGTERM sent, waiting for the exit");
				Exit exit = process.awaitExit(GRACE_PERIOD.plusSeconds(5));
				if (exit == null) {
					process.close();
				}
				LoadReport report = new LoadReport(Map.of(), List.of(), Map.of());
				for (Clients each : clients) {
					report = report.plus(each.end(Duration.ofSeconds(15)));
				}
				OrderAudit audit = OrderAudit.of(database, promised);
				StateTimes states = StateTimes.of(process.log(), signal.instant());
				Result result = new Result(server, load, arm, run, report, promised.size(), audit, states,
						Probes.Summary.of(probes.end(), states.windowEnd().minus(ON_THEIR_WAY)), exit);
				progress("%s: %s, %d of %d requests failed".formatted(name,
						(exit != null) ? "exit after " + exit.sinceSignal().toMillis() + " ms" : "no exit, killed",
						report.failed(), report.requests()));
				return result;
			}
			finally {
				clients.forEach(Clients::close);
			}
		}
	}

	private List<String> arguments(String server, Arm arm, Path database) {
		List<String> arguments = new ArrayList<>();
		arguments.add("-jar");
		arguments.add(((arm == Arm.GRACEWRAP) ? this.options.jar() : this.options.plainJar()).toString());
		arguments.add("--sample.database=" + database.toAbsolutePath());
		if (!"tomcat".equals(server)) {
			arguments.add("--spring.profiles.active=" + server);
		}
		if (arm == Arm.GRACEWRAP) {
			arguments.add("--gracewrap.load-balancer-delay=" + DELAY.toSeconds() + "s");
		}
		return arguments;
	}

	private List<Clients> clients(String server, String load, ServerProcess process, Queue<Long> promised)
			throws IOException {
		List<Clients> clients = new ArrayList<>();
		for (String kind : "mixed".equals(load) ? List.of("http2", "grpc", "streams", "sockets") : List.of(load)) {
			clients.add(work(server, kind, process));
		}
		clients.add(orders(process.port(), promised));
		return clients;
	}

	private Clients work(String server, String load, ServerProcess process) throws IOException {
		// A handler that blocks is no handler for WebFlux.
		String target = "netty".equals(server) ? "/async-work?ms=50" : "/work?ms=50";
		int port = process.port();
		return switch (load) {
			case "sparse" ->
				new Load(port, 400, () -> HttpConnection.get(target), Load.uniform(Duration.ofSeconds(8)), (answer) -> {
				});
			case "http2" -> new Http2Load(port, 10, 10, target);
			case "grpc" -> new GrpcLoad(process.grpcPort(), 50);
			case "streams" -> new StreamLoad(port, 100);
			case "sockets" -> new SocketLoad(port, 50);
			default -> new Load(port, 100, () -> HttpConnection.get(target), Load.exponential(Duration.ofMillis(20)),
					(answer) -> {
					});
		};
	}

	private Load orders(int port, Queue<Long> promised) {
		return new Load(port, ORDER_CONNECTIONS,
				() -> HttpConnection.post("/orders", "{\"item\":\"tea\",\"quantity\":1}"),
				Load.exponential(ORDER_THINK_TIME), (answer) -> promised.add(orderId(answer.text())));
	}

	private static long orderId(String body) {
		Matcher matcher = ORDER_ID.matcher(body);
		if (!matcher.matches()) {
			throw new IllegalStateException("An order without a number: " + body);
		}
		return Long.parseLong(matcher.group(1));
	}

	private void progress(String step) {
		this.out.println("> " + step);
		this.out.flush();
	}

	private void print(List<Result> results) {
		String format = "%-7s %-8s %-22s %3s %9s %9s %8s %6s %10s %5s %6s   %7s %9s %13s %7s   %8s %5s%n";
		this.out.println();
		this.out.printf(format, "", "", "", "", "requests", "answered", "refused", "reset", "cut short", "5xx", "other",
				"orders", "finished", "acknowledged", "missing", "exit ms", "code");
		for (Result result : results) {
			LoadReport load = result.load();
			OrderAudit audit = result.audit();
			Exit exit = result.exit();
			this.out.printf(format, result.server(), result.kind(), result.arm().label, result.run(), load.requests(),
					load.count(Outcome.ANSWERED), load.count(Outcome.REFUSED), load.count(Outcome.RESET),
					load.count(Outcome.CUT_SHORT), load.count(Outcome.SERVER_ERROR),
					load.count(Outcome.CLIENT_ERROR) + load.count(Outcome.OTHER), audit.begun(), audit.finished(),
					result.acknowledged(), audit.missing().size(),
					(exit != null) ? exit.sinceSignal().toMillis() : "killed", (exit != null) ? exit.code() : "-");
		}
		this.out.println();
		this.out
			.println("acknowledged: orders whose clients got their 201; missing: those of them that are not finished"
					+ " in the database");
		for (Result result : results) {
			this.out.println();
			this.out.printf("%s, %s, %s, run %d%n", result.server(), result.kind(), result.arm().label, result.run());
			String states = result.states().toString();
			if (!states.isEmpty()) {
				this.out.println("  states since SIGTERM: " + states);
				this.out.println("  readiness probes in the window: " + result.probes());
			}
			this.out.printf(
					"  connections since SIGTERM: %d ended by Connection: close, %d closed while idle, %d failed,"
							+ " %d left open%n",
					result.load().count(Ending.SAID_CLOSE), result.load().count(Ending.CLOSED_IDLE),
					result.load().count(Ending.FAILED), result.load().count(Ending.LEFT_OPEN));
			result.load().failuresByKind().forEach((kind) -> this.out.println("  " + kind));
		}
		this.out.println();
	}

	private boolean verdict(List<Result> results) {
		if (results.isEmpty()) {
			return true;
		}
		List<String> losses = new ArrayList<>();
		for (String server : this.options.servers()) {
			List<Result> ofServer = results.stream().filter((result) -> result.server().equals(server)).toList();
			long failed = ofServer.stream().mapToLong((result) -> result.load().failed()).sum();
			if (failed > this.options.tolerated()) {
				losses.add("%s: %d requests failed in %d runs".formatted(server, failed, ofServer.size()));
			}
			ofServer.forEach((result) -> losses.addAll(result.losses()));
		}
		if (losses.isEmpty()) {
			this.out.printf("GraceWrap lost nothing: %d of %d requests, %d orders, %d rollouts.%n",
					results.stream().mapToLong((result) -> result.load().failed()).sum(),
					results.stream().mapToLong((result) -> result.load().requests()).sum(),
					results.stream().mapToLong((result) -> result.audit().begun()).sum(), results.size());
		}
		else {
			losses.forEach((loss) -> this.out.println("LOST: " + loss));
		}
		return losses.isEmpty();
	}

	private static void delete(Path directory) throws IOException {
		if (Files.exists(directory)) {
			try (Stream<Path> files = Files.walk(directory)) {
				for (Path file : files.sorted((first, second) -> second.compareTo(first)).toList()) {
					Files.delete(file);
				}
			}
		}
	}

	/**
	 * What is rolled out.
	 */
	private enum Arm {

		/**
		 * The sample with the starter.
		 */
		GRACEWRAP("GraceWrap"),

		/**
		 * The same without it, SIGTERM after a preStop sleep.
		 */
		PRESTOP("Boot, preStop 3 s"),

		/**
		 * The same without it, SIGTERM at once.
		 */
		PLAIN("Boot");

		private final String label;

		Arm(String label) {
			this.label = label;
		}

	}

	/**
	 * What one rollout has shown.
	 *
	 * @param server the server
	 * @param kind the kind of the load
	 * @param arm what was rolled out
	 * @param run the number of the run
	 * @param load what happened to the clients
	 * @param acknowledged how many orders they were told of
	 * @param audit what the database holds
	 * @param states when the application entered which state
	 * @param probes what readiness probes were answered until its servers stopped
	 * @param exit how the process ended, or {@code null} if it had to be killed
	 */
	private record Result(String server, String kind, Arm arm, int run, LoadReport load, int acknowledged,
			OrderAudit audit, StateTimes states, Probes.Summary probes, @Nullable Exit exit) {

		List<String> losses() {
			List<String> losses = new ArrayList<>();
			if (this.audit.halfDone() > 0) {
				losses.add(this.audit.halfDone() + " orders are half done");
			}
			if (!this.audit.missing().isEmpty()) {
				losses.add("acknowledged orders are not finished: " + this.audit.missing());
			}
			if (this.probes.acceptedAfterwards() > 0 || this.probes.unanswered() > 0) {
				losses.add("readiness probes: " + this.probes);
			}
			if (this.exit == null || this.exit.sinceSignal().compareTo(GRACE_PERIOD) > 0) {
				losses.add("no exit within " + GRACE_PERIOD.toSeconds() + " s");
			}
			else if (this.exit.code() != SIGTERM_EXIT) {
				losses.add("exit code " + this.exit.code() + " instead of " + SIGTERM_EXIT);
			}
			return losses.stream()
				.map((loss) -> "%s, %s, run %d: %s".formatted(this.server, this.kind, this.run, loss))
				.toList();
		}

	}

	/**
	 * What was asked for.
	 *
	 * @param servers which servers
	 * @param loads which loads
	 * @param arms which arms
	 * @param runs how many runs of each
	 * @param tolerated how many failed requests are forgiven in all runs of a server
	 * @param jar the executable jar with the starter
	 */
	private record Options(List<String> servers, List<String> loads, List<Arm> arms, int runs, int tolerated,
			Path jar) {

		static Options of(String... args) {
			Map<String, String> values = new HashMap<>(Map.of("server", "tomcat", "arms", "gracewrap,prestop,plain",
					"runs", "1", "load", "busy", "tolerated", "0"));
			for (String arg : args) {
				Matcher matcher = OPTION.matcher(arg);
				if (!matcher.matches()) {
					throw new IllegalArgumentException("Unknown option " + arg);
				}
				values.put(matcher.group(1), matcher.group(2));
			}
			return new Options(choice(values, "server", "tomcat", "jetty", "netty"),
					choice(values, "load", "busy", "sparse", "http2", "grpc", "streams", "sockets", "mixed"),
					choice(values, "arms", "gracewrap", "prestop", "plain").stream()
						.map((arm) -> Arm.valueOf(arm.toUpperCase(Locale.ROOT)))
						.toList(),
					Integer.parseInt(values.get("runs")), Integer.parseInt(values.get("tolerated")),
					Path.of(values.getOrDefault("jar", "")).toAbsolutePath());
		}

		private static List<String> choice(Map<String, String> values, String name, String... choices) {
			List<String> chosen = List.of(values.getOrDefault(name, "").split(","));
			if (!List.of(choices).containsAll(chosen)) {
				throw new IllegalArgumentException("--" + name + " is one of " + String.join(", ", choices));
			}
			return chosen;
		}

		Path plainJar() {
			return this.jar.resolveSibling(this.jar.getFileName().toString().replaceFirst("\\.jar$", "-plain.jar"));
		}

	}

}
