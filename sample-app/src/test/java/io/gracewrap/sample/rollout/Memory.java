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
import java.util.regex.Pattern;

/**
 * The memory of a process, in megabytes.
 *
 * @author GraceWrap Maintainers
 */
final class Memory {

	private static final double KILOBYTES = 1024;

	/** One line of the whole heap, or one of each generation. */
	private static final Pattern HEAP = Pattern.compile("(?m)^.*\\btotal .*\\bused (\\d+)K");

	private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

	private Memory() {
	}

	static double heapAfterCollection(ServerProcess process) throws IOException, InterruptedException {
		jcmd(process, "GC.run");
		return heap(jcmd(process, "GC.heap_info"));
	}

	static double heap(String info) throws IOException {
		return sum(HEAP, info);
	}

	static double resident(ServerProcess process) throws IOException {
		return resident(Files.readString(Path.of("/proc", Long.toString(process.pid()), "status")));
	}

	static double resident(String status) throws IOException {
		return sum(RESIDENT, status);
	}

	private static double sum(Pattern pattern, String text) throws IOException {
		double sum = pattern.matcher(text).results().mapToLong((match) -> Long.parseLong(match.group(1))).sum();
		if (sum == 0) {
			throw new IOException("Not known from this: " + text);
		}
		return sum / KILOBYTES;
	}

	private static String jcmd(ServerProcess process, String command) throws IOException, InterruptedException {
		return Commands.run(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
				Long.toString(process.pid()), command);
	}

}
