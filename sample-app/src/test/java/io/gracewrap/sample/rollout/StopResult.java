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

import org.jspecify.annotations.Nullable;

/**
 * How long a stop has taken.
 *
 * @param server the server
 * @param stop what was stopped, and how
 * @param repetition the number of the repetition
 * @param total from its begin, which is that of a preStop sleep, until the exit
 * @param lastAnswer from its begin until the last answer, {@code null} without any
 * @param answered how many requests were answered
 * @author GraceWrap Maintainers
 */
record StopResult(String server, StopCase stop, int repetition, Duration total, @Nullable Duration lastAnswer,
		int answered) {

	/**
	 * What it had to take.
	 * @return until the last answer, or longer
	 */
	Duration must() {
		Duration least = this.stop.least();
		return (this.lastAnswer != null && this.lastAnswer.compareTo(least) > 0) ? this.lastAnswer : least;
	}

	Duration beyond() {
		return this.total.minus(must());
	}

}
