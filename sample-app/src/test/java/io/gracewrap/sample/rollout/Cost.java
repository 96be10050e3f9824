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
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.springframework.util.FileSystemUtils;

/**
 * What GraceWrap costs while nothing is shut down: the sample with it and without it, in
 * turns, on the same machine, in two JVMs and in one. Exits with 1 if it costs more than
 * its budget: less than 0.99 of the requests per second, or a start that takes more than
 * 1.03 of the time or of the CPU time. It does if the better quartile of the ratios is
 * beyond the budget, or in one JVM the median.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class Cost {

	private static final String USAGE = """
			Options:
			  --server=tomcat|jetty|netty   several may be given, separated by commas; tomcat by default
			  --warmups=N                   how often each is loaded for 5 s before; 16 by default
			  --jvms=N                      how many of each are loaded, one pair after the other; 3 by default
			  --slices=N                    how often each of them is loaded; 10 by default
			  --seconds=N                   how long each time; 2 by default
			  --blocks=N                    how many JVMs are with and without GraceWrap in turns, in blocks of requests
			                                that the same JVM serves; 3 by default
			  --blockseconds=N              how long each of these is loaded with each kind of request; 30 by default
			  --starts=N                    how often each application is started; 8 by default
			  --cpus=N,N                    the processors of the warm application and of the load: less noise, and
			                                nothing of what processors cost each other; both on all of them by
			                                default; needs taskset
			  --target=/path                what is asked for but in blocks; a handler that does nothing by default
			  --jvm=OPTION,OPTION           options of the JVM; none by default
			  --jar=FILE                    the executable jar of the sample, the plain one beside it""";

	private static final Map<String, String> DEFAULTS = Map.ofEntries(Map.entry("server", "tomcat"),
			Map.entry("warmups", "16"), Map.entry("jvms", "3"), Map.entry("slices", "10"), Map.entry("seconds", "2"),
			Map.entry("blocks", "3"), Map.entry("blockseconds", "30"), Map.entry("starts", "8"), Map.entry("cpus", ""),
			Map.entry("target", ""), Map.entry("jvm", ""), Map.entry("jar", ""));

	private static final List<String> NUMBERS = List.of("warmups", "jvms", "slices", "seconds", "blocks",
			"blockseconds", "starts");

	private static final int WARM_UP_SECONDS = 5;

	private static final Duration START_TIMEOUT = Duration.ofSeconds(120);

	private static final Duration START_POLL = Duration.ofMillis(5);

	private static final Pattern STARTED = Pattern.compile("Started \\S+ in ([\\d.]+) seconds");

	private final Arguments arguments;

	private final SampleJar jar;

	private final Path directory;

	private final List<String> cpus;

	private final CostReport report = new CostReport();

	private Cost(Arguments arguments) {
		this.arguments = arguments;
		NUMBERS.forEach(arguments::number);
		this.cpus = cpus(arguments);
		Path jar = arguments.path("jar");
		this.jar = new SampleJar(jar);
		this.directory = jar.resolveSibling("cost");
	}

	private static List<String> cpus(Arguments arguments) {
		List<String> cpus = arguments.list("cpus");
		if (!arguments.text("cpus").matches("(\\d+,\\d+)?")) {
			throw new IllegalArgumentException("--cpus is two numbers, such as 0,1");
		}
		if (cpus.size() == 2 && cpus.get(0).equals(cpus.get(1))) {
			throw new IllegalArgumentException(
					"--cpus is two processors, not one that the application and the load share");
		}
		if (!cpus.isEmpty() && !Commands.isInstalled("taskset")) {
			throw new IllegalArgumentException("--cpus needs taskset");
		}
		return cpus;
	}

	public static void main(String[] args) throws Exception {
		Arguments arguments = Arguments.readOrExit(USAGE, () -> Arguments.of(DEFAULTS, args));
		List<String> servers = Arguments.readOrExit(USAGE,
				() -> arguments.choice("server", "tomcat", "jetty", "netty"));
		Cost cost = Arguments.readOrExit(USAGE, () -> new Cost(arguments));
		System.exit(cost.run(servers) ? 0 : 1);
	}

	private boolean run(List<String> servers) throws Exception {
		FileSystemUtils.deleteRecursively(this.directory);
		Files.createDirectories(this.directory);
		for (String server : servers) {
			// No two compile the same code in the same order.
			for (int jvm = 0; jvm < this.arguments.number("jvms"); jvm++) {
				load(server);
			}
			for (int jvm = 0; jvm < this.arguments.number("blocks"); jvm++) {
				blocks(server, jvm);
				blocksWithPostgres(server, jvm);
			}
			starts(server);
		}
		System.out.println(this.report.table());
		this.report.write(this.directory);
		List<String> misses = this.report.misses();
		misses.forEach((miss) -> System.out.println("BEYOND THE BUDGET: " + miss));
		return misses.isEmpty();
	}

	private void load(String server) throws Exception {
		progress(server + ": starting both");
		try (ServerProcess with = start(true, server, "load"); ServerProcess without = start(false, server, "load")) {
			with.awaitReady(START_TIMEOUT);
			without.awaitReady(START_TIMEOUT);
			String target = this.arguments.text("target");
			if (target.isEmpty()) {
				target = SampleJar.work(server, 0);
			}
			progress(server + ": warming up both");
			// Fewer measure the compiler, which has more to do with GraceWrap: after 20 s
			// it took 3.7 % of the time on Jetty, and 2.2 % without.
			int warmUps = this.arguments.number("warmups");
			for (int i = 0; i < warmUps; i++) {
				Wrk.run(List.of(), WARM_UP_SECONDS, with.port(), target);
				Wrk.run(List.of(), WARM_UP_SECONDS, without.port(), target);
			}
			bind(with);
			bind(without);
			int slices = this.arguments.number("slices");
			for (int slice = 0; slice < slices; slice++) {
				progress("%s: loading both, %d of %d".formatted(server, slice + 1, slices));
				// The other one first each time, so that what drifts is nobody's
				// advantage.
				boolean withFirst = slice % 2 == 0;
				Slice first = slice(withFirst ? with : without, target);
				Slice second = slice(withFirst ? without : with, target);
				add(server, withFirst ? first : second, withFirst ? second : first);
			}
			this.report.add(server, Measure.HEAP, Memory.heapAfterCollection(with),
					Memory.heapAfterCollection(without));
			this.report.add(server, Measure.RSS, Memory.resident(with), Memory.resident(without));
		}
	}

	private void bind(ServerProcess process) throws IOException, InterruptedException {
		if (!this.cpus.isEmpty()) {
			Commands.run("taskset", "-a", "-p", "-c", this.cpus.get(0), Long.toString(process.pid()));
		}
	}

	private Slice slice(ServerProcess process, String target) throws IOException, InterruptedException {
		Duration before = process.cpuTime();
		Wrk wrk = Wrk.run(loadPrefix(), this.arguments.number("seconds"), process.port(), target);
		return new Slice(wrk, process.cpuTime().minus(before));
	}

	private List<String> loadPrefix() {
		return this.cpus.isEmpty() ? List.of() : List.of("taskset", "-c", this.cpus.get(1));
	}

	private void blocks(String server, int jvm) throws Exception {
		progress("%s: blocks in one JVM, %d of %d".formatted(server, jvm + 1, this.arguments.number("blocks")));
		Path directory = this.directory.resolve("%s-blocks-%d".formatted(server, jvm));
		try (ServerProcess process = Sample.launchBlocks(server, directory, this.arguments.list("jvm"))) {
			process.awaitReady(START_TIMEOUT);
			String nothing = SampleJar.work(server, 0);
			String order = placeOrder(process);
			// Half of each is without GraceWrap.
			warmUp(process, nothing, order);
			bind(process);
			addBlocks(server, Measure.BLOCKS, process, nothing);
			addBlocks(server, Measure.BLOCKS_READING, process, order);
		}
	}

	private void blocksWithPostgres(String server, int jvm) throws Exception {
		if (!Postgres.isInstalled()) {
			progress("PostgreSQL is not installed: reading from it is left out");
			return;
		}
		progress("%s: blocks in one JVM with PostgreSQL, %d of %d".formatted(server, jvm + 1,
				this.arguments.number("blocks")));
		Path directory = this.directory.resolve("%s-postgres-%d".formatted(server, jvm));
		// On the processor of the load: an application is not on that of its database.
		try (Postgres postgres = Postgres.start(loadPrefix());
				ServerProcess process = Sample.launchBlocks(server, directory, this.arguments.list("jvm"),
						postgres.arguments())) {
			process.awaitReady(START_TIMEOUT);
			String order = placeOrder(process);
			warmUp(process, order);
			bind(process);
			addBlocks(server, Measure.BLOCKS_POSTGRES, process, order);
		}
	}

	private void warmUp(ServerProcess process, String... targets) throws IOException, InterruptedException {
		for (int i = 0; i < this.arguments.number("warmups"); i++) {
			for (String target : targets) {
				Wrk.run(List.of(), WARM_UP_SECONDS, process.port(), target);
			}
		}
	}

	private static String placeOrder(ServerProcess process) throws IOException {
		return "/orders/" + Orders.place(process.port(), "0ms");
	}

	private void addBlocks(String server, Measure measure, ServerProcess process, String target)
			throws IOException, InterruptedException {
		BlockTimes before = BlockTimes.in(process.log());
		Wrk.run(loadPrefix(), this.arguments.number("blockseconds"), process.port(), target);
		BlockTimes times = BlockTimes.in(process.log()).since(before);
		double without = times.without();
		progress("%s: %s: %.2f µs of %.1f, %d rounds".formatted(server, target, times.added(), without,
				times.rounds().size()));
		this.report.add(server, measure, 1_000_000 / (without + times.added()), 1_000_000 / without);
	}

	private void add(String server, Slice with, Slice without) {
		this.report.add(server, Measure.THROUGHPUT, with.wrk().perSecond(), without.wrk().perSecond());
		this.report.add(server, Measure.CPU_PER_REQUEST, with.microsPerRequest(), without.microsPerRequest());
		this.report.add(server, Measure.P50, with.wrk().p50(), without.wrk().p50());
		this.report.add(server, Measure.P90, with.wrk().p90(), without.wrk().p90());
		this.report.add(server, Measure.P99, with.wrk().p99(), without.wrk().p99());
	}

	private void starts(String server) throws Exception {
		int starts = this.arguments.number("starts");
		for (int number = 0; number < starts; number++) {
			progress("%s: starting each, %d of %d".formatted(server, number + 1, starts));
			boolean withFirst = number % 2 == 0;
			Start first = start(withFirst, server, number);
			Start second = start(!withFirst, server, number);
			add(server, withFirst ? first : second, withFirst ? second : first);
		}
	}

	private Start start(boolean gracewrap, String server, int number) throws IOException, InterruptedException {
		long begin = System.nanoTime();
		try (ServerProcess process = start(gracewrap, server, "start-" + number)) {
			process.awaitReady(START_TIMEOUT, START_POLL);
			Duration took = Duration.ofNanos(System.nanoTime() - begin);
			Duration cpu = process.cpuTime();
			double resident = Memory.resident(process);
			Matcher started = STARTED.matcher(process.log());
			if (!started.find()) {
				throw new IOException("Spring Boot did not log its start:\n" + process.log());
			}
			process.close();
			process.awaitExit(START_TIMEOUT);
			return new Start(took.toMillis(), cpu.toMillis(), 1000 * Double.parseDouble(started.group(1)), resident);
		}
	}

	private void add(String server, Start with, Start without) {
		this.report.add(server, Measure.START, with.millis(), without.millis());
		this.report.add(server, Measure.START_CPU, with.cpuMillis(), without.cpuMillis());
		this.report.add(server, Measure.START_BOOT, with.loggedMillis(), without.loggedMillis());
		this.report.add(server, Measure.START_RSS, with.resident(), without.resident());
	}

	private ServerProcess start(boolean gracewrap, String server, String name) throws IOException {
		Path directory = this.directory.resolve("%s-%s-%s".formatted(server, name, gracewrap ? "gracewrap" : "boot"));
		return this.jar.start(gracewrap, server, directory, this.arguments.list("jvm"));
	}

	private static void progress(String step) {
		System.out.println("> " + step);
	}

	private record Slice(Wrk wrk, Duration cpu) {

		double microsPerRequest() {
			return this.cpu.toNanos() / 1_000.0 / this.wrk.requests();
		}

	}

	private record Start(double millis, double cpuMillis, double loggedMillis, double resident) {

	}

}
