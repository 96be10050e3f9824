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

import org.jspecify.annotations.Nullable;

/**
 * Requests that arrived when the least load-balancer delay was over and the drain timeout
 * was not: those that were still sent here show that the delay is too short.
 *
 * @param counts how many, by protocol
 * @param last when the last one arrived, counted from the refusal, or {@code null} if
 * there is none
 * @param lastProtocol what it came by, or {@code null} if there is none
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public record LateRequests(Map<Protocol, Long> counts, @Nullable Duration last, @Nullable Protocol lastProtocol) {

	/**
	 * Copy the counts.
	 */
	public LateRequests {
		counts = Collections.unmodifiableMap(new TreeMap<>(counts));
	}

	/**
	 * Return how many there are.
	 * @return the number of all protocols
	 */
	public long count() {
		return this.counts.values().stream().mapToLong(Long::longValue).sum();
	}

	/**
	 * Return the load-balancer delay that would have covered them all.
	 * @return the next whole second after the last one, or {@code null} if there is none
	 */
	public @Nullable Duration suggestedDelay() {
		return (this.last != null) ? Duration.ofSeconds(this.last.toSeconds() + 1) : null;
	}

	String report() {
		Duration delay = suggestedDelay();
		if (this.last == null || delay == null) {
			return "";
		}
		return String.format(Locale.ROOT,
				", %d late, the last by %s %.1f s after the refusal: gracewrap.load-balancer-delay=%ds would have covered them",
				count(), this.lastProtocol, TimeSource.seconds(this.last.toNanos()), delay.toSeconds());
	}

}
