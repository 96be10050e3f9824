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
import java.util.EnumMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * What happened to the clients of a {@link Load}.
 *
 * @param outcomes how many requests ended how
 * @param failures each request that failed
 * @param endings how many connections ended how since the signal
 * @author GraceWrap Maintainers
 */
record LoadReport(Map<Outcome, Long> outcomes, List<Failure> failures, Map<Ending, Long> endings) {

	long count(Outcome outcome) {
		return this.outcomes.getOrDefault(outcome, 0L);
	}

	long count(Ending ending) {
		return this.endings.getOrDefault(ending, 0L);
	}

	/**
	 * Every request that a client made, or would have made had it not been refused.
	 * @return how many
	 */
	long requests() {
		return this.outcomes.values().stream().mapToLong(Long::longValue).sum();
	}

	long failed() {
		return requests() - count(Outcome.ANSWERED);
	}

	/**
	 * The failures, those that look the same in one line.
	 * @return one line for each kind
	 */
	List<String> failuresByKind() {
		Map<String, List<Failure>> kinds = new TreeMap<>();
		for (Failure failure : this.failures) {
			kinds.computeIfAbsent(failure.outcome().label() + ", " + failure.detail(), (kind) -> new ArrayList<>())
				.add(failure);
		}
		return kinds.entrySet().stream().map((kind) -> {
			LongSummaryStatistics times = kind.getValue()
				.stream()
				.map(Failure::sinceSignal)
				.filter(Objects::nonNull)
				.mapToLong(Duration::toMillis)
				.summaryStatistics();
			long before = kind.getValue().size() - times.getCount();
			return "%d x %s%s%s".formatted(
					kind.getValue().size(), kind.getKey(), (times.getCount() > 0)
							? ", %d to %d ms after SIGTERM".formatted(times.getMin(), times.getMax()) : "",
					(before > 0) ? ", %d before SIGTERM".formatted(before) : "");
		}).toList();
	}

	LoadReport plus(LoadReport other) {
		Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
		outcomes.putAll(this.outcomes);
		other.outcomes.forEach((outcome, count) -> outcomes.merge(outcome, count, Long::sum));
		Map<Ending, Long> endings = new EnumMap<>(Ending.class);
		endings.putAll(this.endings);
		other.endings.forEach((ending, count) -> endings.merge(ending, count, Long::sum));
		List<Failure> failures = new ArrayList<>(this.failures);
		failures.addAll(other.failures);
		return new LoadReport(outcomes, failures, endings);
	}

	/**
	 * A request that failed.
	 *
	 * @param outcome how
	 * @param connection the number of its client
	 * @param sinceSignal when, or {@code null} if it was before the signal
	 * @param detail what the client saw
	 */
	record Failure(Outcome outcome, int connection, @Nullable Duration sinceSignal, String detail) {

	}

	/**
	 * How a connection ended.
	 */
	enum Ending {

		/**
		 * Its last answer carried {@code Connection: close}.
		 */
		SAID_CLOSE,

		/**
		 * The server closed it while no request was on it.
		 */
		CLOSED_IDLE,

		/**
		 * Its last request failed.
		 */
		FAILED,

		/**
		 * It was still open when the load ended.
		 */
		LEFT_OPEN

	}

}
