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

package io.gracewrap.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.boot.json.JsonParserFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the generated configuration metadata, and for the table of the documentation
 * that repeats it.
 *
 * @author GraceWrap Maintainers
 */
class ConfigurationMetadataTests {

	private static final Path DOCUMENTATION = Path.of("..", "docs", "configuration.md");

	private final Map<String, Map<String, Object>> properties = properties();

	@Test
	void hasEveryPropertyAndNoOther() {
		assertThat(this.properties).containsOnlyKeys("gracewrap.enabled", "gracewrap.load-balancer-delay",
				"gracewrap.quiet-period", "gracewrap.max-load-balancer-delay", "gracewrap.drain-timeout",
				"gracewrap.hard-stop-timeout", "gracewrap.termination-grace-period", "gracewrap.pre-stop-sleep",
				"gracewrap.compliance.log-at-shutdown", "gracewrap.end-streams", "gracewrap.end-streams-within",
				"gracewrap.stream-media-types", "gracewrap.http2-goaway", "gracewrap.termination-log",
				"gracewrap.metrics.enabled", "gracewrap.metrics.final-scrape-wait");
	}

	@Test
	void everyPropertyHasItsTypeAndDefault() {
		Map<String, Object> defaults = new HashMap<>();
		defaults.put("gracewrap.enabled", true);
		defaults.put("gracewrap.load-balancer-delay", null);
		defaults.put("gracewrap.quiet-period", "1s");
		defaults.put("gracewrap.max-load-balancer-delay", null);
		defaults.put("gracewrap.drain-timeout", "25s");
		defaults.put("gracewrap.hard-stop-timeout", "5s");
		defaults.put("gracewrap.termination-grace-period", null);
		defaults.put("gracewrap.pre-stop-sleep", null);
		defaults.put("gracewrap.compliance.log-at-shutdown", false);
		defaults.put("gracewrap.end-streams", true);
		defaults.put("gracewrap.end-streams-within", null);
		defaults.put("gracewrap.stream-media-types", "text/event-stream,application/x-ndjson");
		defaults.put("gracewrap.http2-goaway", true);
		defaults.put("gracewrap.termination-log", "/dev/termination-log");
		defaults.put("gracewrap.metrics.enabled", true);
		defaults.put("gracewrap.metrics.final-scrape-wait", "0s");
		Map<String, String> types = Map.of("gracewrap.enabled", "java.lang.Boolean", "gracewrap.end-streams",
				"java.lang.Boolean", "gracewrap.http2-goaway", "java.lang.Boolean", "gracewrap.metrics.enabled",
				"java.lang.Boolean", "gracewrap.compliance.log-at-shutdown", "java.lang.Boolean",
				"gracewrap.stream-media-types", "java.util.List<org.springframework.util.MimeType>",
				"gracewrap.termination-log", "java.lang.String");
		assertThat(this.properties).allSatisfy((name, property) -> {
			assertThat(property.get("defaultValue")).isEqualTo(defaults.get(name));
			assertThat(property).containsEntry("type", types.getOrDefault(name, "java.time.Duration"));
		});
	}

	@Test
	void everyPropertyIsDescribed() {
		assertThat(this.properties).allSatisfy((name, property) -> {
			String description = (String) property.get("description");
			assertThat(description).isNotBlank().endsWith(".").doesNotContain("\n").doesNotStartWith("The ");
			assertThat(description).doesNotStartWith("A ").doesNotStartWith("An ");
			if (property.get("type").equals("java.lang.Boolean")) {
				assertThat(description).startsWith("Whether ");
			}
		});
	}

	@Test
	void documentationHasARowForEveryPropertyAndNoOther() throws IOException {
		List<String> rows = Files.readAllLines(DOCUMENTATION)
			.stream()
			.filter((line) -> line.startsWith("| `gracewrap."))
			.toList();
		assertThat(rows).extracting((row) -> row.split("`")[1])
			.containsExactlyInAnyOrderElementsOf(this.properties.keySet());
		assertThat(rows).allSatisfy((row) -> {
			String[] cells = row.split("\\|");
			Map<String, Object> property = this.properties.get(cells[1].replace("`", "").trim());
			if (property.get("defaultValue") != null) {
				assertThat(cells[2].trim()).isEqualTo("`" + property.get("defaultValue") + "`");
			}
			String firstSentence = ((String) property.get("description")).split("(?<=\\.) ")[0];
			assertThat(cells[3].replace("`", "").trim())
				.startsWith(firstSentence.substring(0, firstSentence.length() - 1));
		});
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Map<String, Object>> properties() {
		Map<String, Map<String, Object>> properties = new HashMap<>();
		ConfigurationMetadataTests.class.getClassLoader()
			.resources("META-INF/spring-configuration-metadata.json")
			.flatMap((resource) -> ((List<Map<String, Object>>) parse(resource).get("properties")).stream())
			.filter((property) -> ((String) property.get("name")).startsWith("gracewrap"))
			.forEach((property) -> properties.put((String) property.get("name"), property));
		return properties;
	}

	private static Map<String, Object> parse(URL resource) {
		try (InputStream content = resource.openStream()) {
			return JsonParserFactory.getJsonParser()
				.parseMap(new String(content.readAllBytes(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
