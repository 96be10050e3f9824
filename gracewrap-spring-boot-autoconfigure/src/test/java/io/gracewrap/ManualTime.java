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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Time that passes only when someone waits for it, and meanwhile runs what a test has
 * scripted. It wraps around after a moment, as only differences of it mean anything.
 *
 * @author GraceWrap Maintainers
 */
class ManualTime implements TimeSource {

	private static final long ORIGIN = Long.MAX_VALUE - Duration.ofMillis(2500).toNanos();

	private final TreeMap<Long, List<Runnable>> script = new TreeMap<>();

	private volatile long elapsed;

	/**
	 * Script an action, which runs on the thread that waits.
	 * @param elapsed when to run it
	 * @param action what to run
	 */
	void at(Duration elapsed, Runnable action) {
		this.script.computeIfAbsent(elapsed.toNanos(), (key) -> new ArrayList<>()).add(action);
	}

	/**
	 * Script an action at regular intervals, first after one interval.
	 * @param interval the interval
	 * @param until when to stop, inclusive
	 * @param action what to run
	 */
	void every(Duration interval, Duration until, Runnable action) {
		for (Duration next = interval; next.compareTo(until) <= 0; next = next.plus(interval)) {
			at(next, action);
		}
	}

	Duration elapsed() {
		return Duration.ofNanos(this.elapsed);
	}

	void advance(Duration duration) {
		pause(duration.toNanos());
	}

	@Override
	public long nanoTime() {
		return ORIGIN + this.elapsed;
	}

	@Override
	public void pause(long nanos) {
		long until = this.elapsed + nanos;
		while (!this.script.isEmpty() && this.script.firstKey() <= until) {
			Map.Entry<Long, List<Runnable>> next = this.script.pollFirstEntry();
			this.elapsed = Math.max(this.elapsed, next.getKey());
			next.getValue().forEach(Runnable::run);
		}
		this.elapsed = until;
	}

}
