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

/**
 * What an application costs, and how much more it may cost with GraceWrap.
 *
 * @author GraceWrap Maintainers
 */
enum Measure {

	/**
	 * Has a budget.
	 */
	THROUGHPUT("requests per second", 0) {

		@Override
		boolean isMissed(Spread ratio) {
			return ratio.upper() < LEAST_THROUGHPUT;
		}

	},

	/**
	 * Has a budget.
	 */
	BLOCKS("requests per second, in one JVM", 0) {

		@Override
		boolean isMissed(Spread ratio) {
			return ratio.median() < LEAST_THROUGHPUT;
		}

	},

	/**
	 * Has a budget.
	 */
	BLOCKS_READING("requests per second, in one JVM, reading an order", 0) {

		@Override
		boolean isMissed(Spread ratio) {
			return ratio.median() < LEAST_THROUGHPUT;
		}

	},

	/**
	 * Has a budget.
	 */
	BLOCKS_POSTGRES("requests per second, in one JVM, reading an order from PostgreSQL", 0) {

		@Override
		boolean isMissed(Spread ratio) {
			return ratio.median() < LEAST_THROUGHPUT;
		}

	},

	CPU_PER_REQUEST("CPU per request, µs", 1),

	P50("latency, median, ms", 2),

	P90("latency, 90 %, ms", 2),

	P99("latency, 99 %, ms", 2),

	/**
	 * Has a budget.
	 */
	START("start until ready, ms", 0) {

		@Override
		boolean isMissed(Spread ratio) {
			return ratio.lower() > MOST_START;
		}

	},

	/**
	 * Has a budget.
	 */
	START_CPU("CPU until ready, ms", 0) {

		@Override
		boolean isMissed(Spread ratio) {
			return ratio.lower() > MOST_START;
		}

	},

	START_BOOT("start as Spring Boot logs it, ms", 0),

	START_RSS("resident memory when ready, MB", 1),

	HEAP("heap after load and GC, MB", 2),

	RSS("resident memory after load and GC, MB", 1);

	static final double LEAST_THROUGHPUT = 0.99;

	static final double MOST_START = 1.03;

	private final String label;

	private final int digits;

	Measure(String label, int digits) {
		this.label = label;
		this.digits = digits;
	}

	String label() {
		return this.label;
	}

	String format(double value) {
		return ("%." + this.digits + "f").formatted(value);
	}

	/**
	 * Whether the budget is missed beyond the noise: if it is by the better quartile, or
	 * within one JVM, where there is little noise, by the median.
	 * @param ratio what it costs with GraceWrap to what it costs without
	 * @return {@code false} also if there is no budget
	 */
	boolean isMissed(Spread ratio) {
		return false;
	}

}
