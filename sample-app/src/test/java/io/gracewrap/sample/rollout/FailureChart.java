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

import java.awt.Color;
import java.awt.Font;
import java.text.NumberFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.labels.CategoryItemLabelGenerator;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;

/**
 * A picture of the failed requests of a rollout, by server and arm. Its scale is
 * logarithmic, or one would see nothing but the worst.
 *
 * @author GraceWrap Maintainers
 */
final class FailureChart {

	/** Where the scale begins, which stands for none. */
	private static final double NONE = 0.5;

	private static final Map<Arm, Color> COLORS = Map.of(Arm.GRACEWRAP, new Color(0x1B7F4B), Arm.QUARKUS,
			new Color(0x4C6FB1), Arm.PRESTOP, new Color(0xE0A030), Arm.PLAIN, new Color(0xD2622A), Arm.IMMEDIATE,
			new Color(0x9B1C31));

	private FailureChart() {
	}

	static JFreeChart of(List<RolloutResult> results) {
		DefaultCategoryDataset failures = new DefaultCategoryDataset();
		List<Arm> arms = Stream.of(Arm.values())
			.filter((arm) -> results.stream().anyMatch((result) -> result.arm() == arm))
			.toList();
		for (Stack stack : Stack.values()) {
			for (Arm arm : arms) {
				List<Double> failed = results.stream()
					.filter((result) -> result.load().equals("clients") && result.arm() == arm && stack.shows(result))
					.map(stack::failed)
					.toList();
				if (!failed.isEmpty()) {
					failures.addValue(Math.max(NONE, Spread.of(failed).median()), arm.label(), stack.label);
				}
			}
		}
		JFreeChart chart = ChartFactory.createBarChart("Failed requests in one rollout under load", null,
				"requests, median of all runs", failures);
		style(chart, arms);
		return chart;
	}

	private static void style(JFreeChart chart, List<Arm> arms) {
		chart.setBackgroundPaint(Color.WHITE);
		chart.getTitle().setFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
		CategoryPlot plot = chart.getCategoryPlot();
		plot.setBackgroundPaint(Color.WHITE);
		plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
		plot.setOutlineVisible(false);
		LogAxis axis = new LogAxis("requests, median of all runs");
		axis.setSmallestValue(NONE);
		axis.setLowerBound(NONE);
		axis.setUpperBound(20000);
		axis.setNumberFormatOverride(NumberFormat.getIntegerInstance(Locale.ROOT));
		axis.setTickUnit(new NumberTickUnit(1));
		plot.setRangeAxis(axis);
		plot.getDomainAxis().setCategoryMargin(0.1);
		plot.getDomainAxis().setLowerMargin(0.02);
		plot.getDomainAxis().setUpperMargin(0.02);
		BarRenderer renderer = (BarRenderer) plot.getRenderer();
		renderer.setBarPainter(new StandardBarPainter());
		renderer.setShadowVisible(false);
		renderer.setItemMargin(0.08);
		renderer.setDefaultItemLabelGenerator(labels());
		renderer.setDefaultItemLabelsVisible(true);
		renderer.setDefaultItemLabelFont(new Font(Font.SANS_SERIF, Font.BOLD, 9));
		arms.forEach((arm) -> renderer.setSeriesPaint(plot.getDataset().getRowIndex(arm.label()), COLORS.get(arm)));
	}

	private static CategoryItemLabelGenerator labels() {
		return new StandardCategoryItemLabelGenerator() {

			@Override
			public String generateLabel(CategoryDataset dataset, int row, int column) {
				Number value = dataset.getValue(row, column);
				return (value.doubleValue() <= NONE) ? "0" : "%,.0f".formatted(value.doubleValue());
			}

		};
	}

	/**
	 * What a group of bars is about.
	 */
	private enum Stack {

		TOMCAT("Tomcat"), JETTY("Jetty"), NETTY("Reactor Netty"), GRPC("gRPC"), QUARKUS("Quarkus");

		private static final String GRPC_CLIENT = "gRPC-Java";

		private final String label;

		Stack(String label) {
			this.label = label;
		}

		boolean shows(RolloutResult result) {
			return switch (this) {
				case GRPC -> result.arm() != Arm.QUARKUS && result.clients().containsKey(GRPC_CLIENT);
				case QUARKUS -> result.arm() == Arm.QUARKUS;
				default -> result.arm() != Arm.QUARKUS && result.server().equalsIgnoreCase(name());
			};
		}

		double failed(RolloutResult result) {
			return result.clients()
				.entrySet()
				.stream()
				.filter((client) -> this == QUARKUS || client.getKey().equals(GRPC_CLIENT) == (this == GRPC))
				.mapToLong((client) -> client.getValue().failed())
				.sum();
		}

	}

}
