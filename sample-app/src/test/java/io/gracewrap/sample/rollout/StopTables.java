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
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.apache.commons.csv.CSVPrinter;

/**
 * Tables of stops: the median of each, and its range.
 *
 * @author GraceWrap Maintainers
 */
final class StopTables {

	private StopTables() {
	}

	/**
	 * The medians.
	 * @param results the stops
	 * @return a table in Markdown
	 */
	static String of(List<StopResult> results) {
		StringBuilder table = new StringBuilder("""
				| server | in flight | | must, s | until the exit, s | beyond, s | answered |
				|---|---|---|---|---|---|---|
				""");
		Map<String, List<StopResult>> rows = results.stream()
			.collect(Collectors.groupingBy((result) -> "| %s | %s | %s |".formatted(result.server(),
					result.stop().situation(), result.stop().arm()), LinkedHashMap::new, Collectors.toList()));
		rows.forEach((name, row) -> {
			Spread beyond = spread(row, StopResult::beyond);
			table.append("%s %.1f | %.2f | %.2f (%.2f to %.2f) | %d of %d |%n".formatted(name,
					spread(row, StopResult::must).median(), spread(row, StopResult::total).median(), beyond.median(),
					beyond.least(), beyond.most(), row.stream().mapToInt(StopResult::answered).sum(),
					row.stream().mapToInt((result) -> result.stop().requests()).sum()));
		});
		return table.toString();
	}

	static void write(Path directory, List<StopResult> results) throws IOException {
		Files.writeString(directory.resolve("stop-times.md"), of(results));
		try (CSVPrinter csv = RolloutFiles.csv(directory.resolve("stop-times.csv"),
				List.of("server", "in_flight", "arm", "repetition", "must_ms", "total_ms", "beyond_ms", "answered"))) {
			for (StopResult result : results) {
				csv.printRecord(result.server(), result.stop().situation(), result.stop().arm(), result.repetition(),
						result.must().toMillis(), result.total().toMillis(), result.beyond().toMillis(),
						result.answered());
			}
		}
	}

	private static Spread spread(List<StopResult> results, Function<StopResult, Duration> time) {
		return Spread.of(results.stream().map((result) -> time.apply(result).toMillis() / 1_000.0).toList());
	}

}
