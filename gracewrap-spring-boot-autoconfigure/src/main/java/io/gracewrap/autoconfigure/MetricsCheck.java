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

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;

import org.springframework.context.ApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Checks that the drain can be seen in metrics. Knows no class of Micrometer, which may
 * be absent.
 *
 * @param context the application context that is drained
 * @param scraped whether the endpoint that Prometheus scrapes is served
 * @param scrapeInVain whether a last scrape is to be waited for where it cannot be
 * @author GraceWrap Maintainers
 */
record MetricsCheck(ApplicationContext context, boolean scraped, boolean scrapeInVain) implements ComplianceCheck {

	/** What Spring Boot makes where there is no other. */
	private static final Set<String> WITHIN_THE_PROCESS = Set.of("SimpleMeterRegistry", "CompositeMeterRegistry",
			"AutoConfiguredCompositeMeterRegistry");

	/** Sends nothing by itself. */
	private static final String PROMETHEUS = "PrometheusMeterRegistry";

	private static final String PUSHGATEWAY = "management.prometheus.metrics.export.pushgateway.enabled";

	private static final String FINAL_SCRAPE = "gracewrap.metrics.final-scrape-wait";

	private static final String ENABLE = "management.metrics.enable.gracewrap";

	private static final String ENABLE_ALL = "management.metrics.enable.all";

	static final String REGISTRY = "io.micrometer.core.instrument.MeterRegistry";

	@Override
	public List<ComplianceRow> rows() {
		Environment environment = this.context.getEnvironment();
		List<ComplianceRow> rows = new ArrayList<>();
		rows.add(metrics(environment));
		if (this.scrapeInVain) {
			rows.add(ComplianceRow.warn("The last state can be scraped",
					"'" + FINAL_SCRAPE + "' is set, but the actuator has no port of its own, and nothing is waited for",
					"Set 'management.server.port', or remove '" + FINAL_SCRAPE + "'"));
		}
		return rows;
	}

	private ComplianceRow metrics(Environment environment) {
		String requirement = "The drain can be seen in metrics";
		if (!environment.getProperty("gracewrap.metrics.enabled", Boolean.class, true)) {
			return ComplianceRow.warn(requirement, "'gracewrap.metrics.enabled' is false", "Remove it");
		}
		boolean all = environment.getProperty(ENABLE_ALL, Boolean.class, true);
		if (!environment.getProperty(ENABLE, Boolean.class, all)) {
			return ComplianceRow.warn(requirement, "'" + (all ? ENABLE : ENABLE_ALL) + "' is false",
					"Set '" + ENABLE + "' to true");
		}
		List<String> registries = registries();
		if (!registries.isEmpty() && !this.context.containsLocalBean("gracewrapDrainMetrics")) {
			return ComplianceRow.warn(requirement, "there are no meters of GraceWrap",
					"Do not exclude GraceWrapMetricsAutoConfiguration");
		}
		if (registries.isEmpty()) {
			return ComplianceRow.warn(requirement, "no meter registry sends figures out of the process",
					"Add io.micrometer:micrometer-registry-prometheus and expose its endpoint, or add another registry");
		}
		boolean inVain = registries.stream().allMatch(PROMETHEUS::equals) && !this.scraped
				&& !environment.getProperty(PUSHGATEWAY, Boolean.class, false);
		return inVain ? ComplianceRow.warn(requirement, "the endpoint 'prometheus' is not served",
				"Add 'prometheus' to 'management.endpoints.web.exposure.include' of a web application and leave it its access, or add a registry that sends figures by itself")
				: ComplianceRow.pass(requirement, String.join(", ", registries));
	}

	private List<String> registries() {
		ClassLoader classLoader = this.context.getClassLoader();
		if (!ClassUtils.isPresent(REGISTRY, classLoader)) {
			return List.of();
		}
		return this.context.getBeansOfType(ClassUtils.resolveClassName(REGISTRY, classLoader), true, false)
			.values()
			.stream()
			.map((registry) -> registry.getClass().getSimpleName())
			.filter((name) -> !WITHIN_THE_PROCESS.contains(name))
			.toList();
	}

}
