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

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Tables of many rollouts in Markdown: the median of each arm, and its range.
 *
 * @author GraceWrap Maintainers
 */
final class RolloutTables {

	private RolloutTables() {
	}

	static String of(List<RolloutResult> results) {
		StringBuilder tables = new StringBuilder();
		Map<String, List<RolloutResult>> loads = new LinkedHashMap<>();
		results.forEach(
				(result) -> loads
					.computeIfAbsent(RolloutRun.TABLE.contains(result.load()) ? "table" : result.load(),
							(load) -> new ArrayList<>())
					.add(result));
		loads.forEach((load, ofLoad) -> tables.append(load.equals("table") ? batches(ofLoad) : clients(ofLoad)));
		return tables.append(exits(results)).toString();
	}

	private static String clients(List<RolloutResult> results) {
		Set<String> clients = new LinkedHashSet<>();
		results.forEach((result) -> clients.addAll(result.clients().keySet()));
		List<Row> rows = new ArrayList<>();
		for (String server : servers(results)) {
			for (String client : clients) {
				rows.add(new Row(server + " | " + client,
						results.stream()
							.filter((result) -> result.server().equals(server) && result.clients().containsKey(client))
							.toList(),
						(result) -> result.clients().get(client)));
			}
		}
		return table("server | client", rows, arms(results));
	}

	private static String batches(List<RolloutResult> results) {
		List<Row> rows = new ArrayList<>();
		for (String server : servers(results)) {
			for (String load : RolloutRun.TABLE) {
				rows.add(new Row(server + " | " + load.replace("x", " requests of ").replace("ms", " ms"),
						results.stream()
							.filter((result) -> result.server().equals(server) && result.load().equals(load))
							.toList(),
						RolloutResult::total));
			}
		}
		return table("server | load", rows, arms(results));
	}

	private static String table(String head, List<Row> rows, List<Arm> arms) {
		StringBuilder table = new StringBuilder(
				"\nFailed requests of a rollout, median (least to most), of how many:\n\n");
		table.append("| ").append(head);
		arms.forEach((arm) -> table.append(" | ").append(arm.label()));
		table.append(" |\n|---|---|").append("---|".repeat(arms.size())).append('\n');
		for (Row row : rows) {
			table.append("| ").append(row.name());
			for (Arm arm : arms) {
				table.append(" | ").append(row.cell(arm));
			}
			table.append(" |\n");
		}
		return table.toString();
	}

	private static String exits(List<RolloutResult> results) {
		StringBuilder table = new StringBuilder(
				"\nExit after SIGTERM, median (least to most), in seconds:\n\n| server | load");
		List<Arm> arms = arms(results);
		arms.forEach((arm) -> table.append(" | ").append(arm.label()));
		table.append(" |\n|---|---|").append("---|".repeat(arms.size())).append('\n');
		Set<String> loads = results.stream()
			.map(RolloutResult::load)
			.collect(Collectors.toCollection(LinkedHashSet::new));
		for (String server : servers(results)) {
			for (String load : loads) {
				table.append("| ").append(server).append(" | ").append(load);
				for (Arm arm : arms) {
					List<Double> times = results.stream()
						.filter((result) -> result.server().equals(server) && result.load().equals(load)
								&& result.arm() == arm)
						.map(RolloutResult::exit)
						.map((exit) -> (exit != null) ? exit.sinceSignal().toMillis() / 1000.0
								: Double.POSITIVE_INFINITY)
						.toList();
					table.append(" | ").append(times.isEmpty() ? "" : cell(Spread.of(times)));
				}
				table.append(" |\n");
			}
		}
		return table.toString();
	}

	private static String cell(Spread times) {
		return "%.1f (%.1f to %.1f)".formatted(times.median(), times.least(), times.most());
	}

	private static List<String> servers(List<RolloutResult> results) {
		return results.stream().map(RolloutResult::server).distinct().toList();
	}

	private static List<Arm> arms(List<RolloutResult> results) {
		return results.stream().map(RolloutResult::arm).distinct().sorted(Comparator.naturalOrder()).toList();
	}

	/**
	 * A row of a table.
	 *
	 * @param name its name
	 * @param results the rollouts it sums up
	 * @param report which clients of them it is about
	 */
	private record Row(String name, List<RolloutResult> results, Reporter report) {

		String cell(Arm arm) {
			List<LoadReport> reports = this.results.stream()
				.filter((result) -> result.arm() == arm)
				.map(this.report::of)
				.toList();
			if (reports.isEmpty()) {
				return "";
			}
			Spread failed = spread(reports, LoadReport::failed);
			if (failed.most() == 0) {
				return "**0** of %,d".formatted(reports.stream().mapToLong(LoadReport::requests).sum());
			}
			return "%s (%,.0f to %,.0f) of %,.0f".formatted(number(failed.median()), failed.least(), failed.most(),
					spread(reports, LoadReport::requests).median());
		}

		private static Spread spread(List<LoadReport> reports, ToLongFunction<LoadReport> figure) {
			return Spread.of(reports.stream().map((report) -> (double) figure.applyAsLong(report)).toList());
		}

		private static String number(double value) {
			return (value == Math.rint(value)) ? "%,.0f".formatted(value) : "%,.1f".formatted(value);
		}

	}

	/**
	 * Which clients a row is about.
	 */
	private interface Reporter {

		LoadReport of(RolloutResult result);

	}

}
