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

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

/**
 * What blocks of requests took in one JVM, always one with GraceWrap and one without it
 * right after each other.
 *
 * @param rounds such two
 * @author GraceWrap Maintainers
 */
record BlockTimes(List<Round> rounds) {

	private static final Pattern ROUND = Pattern.compile("Blocks: ([\\d.]+) ([\\d.]+)");

	/**
	 * Find them in the log of the sample.
	 * @param log all of it
	 * @return what it has printed
	 */
	static BlockTimes in(String log) {
		return new BlockTimes(ROUND.matcher(log)
			.results()
			.map((round) -> new Round(Double.parseDouble(round.group(1)), Double.parseDouble(round.group(2))))
			.toList());
	}

	/**
	 * Leave out those that are older, and the one that was under way.
	 * @param older what was there before
	 * @return what has come since
	 */
	BlockTimes since(BlockTimes older) {
		int first = older.rounds().size() + 1;
		if (first >= this.rounds.size()) {
			throw new IllegalStateException("Less than two rounds of blocks were served");
		}
		return new BlockTimes(this.rounds.subList(first, this.rounds.size()));
	}

	/**
	 * Microseconds of a request without GraceWrap.
	 * @return the median
	 */
	double without() {
		return median(Round::without);
	}

	/**
	 * Microseconds that GraceWrap adds to a request.
	 * @return the median of the differences
	 */
	double added() {
		return median((round) -> round.with() - round.without());
	}

	private double median(ToDoubleFunction<Round> value) {
		return Spread.of(this.rounds.stream().mapToDouble(value).boxed().toList()).median();
	}

	/**
	 * Two blocks.
	 *
	 * @param with microseconds of a request with GraceWrap
	 * @param without microseconds of a request without it
	 */
	record Round(double with, double without) {

	}

}
