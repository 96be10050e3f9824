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

package io.gracewrap.metrics;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.gracewrap.Drain;
import io.gracewrap.DrainLog;
import io.gracewrap.DrainSettings;
import io.gracewrap.InFlightRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.mockito.Mockito.mock;

/**
 * Tests that the dashboard and the alerts are about meters that exist.
 *
 * @author GraceWrap Maintainers
 */
class DocumentationTests {

	private static final Path DOCUMENTATION = Path.of("..", "docs");

	private static final Path DASHBOARD = DOCUMENTATION.resolve("grafana-dashboard.json");

	private static final Path RULES = DOCUMENTATION.resolve("prometheus-rules.yml");

	private static final Path RULES_TEST = DOCUMENTATION.resolve("prometheus-rules-test.yml");

	private static final Pattern METRIC = Pattern.compile("\\bgracewrap_\\w+");

	@ParameterizedTest
	@ValueSource(strings = { "grafana-dashboard.json", "prometheus-rules.yml", "prometheus-rules-test.yml",
			"how-it-works.md" })
	void everyMetricThatIsNamedExists(String file) throws IOException {
		assertThat(named(DOCUMENTATION.resolve(file))).isNotEmpty().isSubsetOf(registered());
	}

	@Test
	void dashboardAndDocumentationLeaveNoMetricOut() throws IOException {
		assertThat(named(DASHBOARD)).containsExactlyInAnyOrderElementsOf(registered());
		assertThat(named(DOCUMENTATION.resolve("how-it-works.md"))).containsExactlyInAnyOrderElementsOf(registered());
	}

	@Test
	void dashboardLetsTheReaderChooseTheDataSource() throws IOException {
		String json = Files.readString(DASHBOARD);
		Map<String, Object> dashboard = JsonParserFactory.getJsonParser().parseMap(json);
		assertThat(dashboard).containsKeys("title", "uid", "schemaVersion", "templating");
		List<Map<String, Object>> panels = list(dashboard.get("panels"));
		assertThat(panels).isNotEmpty()
			.allSatisfy((panel) -> assertThat(panel).containsEntry("datasource", dataSource())
				.containsKeys("id", "title", "type", "gridPos", "fieldConfig"));
		assertThat(panels).extracting((panel) -> panel.get("id")).doesNotHaveDuplicates();
		assertThat(json).contains("\"name\": \"datasource\"", "\"type\": \"datasource\"");
	}

	@Test
	void everyQueryOfTheDashboardCanBeRead(@TempDir Path directory) throws Exception {
		Map<String, Object> dashboard = JsonParserFactory.getJsonParser().parseMap(Files.readString(DASHBOARD));
		StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
		for (Map<String, Object> panel : list(dashboard.get("panels"))) {
			for (Map<String, Object> target : list(panel.get("targets"))) {
				String query = target.get("expr")
					.toString()
					.replace("$__rate_interval", "1m")
					.replace("$__range", "1h");
				rules.append("  - record: \"panel:%s:%s\"%n    expr: '%s'%n".formatted(panel.get("id"),
						target.get("refId"), query));
			}
		}
		Path file = Files.writeString(directory.resolve("dashboard.yml"), rules.toString());
		assertThat(promtool("check", "rules", file.toString())).contains("SUCCESS");
	}

	@Test
	void rulesAreValid() throws Exception {
		assertThat(promtool("check", "rules", RULES.toString())).contains("SUCCESS");
	}

	@Test
	void rulesDoWhatTheyAreFor() throws Exception {
		assertThat(promtool("test", "rules", RULES_TEST.toString())).contains("SUCCESS");
	}

	@Test
	void everyRuleIsTestedForItsAlertAndForItsSilence() throws IOException {
		String tests = Files.readString(RULES_TEST);
		assertThat(Files.readAllLines(RULES).stream().map(String::trim).filter((line) -> line.startsWith("- alert: ")))
			.hasSize(5)
			.allSatisfy((line) -> {
				String alert = "alertname: " + line.substring("- alert: ".length());
				assertThat(tests).containsPattern(Pattern.quote(alert) + "\\n +exp_alerts:")
					.containsPattern(Pattern.quote(alert) + "\\n(?! +exp_alerts:)");
			});
	}

	private static Set<String> named(Path file) throws IOException {
		Matcher matcher = METRIC.matcher(Files.readString(file));
		return matcher.results().map((result) -> result.group()).collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> registered() {
		PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		ApplicationAvailability availability = mock(ApplicationAvailability.class);
		Duration second = Duration.ofSeconds(1);
		Drain drain = new Drain(mock(ApplicationContext.class), availability,
				new DrainSettings(second, second, second, second, second), new InFlightRegistry(), List::of,
				DrainLog.PLAIN);
		new DrainMetrics(drain, availability).bindTo(registry);
		return registry.scrape()
			.lines()
			.filter((line) -> line.startsWith("# TYPE "))
			.map((line) -> line.split(" ")[2])
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static String promtool(String... arguments) throws IOException, InterruptedException {
		boolean installed = Stream.of(System.getenv("PATH").split(":"))
			.anyMatch((folder) -> Files.isExecutable(Path.of(folder, "promtool")));
		assumeThat(installed).as("promtool is installed").isTrue();
		Process process = new ProcessBuilder(Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList())
			.redirectErrorStream(true)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).as(output).isZero();
		return output;
	}

	private static Map<String, Object> dataSource() {
		return Map.of("type", "prometheus", "uid", "${datasource}");
	}

	@SuppressWarnings("unchecked")
	private static List<Map<String, Object>> list(Object value) {
		return (List<Map<String, Object>>) value;
	}

}
