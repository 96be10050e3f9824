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

import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.util.ExportUtils;
import org.jfree.svg.SVGGraphics2D;
import org.jfree.svg.SVGUtils;

/**
 * Writes what rollouts have shown: raw data, tables and pictures.
 *
 * @author GraceWrap Maintainers
 */
final class RolloutFiles {

	private RolloutFiles() {
	}

	/**
	 * Write the raw data and the tables.
	 * @param directory where to
	 * @param results the rollouts
	 * @throws IOException if it cannot be written
	 */
	static void write(Path directory, List<RolloutResult> results) throws IOException {
		writeRuns(directory.resolve("rollouts.csv"), results);
		writeTimelines(directory.resolve("timelines.csv"), results);
		Files.writeString(directory.resolve("tables.md"), RolloutTables.of(results));
	}

	/**
	 * Draw the pictures.
	 * @param directory where to
	 * @param results the rollouts
	 * @throws IOException if they cannot be written
	 */
	static void draw(Path directory, List<RolloutResult> results) throws IOException {
		if (results.stream().anyMatch((result) -> result.load().equals("clients"))) {
			draw(directory.resolve("failures"), FailureChart.of(results), 900, 420);
		}
		for (RolloutResult result : results) {
			if (result.run() == 1 && !result.timeline().isEmpty()) {
				draw(directory.resolve("timeline-%s-%s-%s".formatted(result.server(), result.load(), result.arm())),
						TimelineChart.of(result), 900, 640);
			}
		}
	}

	private static void writeRuns(Path file, List<RolloutResult> results) throws IOException {
		List<String> header = new ArrayList<>(List.of("server", "load", "arm", "run", "client", "requests"));
		for (Outcome outcome : Outcome.values()) {
			header.add(outcome.label().replace(' ', '_'));
		}
		header.addAll(List.of("exit_ms", "exit_code"));
		try (CSVPrinter csv = csv(file, header)) {
			for (RolloutResult result : results) {
				for (Map.Entry<String, LoadReport> client : result.clients().entrySet()) {
					List<Object> row = new ArrayList<>(List.of(result.server(), result.load(), result.arm(),
							result.run(), client.getKey(), client.getValue().requests()));
					for (Outcome outcome : Outcome.values()) {
						row.add(client.getValue().count(outcome));
					}
					Exit exit = result.exit();
					row.add((exit != null) ? exit.sinceSignal().toMillis() : "");
					row.add((exit != null) ? exit.code() : "");
					csv.printRecord(row);
				}
			}
		}
	}

	private static void writeTimelines(Path file, List<RolloutResult> results) throws IOException {
		try (CSVPrinter csv = csv(file, List.of("server", "load", "arm", "run", "ms_since_sigterm", "in_flight",
				"connections", "answered", "failed"))) {
			for (RolloutResult result : results) {
				for (Timeline.Sample sample : result.timeline()) {
					csv.printRecord(result.server(), result.load(), result.arm(), result.run(),
							(sample.nanoTime() - result.signal().nanoTime()) / 1_000_000, sample.inFlight(),
							sample.connections(), sample.answered(), sample.failed());
				}
			}
		}
	}

	static CSVPrinter csv(Path file, List<String> header) throws IOException {
		Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
		return CSVFormat.DEFAULT.builder()
			.setHeader(header.toArray(String[]::new))
			.setRecordSeparator('\n')
			.get()
			.print(writer);
	}

	private static void draw(Path file, JFreeChart chart, int width, int height) throws IOException {
		SVGGraphics2D graphics = new SVGGraphics2D(width, height);
		chart.draw(graphics, new Rectangle2D.Double(0, 0, width, height));
		SVGUtils.writeToSVG(Path.of(file + ".svg").toFile(), graphics.getSVGElement());
		ExportUtils.writeAsPNG(chart, width, height, Path.of(file + ".png").toFile());
	}

}
