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

package io.gracewrap;

import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a drain has come to, at one instant.
 *
 * @param state where the application stands
 * @param times how long it has been in each state since it was started, all of them
 * present
 * @param stopping whether the application has begun to stop, which cannot be taken back
 * @param elapsed how long ago it began to stop, zero if it has not
 * @param timeLeft what is left until the drain deadline
 * @param inFlight what is in flight, by protocol, all of them present
 * @param streams how many streams are open
 * @param finished requests and other work that have finished since traffic was refused
 * @param aborted what was cut at the drain deadline
 * @param streamsEnded streams that have ended since traffic was refused
 * @param late what arrived when the least load-balancer delay was over
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public record DrainStatus(DrainState state, Map<DrainState, Duration> times, boolean stopping, Duration elapsed,
		Duration timeLeft, Map<Protocol, Integer> inFlight, int streams, long finished, int aborted, long streamsEnded,
		LateRequests late) {

	/**
	 * Copy the maps.
	 */
	public DrainStatus {
		times = Collections.unmodifiableMap(new TreeMap<>(times));
		inFlight = Collections.unmodifiableMap(new TreeMap<>(inFlight));
	}

	/**
	 * Return where the time went and what has become of what was in flight.
	 * @return the report, in one line
	 */
	String report() {
		Duration draining = time(DrainState.DRAINING);
		Duration closing = time(DrainState.STOPPING).plus(time(DrainState.STOPPED));
		// Traffic may have been refused for long before.
		Duration refusing = this.elapsed.minus(draining).minus(closing);
		return String.format(Locale.ROOT,
				"Drain state %s at %.3f s: refusing %.3f s, draining %.3f s, closing %.3f s; %d finished, %d aborted%s%s",
				this.state, seconds(this.elapsed), seconds(refusing), seconds(draining), seconds(closing),
				this.finished, this.aborted, (this.streamsEnded > 0) ? ", " + this.streamsEnded + " streams ended" : "",
				this.late.report());
	}

	private Duration time(DrainState state) {
		return this.times.getOrDefault(state, Duration.ZERO);
	}

	private static double seconds(Duration duration) {
		return TimeSource.seconds(duration.toNanos());
	}

}
