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
import java.util.Collection;
import java.util.List;

/**
 * What clients had in flight when, looked at many times a second.
 *
 * @author GraceWrap Maintainers
 */
final class Timeline {

	private static final Duration INTERVAL = Duration.ofMillis(20);

	private final List<Sample> samples = new ArrayList<>();

	private final Thread thread;

	private volatile boolean ended;

	private Timeline(Collection<Tally> tallies) {
		this.thread = new Thread(() -> watch(tallies), "timeline");
		this.thread.setDaemon(true);
	}

	static Timeline start(Collection<Tally> tallies) {
		Timeline timeline = new Timeline(tallies);
		timeline.thread.start();
		return timeline;
	}

	private void watch(Collection<Tally> tallies) {
		while (!this.ended) {
			Sample sample = Sample.of(tallies);
			synchronized (this.samples) {
				this.samples.add(sample);
			}
			try {
				Thread.sleep(INTERVAL.toMillis());
			}
			catch (InterruptedException ex) {
				return;
			}
		}
	}

	/**
	 * Look no longer.
	 * @return what was seen
	 */
	List<Sample> end() {
		this.ended = true;
		synchronized (this.samples) {
			return List.copyOf(this.samples);
		}
	}

	/**
	 * What was seen at one moment.
	 *
	 * @param nanoTime when
	 * @param inFlight how many requests were under way
	 * @param connections how many connections had been opened so far
	 * @param answered how many requests had been answered so far
	 * @param failed how many had failed so far
	 */
	record Sample(long nanoTime, int inFlight, long connections, long answered, long failed) {

		static Sample of(Collection<Tally> tallies) {
			int inFlight = 0;
			long connections = 0;
			long answered = 0;
			long failed = 0;
			for (Tally tally : tallies) {
				inFlight += tally.inFlight();
				connections += tally.connections();
				for (Outcome outcome : Outcome.values()) {
					long count = tally.count(outcome);
					if (outcome == Outcome.ANSWERED) {
						answered += count;
					}
					else {
						failed += count;
					}
				}
			}
			return new Sample(System.nanoTime(), inFlight, connections, answered, failed);
		}

	}

}
