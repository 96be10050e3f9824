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

import java.util.Arrays;
import java.util.Collection;
import java.util.function.ToDoubleFunction;

import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.ListStatistics;

/**
 * What all iterations of a benchmark have measured, in whatever JVM.
 *
 * @param values what each has measured
 * @author GraceWrap Maintainers
 */
record Sample(double... values) {

	private static final double CONFIDENCE = 0.99;

	static Sample of(Collection<RunResult> results, ToDoubleFunction<IterationResult> value) {
		return new Sample(results.stream()
			.flatMap((result) -> result.getBenchmarkResults().stream())
			.flatMap((result) -> result.getIterationResults().stream())
			.mapToDouble(value)
			.sorted()
			.toArray());
	}

	double mean() {
		return new ListStatistics(this.values).getMean();
	}

	double error() {
		return new ListStatistics(this.values).getMeanErrorAt(CONFIDENCE);
	}

	/**
	 * Return what a machine that has nothing else to do would take.
	 * @return the least of all
	 */
	double best() {
		return Arrays.stream(this.values).min().orElseThrow();
	}

	/**
	 * Return what is the same again and again, once all is compiled.
	 * @return the median
	 */
	long usual() {
		return Math.round(this.values[this.values.length / 2]);
	}

}
