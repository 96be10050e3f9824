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

package io.gracewrap.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What GraceWrap adds to a request, as one command: measured with and without it in turn,
 * each time in a new JVM, printed as a table and held against the budget. Exits with 1 if
 * it is exceeded.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class Benchmarks {

	private static final String USAGE = """
			Options:
			  --long            more often, and on more numbers of threads: half an hour instead of a few minutes
			  --output=DIR      where the table and what JMH has measured are written; target/benchmarks by default""";

	private static final String OUTPUT = "--output=";

	/**
	 * The pages of the heap are touched before the first request, and code is compiled
	 * before it is used again: both would be measured otherwise.
	 */
	private static final String[] JVM = { "-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch",
			"-XX:-BackgroundCompilation" };

	private final List<RunResult> results = new ArrayList<>();

	private final List<Row> rows = new ArrayList<>();

	private final boolean thorough;

	private final Path output;

	private Benchmarks(boolean thorough, Path output) {
		this.thorough = thorough;
		this.output = output;
	}

	public static void main(String[] args) throws Exception {
		boolean thorough = false;
		Path output = Path.of("target", "benchmarks");
		for (String arg : args) {
			if (arg.equals("--long")) {
				thorough = true;
			}
			else if (arg.startsWith(OUTPUT) && arg.length() > OUTPUT.length()) {
				output = Path.of(arg.substring(OUTPUT.length()));
			}
			else {
				System.err.println("Unknown option " + arg + System.lineSeparator() + USAGE);
				System.exit(2);
			}
		}
		System.exit(new Benchmarks(thorough, output).run() ? 0 : 1);
	}

	private boolean run() throws RunnerException, IOException {
		for (Stack stack : Stack.values()) {
			measure("path", stack.toString(), stack, 1, this.thorough ? 10 : 3);
			if (stack != Stack.GRPC) {
				measure("application", stack + ", whole application", stack, 1, this.thorough ? 3 : 1);
			}
			for (int threads : this.thorough ? new int[] { 2, 4, 8 } : new int[] { 8 }) {
				measure("path", stack.toString(), stack, threads, this.thorough ? 3 : 1);
			}
		}
		write();
		return verdict();
	}

	private void measure(String benchmark, String name, Stack stack, int threads, int rounds) throws RunnerException {
		List<RunResult> plain = new ArrayList<>();
		List<RunResult> with = new ArrayList<>();
		for (int round = 1; round <= rounds; round++) {
			System.err.printf(Locale.ROOT, "%s, %d threads, round %d of %d%n", name, threads, round, rounds);
			plain.addAll(run(benchmark, stack, threads, false));
			with.addAll(run(benchmark, stack, threads, true));
		}
		this.results.addAll(plain);
		this.results.addAll(with);
		this.rows.add(Row.of(name, threads, plain, with, benchmark.equals("path")));
	}

	private Collection<RunResult> run(String benchmark, Stack stack, int threads, boolean gracewrap)
			throws RunnerException {
		return new Runner(new OptionsBuilder().include(RequestBenchmark.class.getName() + "\\." + benchmark + "$")
			.param("stack", stack.name())
			.param("gracewrap", String.valueOf(gracewrap))
			.threads(threads)
			.forks(1)
			.jvmArgs(JVM)
			.warmupIterations(2)
			.warmupTime(TimeValue.milliseconds(300))
			.measurementIterations(5)
			.measurementTime(TimeValue.milliseconds(this.thorough ? 1000 : 300))
			.addProfiler(GCProfiler.class)
			.addProfiler(WorkerCpuProfiler.class)
			.shouldFailOnError(true)
			.verbosity(VerboseMode.SILENT)
			.build()).run();
	}

	private void write() throws IOException {
		List<String> lines = new ArrayList<>(Row.HEAD);
		this.rows.forEach((row) -> lines.add(row.toString()));
		lines.add("");
		lines.add(String.format(Locale.ROOT, "Processor time of the thread, on Java %s with %d processors.",
				Runtime.version(), Runtime.getRuntime().availableProcessors()));
		Files.createDirectories(this.output);
		Files.write(this.output.resolve("benchmarks.md"), lines);
		for (ResultFormatType type : Arrays.asList(ResultFormatType.JSON, ResultFormatType.CSV)) {
			Path file = this.output.resolve("jmh." + type.name().toLowerCase(Locale.ROOT));
			ResultFormatFactory.getInstance(type, file.toString()).writeOut(this.results);
		}
		lines.forEach(System.out::println);
	}

	private boolean verdict() {
		List<Row> exceeding = this.rows.stream().filter((row) -> !row.isWithinBudget()).toList();
		exceeding.forEach((row) -> System.out.println("Over the budget: " + row));
		if (exceeding.isEmpty()) {
			System.out.printf(Locale.ROOT, "On one thread each stack keeps the budget of %d ns and %d bytes.%n",
					Row.MOST_TIME, Row.MOST_BYTES);
		}
		return exceeding.isEmpty();
	}

}
