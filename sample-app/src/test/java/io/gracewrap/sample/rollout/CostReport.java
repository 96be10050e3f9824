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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

import org.apache.commons.csv.CSVPrinter;

/**
 * What the sample costs with and without GraceWrap. Always one is measured right after
 * the other, and a ratio is that of such two.
 *
 * @author GraceWrap Maintainers
 */
final class CostReport {

	private final Map<String, Map<Measure, List<Pair>>> servers = new LinkedHashMap<>();

	/**
	 * Add what was measured.
	 * @param server the server
	 * @param measure what was measured
	 * @param with with GraceWrap
	 * @param without without it, right before or after
	 */
	void add(String server, Measure measure, double with, double without) {
		this.servers.computeIfAbsent(server, (key) -> new TreeMap<>())
			.computeIfAbsent(measure, (key) -> new ArrayList<>())
			.add(new Pair(with, without));
	}

	/**
	 * Medians, with quartiles.
	 * @return a table in Markdown
	 */
	String table() {
		StringBuilder table = new StringBuilder("""
				| server | | GraceWrap | Boot | ratio | quartiles | pairs |
				|---|---|---|---|---|---|---|
				""");
		this.servers.forEach((server, measures) -> measures.forEach((measure, pairs) -> {
			Spread ratio = ratio(pairs);
			table.append("| %s | %s | %s | %s | %.3f | %.3f to %.3f | %d |%n".formatted(server, measure.label(),
					cell(measure, pairs, Pair::with), cell(measure, pairs, Pair::without), ratio.median(),
					ratio.lower(), ratio.upper(), pairs.size()));
		}));
		return table.toString();
	}

	/**
	 * Say where a budget is missed.
	 * @return the misses
	 */
	List<String> misses() {
		List<String> misses = new ArrayList<>();
		this.servers.forEach((server, measures) -> measures.forEach((measure, pairs) -> {
			Spread ratio = ratio(pairs);
			if (measure.isMissed(ratio)) {
				misses.add("%s: %s, ratio %.3f, quartiles %.3f to %.3f".formatted(server, measure.label(),
						ratio.median(), ratio.lower(), ratio.upper()));
			}
		}));
		return misses;
	}

	void write(Path directory) throws IOException {
		Files.writeString(directory.resolve("cost.md"), table());
		try (CSVPrinter csv = RolloutFiles.csv(directory.resolve("cost.csv"),
				List.of("server", "measure", "pair", "gracewrap", "boot"))) {
			for (Map.Entry<String, Map<Measure, List<Pair>>> server : this.servers.entrySet()) {
				for (Map.Entry<Measure, List<Pair>> measure : server.getValue().entrySet()) {
					int number = 1;
					for (Pair pair : measure.getValue()) {
						csv.printRecord(server.getKey(), measure.getKey(), number++, pair.with(), pair.without());
					}
				}
			}
		}
	}

	private static String cell(Measure measure, List<Pair> pairs, ToDoubleFunction<Pair> side) {
		Spread spread = Spread.of(pairs.stream().mapToDouble(side).boxed().toList());
		String median = measure.format(spread.median());
		return (pairs.size() == 1) ? median
				: "%s (%s to %s)".formatted(median, measure.format(spread.lower()), measure.format(spread.upper()));
	}

	private static Spread ratio(List<Pair> pairs) {
		return Spread.of(pairs.stream().map((pair) -> pair.with() / pair.without()).toList());
	}

	private record Pair(double with, double without) {

	}

}
