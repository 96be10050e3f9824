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

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * The proof, as one command: roll out the sample under load, with GraceWrap and beside it
 * on plain Spring Boot, and count at the client what was lost. Exits with 1 if GraceWrap
 * lost anything.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class Rollout {

	/** What the peer has endpoints for. */
	private static final Set<String> QUARKUS_LOADS = Stream
		.concat(Stream.of("clients", "busy", "sparse", "http2", "grpc"), RolloutRun.TABLE.stream())
		.collect(Collectors.toUnmodifiableSet());

	private final PrintStream out = System.out;

	private final RolloutOptions options;

	private Rollout(RolloutOptions options) {
		this.options = options;
	}

	public static void main(String[] args) throws Exception {
		RolloutOptions options = Arguments.readOrExit(RolloutOptions.USAGE, () -> RolloutOptions.of(args));
		// The clients would log each failure, which is counted and printed anyway.
		LoggingSystem.get(Rollout.class.getClassLoader()).setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.OFF);
		System.exit(new Rollout(options).run() ? 0 : 1);
	}

	/**
	 * Roll out in this JVM.
	 * @param args the options
	 * @return whether GraceWrap lost nothing
	 * @throws Exception if a rollout could not be made
	 */
	static boolean run(String... args) throws Exception {
		return new Rollout(RolloutOptions.of(args)).run();
	}

	private boolean run() throws Exception {
		QuarkusPeer quarkus = null;
		if (this.options.arms().contains(Arm.QUARKUS)) {
			progress("building Quarkus, unless it is there");
			quarkus = QuarkusPeer.build();
		}
		List<RolloutResult> results = new ArrayList<>();
		for (int run = 1; run <= this.options.runs(); run++) {
			for (String load : this.options.loads()) {
				for (Arm arm : this.options.armsOf(run)) {
					if (arm == Arm.QUARKUS && QUARKUS_LOADS.contains(load)) {
						results.add(new RolloutRun("quarkus", load, arm, run, this.options, quarkus, this::progress)
							.roll());
					}
				}
				for (String server : this.options.servers()) {
					for (Arm arm : this.options.armsOf(run)) {
						if (arm != Arm.QUARKUS) {
							results
								.add(new RolloutRun(server, load, arm, run, this.options, null, this::progress).roll());
						}
					}
				}
			}
			// A long proof may be interrupted.
			RolloutFiles.write(this.options.directory(), results);
		}
		new RolloutPrinter(this.out).print(results);
		boolean lostNothing = verdict(results.stream().filter((result) -> result.arm() == Arm.GRACEWRAP).toList());
		try {
			RolloutFiles.draw(this.options.directory(), results);
		}
		catch (RuntimeException | InternalError | LinkageError ex) {
			this.out.println("No pictures, for which this JVM needs fonts (the packages fontconfig and"
					+ " fonts-dejavu-core on Debian and Ubuntu): " + ex);
		}
		return lostNothing;
	}

	private void progress(String step) {
		this.out.println("> " + step);
		this.out.flush();
	}

	private boolean verdict(List<RolloutResult> results) {
		if (results.isEmpty()) {
			return true;
		}
		List<String> losses = new ArrayList<>();
		for (String server : this.options.servers()) {
			List<RolloutResult> ofServer = results.stream().filter((result) -> result.server().equals(server)).toList();
			long failed = ofServer.stream().mapToLong((result) -> result.total().failed()).sum();
			if (failed > this.options.tolerated()) {
				losses.add("%s: %d requests failed in %d runs".formatted(server, failed, ofServer.size()));
			}
			ofServer.forEach((result) -> losses.addAll(result.losses()));
		}
		if (losses.isEmpty()) {
			this.out.printf("GraceWrap lost nothing: %d of %d requests, %d acknowledged orders, %d rollouts.%n",
					results.stream().mapToLong((result) -> result.total().failed()).sum(),
					results.stream().mapToLong((result) -> result.total().requests()).sum(),
					results.stream().mapToLong(RolloutResult::acknowledged).sum(), results.size());
		}
		else {
			losses.forEach((loss) -> this.out.println("LOST: " + loss));
		}
		return losses.isEmpty();
	}

}
