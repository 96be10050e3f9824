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
import java.util.List;

/**
 * A way to stop, and what is in flight then.
 *
 * @param situation what is in flight, in words
 * @param arm what is stopped, in words
 * @param gracewrap whether with GraceWrap
 * @param sleep how long a preStop hook sleeps before SIGTERM
 * @param least how long the stop has to take even if nothing is in flight
 * @param requests how many requests are in flight
 * @param work how long each takes
 * @param arguments arguments of the application
 * @author GraceWrap Maintainers
 */
record StopCase(String situation, String arm, boolean gracewrap, Duration sleep, Duration least, int requests,
		Duration work, List<String> arguments) {

	private static final Duration DELAY = Duration.ofSeconds(5);

	private static final Duration TIMEOUT = Duration.ofSeconds(4);

	private static final Duration NEVER = Duration.ofSeconds(60);

	private static final String IDLE = "idle";

	private static final String DEADLINE = "deadline of 4 s, 5 requests that do not end";

	/** Those that are compared stand beside each other. */
	static final List<StopCase> ALL = List.of(idle(0), idle(3), idle(5), sleep(IDLE, 0, Duration.ZERO),
			boot(IDLE, 0, Duration.ZERO), //
			lastRequest(4), sleep(last(4), 1, Duration.ofSeconds(4)), boot(last(4), 1, Duration.ofSeconds(4)),
			lastRequest(7), sleep(last(7), 1, Duration.ofSeconds(7)), boot(last(7), 1, Duration.ofSeconds(7)),
			new StopCase(DEADLINE, "GraceWrap, delay 1 s", true, Duration.ZERO, TIMEOUT, 5, NEVER,
					List.of("--gracewrap.drain-timeout=4s", "--gracewrap.load-balancer-delay=1s")),
			new StopCase(DEADLINE, "Boot", false, Duration.ZERO, TIMEOUT, 5, NEVER,
					List.of("--spring.lifecycle.timeout-per-shutdown-phase=4s")));

	private static StopCase idle(long delay) {
		return new StopCase(IDLE, "GraceWrap, delay " + delay + " s", true, Duration.ZERO, Duration.ofSeconds(delay), 0,
				Duration.ZERO, List.of("--gracewrap.load-balancer-delay=" + delay + "s"));
	}

	private static StopCase lastRequest(long seconds) {
		return new StopCase(last(seconds), "GraceWrap, delay 5 s", true, Duration.ZERO, DELAY, 1,
				Duration.ofSeconds(seconds), List.of());
	}

	private static StopCase sleep(String situation, int requests, Duration work) {
		return new StopCase(situation, "Boot, preStop 5 s", false, DELAY, DELAY, requests, work, List.of());
	}

	private static StopCase boot(String situation, int requests, Duration work) {
		return new StopCase(situation, "Boot", false, Duration.ZERO, Duration.ZERO, requests, work, List.of());
	}

	private static String last(long seconds) {
		return "one request of " + seconds + " s";
	}

	/**
	 * About how long the stop will take.
	 * @return what it has to take, as far as it is known before
	 */
	Duration expected() {
		boolean ends = this.work.compareTo(NEVER) < 0;
		return (ends && this.work.compareTo(this.least) > 0) ? this.work : this.least;
	}

}
