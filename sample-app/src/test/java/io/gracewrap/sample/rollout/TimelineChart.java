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

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.plot.CombinedDomainXYPlot;
import org.jfree.chart.plot.IntervalMarker;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYItemRenderer;
import org.jfree.chart.renderer.xy.XYStepAreaRenderer;
import org.jfree.chart.renderer.xy.XYStepRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleAnchor;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jspecify.annotations.Nullable;

/**
 * A picture of one shutdown: what was in flight, answered and failed, which new
 * connections came, what the readiness probe said, and the states.
 *
 * @author GraceWrap Maintainers
 */
final class TimelineChart {

	private static final Duration BUCKET = Duration.ofMillis(100);

	private static final double BEFORE = -2;

	private static final Color GREEN = new Color(0x1B7F4B);

	private static final Color RED = new Color(0x9B1C31);

	private static final Color BLUE = new Color(0x4C6FB1);

	private static final Map<String, Color> STATES = Map.of("REFUSING", new Color(0xFFF4D6), "DRAINING",
			new Color(0xFFE0C2), "STOPPING", new Color(0xF6CBC4));

	private final RolloutResult result;

	private final double end;

	private TimelineChart(RolloutResult result) {
		this.result = result;
		this.end = ((result.exit() != null) ? result.exit().sinceSignal().toMillis() / 1000.0 : 30) + 0.3;
	}

	static JFreeChart of(RolloutResult result) {
		return new TimelineChart(result).create();
	}

	private JFreeChart create() {
		NumberAxis time = new NumberAxis("seconds since SIGTERM");
		time.setRange(BEFORE, this.end);
		CombinedDomainXYPlot plots = new CombinedDomainXYPlot(time);
		plots.setGap(10);
		plots.add(plot(0, "in flight", inFlight(), new XYStepAreaRenderer(), BLUE), 3);
		XYPlot answered = plot(1, "answered / 0.1 s", perBucket(Timeline.Sample::answered), new XYStepAreaRenderer(),
				GREEN);
		answered.setDataset(1, new XYSeriesCollection(perBucket(Timeline.Sample::failed)));
		XYItemRenderer failed = new XYStepAreaRenderer();
		failed.setSeriesPaint(0, RED);
		answered.setRenderer(1, failed);
		plots.add(answered, 3);
		plots.add(plot(2, "new connections / 0.1 s", perBucket(Timeline.Sample::connections), new XYStepAreaRenderer(),
				new Color(0x7A6A9B)), 3);
		XYPlot readiness = plot(3, "readiness", readiness(), new XYStepRenderer(), Color.BLACK);
		SymbolAxis statuses = new SymbolAxis("readiness", new String[] { "none", "503", "200" });
		statuses.setGridBandsVisible(false);
		statuses.setRange(-0.3, 2.4);
		readiness.setRangeAxis(statuses);
		plots.add(readiness, 2);
		JFreeChart chart = new JFreeChart(
				"%s on %s: %,d requests, %,d failed".formatted(this.result.arm().label(), this.result.server(),
						this.result.total().requests(), this.result.total().failed()),
				new Font(Font.SANS_SERIF, Font.BOLD, 16), plots, false);
		chart.setBackgroundPaint(Color.WHITE);
		return chart;
	}

	/**
	 * Create one of the plots. Each names another state, as the last ones may be short.
	 */
	private XYPlot plot(int number, String name, XYSeries series, XYItemRenderer renderer, Color color) {
		NumberAxis axis = new NumberAxis(name);
		axis.setLabelFont(axis.getLabelFont().deriveFont(11F));
		XYPlot plot = new XYPlot(new XYSeriesCollection(series), null, axis, renderer);
		renderer.setSeriesPaint(0, color);
		renderer.setSeriesStroke(0, new BasicStroke(1.5F));
		plot.setBackgroundPaint(Color.WHITE);
		plot.setDomainGridlinesVisible(false);
		plot.setOutlineVisible(false);
		List<Map.Entry<String, Duration>> states = new ArrayList<>(this.result.states().sinceSignal().entrySet());
		for (int i = 0; i < states.size(); i++) {
			Color background = STATES.get(states.get(i).getKey());
			if (background != null) {
				double from = seconds(states.get(i).getValue());
				double to = (i + 1 < states.size()) ? seconds(states.get(i + 1).getValue()) : this.end;
				IntervalMarker marker = new IntervalMarker(from, to, background);
				marker.setAlpha(1);
				if (number == i) {
					label(marker, states.get(i).getKey());
				}
				plot.addDomainMarker(marker, Layer.BACKGROUND);
			}
		}
		plot.addDomainMarker(line(0, (number == 0) ? "SIGTERM" : null));
		plot.addDomainMarker(
				line(seconds(RolloutRun.routed(this.result.arm())), (number == 0) ? "no longer routed to" : null));
		return plot;
	}

	private static void label(IntervalMarker marker, String text) {
		marker.setLabel(text);
		marker.setLabelFont(new Font(Font.SANS_SERIF, Font.BOLD, 11));
		marker.setLabelAnchor(RectangleAnchor.TOP_LEFT);
		marker.setLabelTextAnchor(TextAnchor.TOP_RIGHT);
	}

	private static ValueMarker line(double at, @Nullable String text) {
		ValueMarker marker = new ValueMarker(at, Color.DARK_GRAY, new BasicStroke(1));
		if (text != null) {
			marker.setLabel(text);
			marker.setLabelAnchor(RectangleAnchor.BOTTOM_LEFT);
			marker.setLabelTextAnchor(TextAnchor.BOTTOM_RIGHT);
		}
		return marker;
	}

	private XYSeries inFlight() {
		XYSeries series = new XYSeries("in flight");
		// The scale is that of what can be seen.
		this.result.timeline()
			.stream()
			.filter((sample) -> seconds(sample) >= BEFORE)
			.forEach((sample) -> series.addOrUpdate(seconds(sample), sample.inFlight()));
		return series;
	}

	private XYSeries perBucket(ToLongFunction<Timeline.Sample> count) {
		XYSeries series = new XYSeries("count");
		List<Timeline.Sample> samples = this.result.timeline();
		long since = samples.get(0).nanoTime();
		long counted = count.applyAsLong(samples.get(0));
		for (Timeline.Sample sample : samples) {
			if (sample.nanoTime() - since >= BUCKET.toNanos()) {
				long now = count.applyAsLong(sample);
				series.addOrUpdate(seconds(sample) - BUCKET.toMillis() / 1000.0, now - counted);
				since = sample.nanoTime();
				counted = now;
			}
		}
		return series;
	}

	private XYSeries readiness() {
		XYSeries series = new XYSeries("readiness");
		series.add(BEFORE, 2);
		for (Probes.Probe probe : this.result.probes()) {
			series.addOrUpdate(seconds(probe.sinceSignal()),
					(probe.status() == 200) ? 2 : (probe.status() == 503) ? 1 : 0);
		}
		series.addOrUpdate(this.end, 0);
		return series;
	}

	private double seconds(Timeline.Sample sample) {
		return (sample.nanoTime() - this.result.signal().nanoTime()) / 1e9;
	}

	private static double seconds(Duration time) {
		return time.toMillis() / 1000.0;
	}

}
