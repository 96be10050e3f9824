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

package io.gracewrap.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * One line of the table: the same benchmark without and with GraceWrap.
 *
 * @param name what was measured
 * @param threads how many threads have sent requests
 * @param plainTime processor time without, in nanoseconds
 * @param time processor time with it, in nanoseconds
 * @param plainBytes bytes allocated without
 * @param bytes bytes allocated with it
 * @param timed whether the difference of the times can be told from chance
 * @author GraceWrap Maintainers
 */
record Row(String name, int threads, Sample plainTime, Sample time, Sample plainBytes, Sample bytes, boolean timed) {

	static final long MOST_TIME = 200;

	static final long MOST_BYTES = 256;

	static final List<String> HEAD = List.of(
			"| request | threads | ns without | with | difference | at best | bytes without | with | difference |",
			"|---|---|---|---|---|---|---|---|---|");

	static Row of(String name, int threads, Collection<RunResult> plain, Collection<RunResult> with, boolean timed) {
		return new Row(name, threads, Sample.of(plain, Row::time), Sample.of(with, Row::time),
				Sample.of(plain, Row::bytes), Sample.of(with, Row::bytes), timed);
	}

	private static double time(IterationResult result) {
		return secondary(result, WorkerCpuProfiler.CPU).getScore();
	}

	private static double bytes(IterationResult result) {
		return secondary(result, "gc.alloc.rate.norm").getScore();
	}

	private long addedTime() {
		return Math.round(this.time.best() - this.plainTime.best());
	}

	private long addedBytes() {
		return this.bytes.usual() - this.plainBytes.usual();
	}

	/**
	 * More threads than one share caches and collections, for which there is no budget.
	 * @return whether GraceWrap costs no more than it may
	 */
	boolean isWithinBudget() {
		return this.threads > 1 || (addedBytes() <= MOST_BYTES && (!this.timed || addedTime() <= MOST_TIME));
	}

	@Override
	public String toString() {
		double difference = this.time.mean() - this.plainTime.mean();
		double error = Math.hypot(this.time.error(), this.plainTime.error());
		return String.format(Locale.ROOT,
				"| %s | %d | %.0f \u00b1 %.0f | %.0f \u00b1 %.0f | %.0f \u00b1 %.0f | %s | %d | %d | %d |", this.name,
				this.threads, this.plainTime.mean(), this.plainTime.error(), this.time.mean(), this.time.error(),
				difference, error, this.timed ? "**" + addedTime() + "**" : "", this.plainBytes.usual(),
				this.bytes.usual(), addedBytes());
	}

	private static Result<?> secondary(IterationResult result, String name) {
		return Objects.requireNonNull(result.getSecondaryResults().get(name), name);
	}

}
