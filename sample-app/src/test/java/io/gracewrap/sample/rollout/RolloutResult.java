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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import org.jspecify.annotations.Nullable;

/**
 * What one rollout has shown.
 *
 * @param server the server
 * @param load the kind of the load
 * @param arm what was rolled out
 * @param run the number of the run
 * @param clients what happened to the clients, by their names
 * @param acknowledged how many orders they were told of
 * @param audit what the database holds, or {@code null} if there is none
 * @param states when the application entered which state
 * @param probes the readiness probes since the signal
 * @param signal when SIGTERM was sent
 * @param timeline what was in flight when
 * @param exit how the process ended, or {@code null} if it had to be killed
 * @author GraceWrap Maintainers
 */
record RolloutResult(String server, String load, Arm arm, int run, Map<String, LoadReport> clients, int acknowledged,
		@Nullable OrderAudit audit, StateTimes states, List<Probes.Probe> probes, Signal signal,
		List<Timeline.Sample> timeline, @Nullable Exit exit) {

	/**
	 * What Kubernetes gives a pod, and the drain and the hard stop timeout together.
	 */
	static final Duration GRACE_PERIOD = Duration.ofSeconds(30);

	/**
	 * Probes that may meet the end of the window on their way are not looked at.
	 */
	private static final Duration ON_THEIR_WAY = Duration.ofMillis(500);

	/**
	 * However busy the machine is, and less than any window.
	 */
	private static final Duration AT_ONCE = Duration.ofSeconds(3);

	private static final int SIGTERM_EXIT = 128 + 15;

	/**
	 * Return what happened to all clients together.
	 * @return their reports in one
	 */
	LoadReport total() {
		return this.clients.values().stream().reduce(new LoadReport(Map.of(), List.of(), Map.of()), LoadReport::plus);
	}

	private static boolean isAtOnce(@Nullable Duration refusedAfter) {
		return refusedAfter != null && refusedAfter.compareTo(AT_ONCE) < 0;
	}

	Probes.Summary probesInWindow() {
		return Probes.Summary.of(this.probes, this.states.windowEnd().minus(ON_THEIR_WAY));
	}

	/**
	 * Return what an application must not lose beside requests.
	 * @return a line for each loss
	 */
	List<String> losses() {
		List<String> losses = new ArrayList<>();
		if (this.audit != null && this.audit.halfDone() > 0) {
			losses.add(this.audit.halfDone() + " orders are half done");
		}
		if (this.audit != null && !this.audit.missing().isEmpty()) {
			losses.add("acknowledged orders are not finished: " + this.audit.missing());
		}
		Probes.Summary summary = probesInWindow();
		if (summary.acceptedAfterwards() > 0 || summary.unanswered() > 0 || !isAtOnce(summary.refusedAfter())) {
			losses.add("readiness probes: " + summary);
		}
		if (this.exit == null || this.exit.sinceSignal().compareTo(GRACE_PERIOD) > 0) {
			losses.add("no exit within " + GRACE_PERIOD.toSeconds() + " s");
		}
		else if (this.exit.code() != SIGTERM_EXIT) {
			losses.add("exit code " + this.exit.code() + " instead of " + SIGTERM_EXIT);
		}
		return losses.stream()
			.map((loss) -> "%s, %s, run %d: %s".formatted(this.server, this.load, this.run, loss))
			.toList();
	}

}
