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
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * When an application entered which state of its drain, read from its log.
 *
 * @param sinceSignal the states in the order of the log, each with its time
 * @author GraceWrap Maintainers
 */
record StateTimes(Map<String, Duration> sinceSignal) {

	private static final List<String> STATES = List.of("REFUSING", "DRAINING", "STOPPING", "STOPPED");

	/**
	 * A line of Spring Boot's default log pattern that names GraceWrap and a state.
	 */
	private static final Pattern LINE = Pattern.compile(
			"^(\\d{4}-\\d\\d-\\d\\dT\\S+) .*?(?i:gracewrap).*?\\b(" + String.join("|", STATES) + ")\\b",
			Pattern.MULTILINE);

	static StateTimes of(String log, Instant signal) {
		Map<String, Duration> times = new LinkedHashMap<>();
		Matcher matcher = LINE.matcher(log);
		while (matcher.find()) {
			Instant time = OffsetDateTime.parse(matcher.group(1)).toInstant();
			times.putIfAbsent(matcher.group(2), Duration.between(signal, time));
		}
		return new StateTimes(times);
	}

	/**
	 * Return when the servers stopped to accept connections.
	 * @return the time since the signal, zero if there was no such moment
	 */
	Duration windowEnd() {
		return this.sinceSignal.getOrDefault("DRAINING", Duration.ZERO);
	}

	@Override
	public String toString() {
		return this.sinceSignal.entrySet()
			.stream()
			.map((state) -> "%s %+d ms".formatted(state.getKey(), state.getValue().toMillis()))
			.collect(Collectors.joining(", "));
	}

}
