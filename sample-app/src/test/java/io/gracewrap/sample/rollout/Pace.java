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
import java.util.function.LongSupplier;

/**
 * The pace of one client: it waits for a request that failed at once as long as its last
 * answer took, so that a pod that refuses is not asked more often than one that answers.
 *
 * @author GraceWrap Maintainers
 */
final class Pace {

	private final LongSupplier nanoTime;

	private long sent;

	private long usual;

	Pace() {
		this(System::nanoTime);
	}

	Pace(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
		sent();
	}

	void sent() {
		this.sent = this.nanoTime.getAsLong();
	}

	/**
	 * The answer to what was sent last has come.
	 */
	void answered() {
		this.usual = this.nanoTime.getAsLong() - this.sent;
	}

	/**
	 * How much longer an answer would have taken.
	 * @return the time from now
	 */
	Duration rest() {
		return Duration.ofNanos(Math.max(0, this.usual - (this.nanoTime.getAsLong() - this.sent)));
	}

}
