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
import java.util.List;

import io.gracewrap.sample.rollout.LoadReport.Ending;
import io.gracewrap.sample.rollout.ServerProcess.Exit;

/**
 * Prints rollouts for a person who looks at one: a line each, and each failure.
 *
 * @author GraceWrap Maintainers
 */
final class RolloutPrinter {

	private static final String FORMAT = "%-7s %-9s %-18s %3s %9s %9s %8s %6s %10s %5s %6s   %7s %9s %13s %7s   %8s %5s%n";

	private final PrintStream out;

	RolloutPrinter(PrintStream out) {
		this.out = out;
	}

	void print(List<RolloutResult> results) {
		this.out.println();
		this.out.printf(FORMAT, "", "", "", "", "requests", "answered", "refused", "reset", "cut short", "5xx", "other",
				"orders", "finished", "acknowledged", "missing", "exit ms", "code");
		results.forEach(this::printLine);
		this.out.println();
		this.out
			.println("acknowledged: orders whose clients got their 201; missing: those of them that are not finished"
					+ " in the database");
		results.forEach(this::printDetails);
		this.out.println();
	}

	private void printLine(RolloutResult result) {
		LoadReport load = result.total();
		OrderAudit audit = result.audit();
		Exit exit = result.exit();
		this.out.printf(FORMAT, result.server(), result.load(), result.arm().label(), result.run(), load.requests(),
				load.count(Outcome.ANSWERED), load.count(Outcome.REFUSED), load.count(Outcome.RESET),
				load.count(Outcome.CUT_SHORT), load.count(Outcome.SERVER_ERROR),
				load.count(Outcome.CLIENT_ERROR) + load.count(Outcome.OTHER), (audit != null) ? audit.begun() : "-",
				(audit != null) ? audit.finished() : "-", result.acknowledged(),
				(audit != null) ? audit.missing().size() : "-",
				(exit != null) ? exit.sinceSignal().toMillis() : "killed", (exit != null) ? exit.code() : "-");
	}

	private void printDetails(RolloutResult result) {
		this.out.println();
		this.out.printf("%s, %s, %s, run %d%n", result.server(), result.load(), result.arm().label(), result.run());
		String states = result.states().toString();
		if (!states.isEmpty()) {
			this.out.println("  states since SIGTERM: " + states);
			this.out.println("  readiness probes in the window: " + result.probesInWindow());
		}
		LoadReport total = result.total();
		this.out.printf(
				"  connections since SIGTERM: %d ended by Connection: close, %d closed while idle, %d failed,"
						+ " %d left open%n",
				total.count(Ending.SAID_CLOSE), total.count(Ending.CLOSED_IDLE), total.count(Ending.FAILED),
				total.count(Ending.LEFT_OPEN));
		result.clients()
			.forEach((client, report) -> report.failuresByKind()
				.forEach((kind) -> this.out.println("  " + client + ": " + kind)));
	}

}
