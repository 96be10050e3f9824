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

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * What was asked for.
 *
 * @param servers which servers
 * @param loads which loads
 * @param arms which arms
 * @param runs how many runs of GraceWrap
 * @param peerRuns how many runs of all other arms
 * @param tolerated how many failed requests are forgiven in all runs of a server
 * @param latency how long everything takes between clients and server, in each direction
 * @param jar the executable jar with the starter
 * @author GraceWrap Maintainers
 */
record RolloutOptions(List<String> servers, List<String> loads, List<Arm> arms, int runs, int peerRuns, int tolerated,
		Duration latency, Path jar) {

	static final String USAGE = """
			Options:
			  --server=tomcat|jetty|netty        several may be given, separated by commas; tomcat by default
			  --arms=gracewrap,quarkus,prestop,plain,immediate
			                                     all but quarkus by default, which is built first
			  --runs=N                           how often each is run; once by default
			  --peers=N                          how often all but gracewrap are, if less often
			  --load=clients|table|busy|sparse|http2|grpc|streams|sockets|mixed
			                                     several may be given; clients by default: keep-alive sockets, JDK HttpClient,
			                                     Apache HttpClient, Reactor Netty, OkHttp and gRPC at once, GET and POST;
			                                     table: 200 requests of 300 ms, 100 of 800 ms, 50 of 1.5 s, SIGTERM a third
			                                     of the way in; busy: 100 connections that think for 20 ms;
			                                     sparse: 400 that think up to 8 s; http2: 10 connections for 10 clients each;
			                                     grpc: 100 calls a second on an old channel and as many on new ones;
			                                     streams: 100 event streams; sockets: 50 WebSocket sessions; mixed: the last four
			  --tolerated=N                      failed requests that are forgiven in all runs of a server; none by default
			  --latency=N                        how many milliseconds everything takes between clients and server, in each
			                                     direction; none by default
			  --jar=FILE                         the executable jar of the sample, the plain one beside it""";

	private static final Map<String, String> DEFAULTS = Map.of("server", "tomcat", "arms",
			"gracewrap,prestop,plain,immediate", "runs", "1", "peers", "", "load", "clients", "tolerated", "0",
			"latency", "0", "jar", "");

	static RolloutOptions of(String... args) {
		Arguments arguments = Arguments.of(DEFAULTS, args);
		return new RolloutOptions(arguments.choice("server", "tomcat", "jetty", "netty"), arguments
			.choice("load", "clients", "table", "busy", "sparse", "http2", "grpc", "streams", "sockets", "mixed")
			.stream()
			.flatMap((load) -> (load.equals("table") ? RolloutRun.TABLE : List.of(load)).stream())
			.toList(),
				arguments.choice("arms", Arrays.stream(Arm.values()).map(Arm::toString).toArray(String[]::new))
					.stream()
					.map(Arm::of)
					.toList(),
				arguments.number("runs"), arguments.number(arguments.text("peers").isEmpty() ? "runs" : "peers"),
				arguments.number("tolerated"), Duration.ofMillis(arguments.number("latency")), arguments.path("jar"));
	}

	/**
	 * The arms of a run, each time beginning with another one, but for Quarkus, which is
	 * no arm of any server. Those that run less often than GraceWrap are spread over all
	 * runs, the first one included.
	 * @param run the number of the run, from one
	 * @return the arms, in turns
	 */
	List<Arm> armsOf(int run) {
		int peerRuns = Math.min(this.runs, this.peerRuns);
		List<Arm> arms = new ArrayList<>(this.arms);
		if ((run - 1) * peerRuns % this.runs >= peerRuns) {
			arms.removeIf((arm) -> arm != Arm.GRACEWRAP);
		}
		boolean quarkus = arms.remove(Arm.QUARKUS);
		Collections.rotate(arms, -((run - 1) * peerRuns / this.runs));
		if (quarkus) {
			arms.add(0, Arm.QUARKUS);
		}
		return arms;
	}

	/**
	 * Where the reports go.
	 * @return the directory
	 */
	Path directory() {
		return this.jar.resolveSibling("rollout");
	}

}
