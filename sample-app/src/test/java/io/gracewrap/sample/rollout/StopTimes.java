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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.springframework.util.FileSystemUtils;

/**
 * How much longer a shutdown takes than it must: the sample with GraceWrap, and without
 * it, with and without a preStop sleep, when it is idle, after the last request, and at
 * the deadline.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class StopTimes {

	private static final String USAGE = """
			Options:
			  --server=tomcat|jetty|netty   several may be given, separated by commas; tomcat by default
			  --runs=N                      how often each is stopped; 3 by default
			  --jvm=OPTION,OPTION           options of the JVM; without the second compiler by default
			  --jar=FILE                    the executable jar of the sample, the plain one beside it""";

	private static final Map<String, String> DEFAULTS = Map.of("server", "tomcat", "runs", "3", "jvm",
			String.join(",", ServerProcess.JVM_OPTIONS), "jar", "");

	private static final Duration START_TIMEOUT = Duration.ofSeconds(180);

	private static final Duration GAP = Duration.ofSeconds(2);

	private final Arguments arguments;

	private final SampleJar jar;

	private final Path directory;

	private final ExecutorService starting = Executors
		.newFixedThreadPool(Math.max(1, Runtime.getRuntime().availableProcessors()));

	private final ExecutorService stopping = Executors.newCachedThreadPool();

	private StopTimes(Arguments arguments) {
		this.arguments = arguments;
		Path jar = arguments.path("jar");
		this.jar = new SampleJar(jar);
		this.directory = jar.resolveSibling("stop-times");
	}

	public static void main(String[] args) throws Exception {
		Arguments arguments = Arguments.readOrExit(USAGE, () -> Arguments.of(DEFAULTS, args));
		List<String> servers = Arguments.readOrExit(USAGE,
				() -> arguments.choice("server", "tomcat", "jetty", "netty"));
		new StopTimes(arguments).run(servers);
		System.exit(0);
	}

	private void run(List<String> servers) throws Exception {
		FileSystemUtils.deleteRecursively(this.directory);
		Files.createDirectories(this.directory);
		List<StopResult> results = new ArrayList<>();
		int runs = this.arguments.number("runs");
		for (String server : servers) {
			for (int run = 1; run <= runs; run++) {
				progress("%s, run %d of %d: starting %d".formatted(server, run, runs, StopCase.ALL.size()));
				List<ServerProcess> processes = start(server, run);
				try {
					progress("%s, run %d of %d: stopping them".formatted(server, run, runs));
					results.addAll(stop(server, run, processes));
				}
				finally {
					processes.forEach(ServerProcess::close);
				}
			}
		}
		System.out.println(StopTables.of(results));
		StopTables.write(this.directory, results);
	}

	private List<ServerProcess> start(String server, int run) throws Exception {
		List<Future<ServerProcess>> starts = new ArrayList<>();
		for (StopCase stop : StopCase.ALL) {
			Path directory = this.directory.resolve("%s-%d-%d".formatted(server, run, starts.size()));
			starts.add(this.starting.submit(() -> {
				ServerProcess process = this.jar.start(stop.gracewrap(), server, directory, this.arguments.list("jvm"),
						stop.arguments().toArray(String[]::new));
				process.awaitReady(START_TIMEOUT);
				return process;
			}));
		}
		return all(starts);
	}

	/**
	 * All wait at the same time, or it would take too long. They begin so that they end
	 * one after the other, or each would take the cores from the next.
	 * @param server the server
	 * @param run the number of the run
	 * @param processes one for each stop
	 * @return how long each took
	 * @throws Exception if one did not stop
	 */
	private List<StopResult> stop(String server, int run, List<ServerProcess> processes) throws Exception {
		Duration end = StopCase.ALL.stream().map(StopCase::expected).max(Duration::compareTo).orElseThrow();
		long now = System.nanoTime();
		List<Future<StopResult>> stops = new ArrayList<>();
		for (StopCase stop : StopCase.ALL) {
			StopRun stopRun = new StopRun(server, stop, run, processes.get(stops.size()));
			end = end.plus(GAP);
			long begin = now + end.minus(stop.expected()).toNanos();
			stops.add(this.stopping.submit(() -> stopRun.stop(begin)));
		}
		return all(stops);
	}

	private static <T> List<T> all(List<Future<T>> futures) throws Exception {
		List<T> all = new ArrayList<>();
		for (Future<T> future : futures) {
			all.add(future.get());
		}
		return all;
	}

	private static void progress(String step) {
		System.out.println("> " + step);
	}

}
