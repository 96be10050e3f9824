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

import java.util.Collection;

/**
 * How values are spread: the range, the quartiles and the median.
 *
 * @param least the least of them
 * @param lower the lower quartile
 * @param median the median
 * @param upper the upper quartile
 * @param most the most of them
 * @author GraceWrap Maintainers
 */
record Spread(double least, double lower, double median, double upper, double most) {

	static Spread of(Collection<Double> values) {
		double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
		return new Spread(quantile(sorted, 0), quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75),
				quantile(sorted, 1));
	}

	/**
	 * Between two values it is interpolated.
	 * @param sorted the values
	 * @param part how much of them is less
	 * @return the quantile
	 */
	private static double quantile(double[] sorted, double part) {
		double position = part * (sorted.length - 1);
		int below = (int) position;
		int above = Math.min(below + 1, sorted.length - 1);
		return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
	}

}
