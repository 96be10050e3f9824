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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The executable jars of the sample: one with the starter, and the plain one beside it.
 *
 * @param jar the one with the starter
 * @author GraceWrap Maintainers
 */
record SampleJar(Path jar) {

	/**
	 * Start the sample as on Kubernetes, without waiting until it is ready.
	 * @param gracewrap whether with the starter
	 * @param server the server
	 * @param directory for its log and its database
	 * @param jvmOptions the options of the JVM
	 * @param arguments more arguments
	 * @return the process
	 * @throws IOException if it does not start
	 */
	ServerProcess start(boolean gracewrap, String server, Path directory, List<String> jvmOptions, String... arguments)
			throws IOException {
		List<String> all = new ArrayList<>(
				List.of("-jar", (gracewrap ? this.jar : plain()).toString(), "--spring.main.cloud-platform=kubernetes",
						"--sample.database=" + directory.resolve("orders").toAbsolutePath()));
		if (!"tomcat".equals(server)) {
			all.add("--spring.profiles.active=" + server);
		}
		all.addAll(Arrays.asList(arguments));
		return ServerProcess.startWith(jvmOptions, directory.resolve("server.log"), all);
	}

	Path plain() {
		return this.jar.resolveSibling(this.jar.getFileName().toString().replaceFirst("\\.jar$", "-plain.jar"));
	}

	/**
	 * A handler that does nothing but wait. One that blocks is none for WebFlux.
	 * @param server the server
	 * @param millis how long it waits
	 * @return its path and query
	 */
	static String work(String server, long millis) {
		return ("netty".equals(server) ? "/async-work?ms=" : "/work?ms=") + millis;
	}

	/**
	 * Expect the whole answer to {@link #work}.
	 * @param text the answer
	 * @param millis how long it was to take
	 * @throws IllegalStateException if it is anything else
	 */
	static void expectWorked(String text, long millis) {
		if (!text.equals("worked " + millis + " ms")) {
			throw new IllegalStateException(text);
		}
	}

}
