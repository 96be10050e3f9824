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

package io.gracewrap.compliance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;

/**
 * Checks that SIGTERM reaches the JVM. A container's first process gets the signal, and
 * if that is a shell it keeps it. Nothing of a command line but the name of its program
 * is shown: the rest may hold secrets.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class SignalCheck implements ComplianceCheck {

	private static final String REQUIREMENT = "SIGTERM reaches the JVM";

	private static final Set<String> SHELLS = Set.of("sh", "ash", "bash", "dash", "ksh", "mksh", "zsh", "fish");

	/** Those of machines, which nobody terminates to stop an application. */
	private static final Set<String> MACHINES = Set.of("systemd", "init", "launchd");

	/** Kubernetes' own first process, where containers share their processes. */
	private static final String PAUSE = "pause";

	private static final int SIGTERM = 15;

	private final Path proc;

	private final long pid;

	/**
	 * Create the check for this process.
	 */
	public SignalCheck() {
		this(Path.of("/proc"), ProcessHandle.current().pid());
	}

	SignalCheck(Path proc, long pid) {
		this.proc = proc;
		this.pid = pid;
	}

	@Override
	public List<ComplianceRow> rows() {
		try {
			return List.of(row());
		}
		catch (IOException | RuntimeException ex) {
			return List.of(ComplianceRow.pass(REQUIREMENT, "not known, as the processes above cannot be read here"));
		}
	}

	private ComplianceRow row() throws IOException {
		Ancestor jvm = Ancestor.read(this.proc, this.pid);
		if (!jvm.catchesTermination()) {
			return ComplianceRow.warn(REQUIREMENT, "the JVM does not catch the signal",
					"Start it without -Xrs (a native image: build it with --install-exit-handlers), and not from a process that ignores SIGTERM");
		}
		if (this.pid == 1) {
			return ComplianceRow.pass(REQUIREMENT, "the JVM is process 1");
		}
		if (jvm.parent() == 0) {
			return ComplianceRow.pass(REQUIREMENT, "no process of this container is above the JVM");
		}
		List<Ancestor> ancestors = ancestors(jvm);
		Ancestor first = ancestors.get(ancestors.size() - 1);
		if (MACHINES.contains(first.program())) {
			return ComplianceRow.pass(REQUIREMENT, "process 1 is '%s', that of a machine".formatted(first.program()));
		}
		if (first.pid() != 1 && !Ancestor.read(this.proc, 1).program().equals(PAUSE)) {
			return ComplianceRow.pass(REQUIREMENT, "the JVM was started beside process 1");
		}
		for (Ancestor ancestor : ancestors) {
			if (SHELLS.contains(ancestor.program()) && !ancestor.catchesTermination()) {
				return ComplianceRow.warn(REQUIREMENT,
						"process %d is the shell '%s', which keeps the signal".formatted(ancestor.pid(),
								ancestor.program()),
						"Start the JVM with 'exec java' in that shell, or use the exec form of CMD or ENTRYPOINT");
			}
		}
		return ComplianceRow.pass(REQUIREMENT, "process %d is '%s'".formatted(first.pid(), first.program()));
	}

	private List<Ancestor> ancestors(Ancestor jvm) throws IOException {
		List<Ancestor> ancestors = new ArrayList<>();
		Ancestor ancestor = jvm;
		do {
			ancestor = Ancestor.read(this.proc, ancestor.parent());
			ancestors.add(ancestor);
		}
		while (ancestor.parent() != 0);
		return ancestors;
	}

	/**
	 * A process above the JVM, or the JVM itself.
	 */
	private record Ancestor(long pid, long parent, String program, boolean catchesTermination) {

		static Ancestor read(Path proc, long pid) throws IOException {
			Path directory = proc.resolve(Long.toString(pid));
			List<String> status = Files.readAllLines(directory.resolve("status"));
			long parent = value(status, "PPid:").map(Long::parseLong).orElseThrow();
			// Not every kernel tells.
			long caught = value(status, "SigCgt:").map((value) -> Long.parseUnsignedLong(value, 16)).orElse(-1L);
			return new Ancestor(pid, parent, program(Files.readString(directory.resolve("cmdline"))),
					(caught & 1L << (SIGTERM - 1)) != 0);
		}

		private static Optional<String> value(List<String> status, String name) {
			return status.stream()
				.filter((line) -> line.startsWith(name))
				.map((line) -> line.substring(name.length()).strip())
				.findFirst();
		}

		private static String program(String commandLine) {
			// Not the name of the process, which for a script is that of the script.
			String[] arguments = commandLine.split("\0");
			String name = name(arguments[0]);
			return (name.equals("busybox") && arguments.length > 1) ? name(arguments[1]) : name;
		}

		private static String name(String path) {
			String name = path.substring(path.lastIndexOf('/') + 1);
			return name.startsWith("-") ? name.substring(1) : name;
		}

	}

}
