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

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CostReport}.
 *
 * @author GraceWrap Maintainers
 */
class CostReportTests {

	@TempDir
	private Path directory;

	private final CostReport report = new CostReport();

	@Test
	void takesTheMedianOfRatios() {
		add(Measure.THROUGHPUT, 100, 100, 198, 200, 300, 400);
		add(Measure.HEAP, 30, 24);
		assertThat(this.report.table()).contains(
				"| tomcat | requests per second | 198 (149 to 249) | 200 (150 to 300) | 0.990 | 0.870 to 0.995 | 3 |",
				"| tomcat | heap after load and GC, MB | 30.00 | 24.00 | 1.250 | 1.250 to 1.250 | 1 |");
	}

	@Test
	void theBetterQuartileDecides() {
		add(Measure.THROUGHPUT, 80, 100, 99, 100, 100, 100);
		add(Measure.START, 110, 100, 105, 100, 102, 100);
		assertThat(this.report.misses())
			.containsExactly("tomcat: start until ready, ms, ratio 1.050, " + "quartiles 1.035 to 1.075");
	}

	@Test
	void withinOneJvmTheMedianDecides() {
		add(Measure.BLOCKS, 98, 100, 98, 100, 100, 100);
		add(Measure.BLOCKS_READING, 98, 100, 99, 100, 99.5, 100);
		assertThat(this.report.misses())
			.containsExactly("tomcat: requests per second, in one JVM, ratio 0.980, quartiles 0.980 to 0.990");
	}

	@Test
	void saysNothingOfWhatHasNoBudget() {
		add(Measure.THROUGHPUT, 100, 100);
		add(Measure.START_CPU, 103, 100);
		add(Measure.CPU_PER_REQUEST, 200, 100);
		assertThat(this.report.misses()).isEmpty();
	}

	@Test
	void writesWhatWasMeasured() throws Exception {
		add(Measure.P50, 1.5, 1.25, 1.75, 2);
		this.report.write(this.directory);
		assertThat(this.directory.resolve("cost.csv")).hasContent("""
				server,measure,pair,gracewrap,boot
				tomcat,P50,1,1.5,1.25
				tomcat,P50,2,1.75,2.0
				""");
		assertThat(Files.readString(this.directory.resolve("cost.md"))).isEqualTo(this.report.table());
	}

	private void add(Measure measure, double... pairs) {
		for (int i = 0; i < pairs.length; i += 2) {
			this.report.add("tomcat", measure, pairs[i], pairs[i + 1]);
		}
	}

}
