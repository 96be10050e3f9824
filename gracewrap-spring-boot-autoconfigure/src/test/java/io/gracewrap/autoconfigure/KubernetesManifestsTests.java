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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.gracewrap.DrainSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the Kubernetes manifests agree with the defaults and with each other.
 *
 * @author GraceWrap Maintainers
 */
class KubernetesManifestsTests {

	private static final Path MANIFESTS = Path.of("..", "docs", "kubernetes");

	private static final String LABEL = "app.kubernetes.io/name";

	private final Map<String, Object> deployment = manifest("deployment.yaml");

	private final Map<String, Object> pod = map(this.deployment, "spec", "template", "spec");

	private final Map<String, Object> container = maps(this.pod.get("containers")).get(0);

	@Test
	void drainAndHardStopFitTheGracePeriodThatTheApplicationIsTold() {
		Duration gracePeriod = seconds(this.pod, "terminationGracePeriodSeconds");
		withEnvironment().run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(GraceWrapProperties.class).getTerminationGracePeriod()).isEqualTo(gracePeriod);
			assertThat(context.getBean(DrainSettings.class).budget()).isLessThanOrEqualTo(gracePeriod);
		});
	}

	@Test
	void environmentSetsNothingElseOfOurs() {
		assertThat(environment().keySet()).filteredOn((name) -> name.startsWith("GRACEWRAP_"))
			.containsExactly("GRACEWRAP_TERMINATION_GRACE_PERIOD");
	}

	@Test
	void nothingSleepsBeforeSigtermAndNothingHidesTheJvm() {
		assertThat(maps(this.pod.get("containers"))).hasSize(1);
		assertThat(this.container).doesNotContainKeys("lifecycle", "command", "args");
		assertThat(this.pod).doesNotContainKey("shareProcessNamespace");
	}

	@ParameterizedTest
	@ValueSource(strings = { "startupProbe:liveness", "livenessProbe:liveness", "readinessProbe:readiness" })
	void probesAskTheHealthGroupsOnTheMainPort(String probeAndGroup) {
		String[] names = probeAndGroup.split(":");
		assertThat(map(this.container, names[0], "httpGet")).containsEntry("path", "/actuator/health/" + names[1])
			.containsEntry("port", "http");
		assertThat(maps(this.container.get("ports"))).containsExactly(Map.of("name", "http", "containerPort", 8080));
	}

	@Test
	void readinessIsSeenWithinTheLoadBalancerDelay() {
		Map<String, Object> probe = map(this.container, "readinessProbe");
		Duration seen = seconds(probe, "periodSeconds").multipliedBy((Integer) probe.get("failureThreshold"));
		withEnvironment().run((context) -> {
			Duration delay = context.getBean(DrainSettings.class).loadBalancerDelay();
			assertThat(seen).isLessThan(delay);
		});
	}

	@Test
	void rolloutReplacesPodsBeforeItTakesThemAway() {
		assertThat(map(this.deployment, "spec", "strategy", "rollingUpdate")).containsEntry("maxUnavailable", 0)
			.containsEntry("maxSurge", 1);
		Integer replicas = (Integer) map(this.deployment, "spec").get("replicas");
		assertThat(replicas).isGreaterThan(1);
	}

	@Test
	void everySelectorFindsThePods() {
		Object name = map(this.deployment, "spec", "template", "metadata", "labels").get(LABEL);
		Map<String, Object> expected = Map.of(LABEL, name);
		assertThat(map(this.deployment, "spec", "selector", "matchLabels")).isEqualTo(expected);
		assertThat(map(manifest("service.yaml"), "spec", "selector")).isEqualTo(expected);
		assertThat(map(manifest("poddisruptionbudget.yaml"), "spec", "selector", "matchLabels")).isEqualTo(expected);
		assertThat(map(manifest("podmonitor.yaml"), "spec", "selector", "matchLabels")).isEqualTo(expected);
	}

	@Test
	void serviceRoutesToTheMainPort() {
		assertThat(maps(map(manifest("service.yaml"), "spec").get("ports")))
			.containsExactly(Map.of("name", "http", "port", 80, "targetPort", "http"));
	}

	@Test
	void monitorScrapesAnEndpointThatIsExposed() {
		Map<String, Object> monitor = manifest("podmonitor.yaml");
		assertThat(monitor).containsEntry("apiVersion", "monitoring.coreos.com/v1").containsEntry("kind", "PodMonitor");
		assertThat(maps(map(monitor, "spec").get("podMetricsEndpoints")).get(0)).containsEntry("port", "http")
			.containsEntry("path", "/actuator/prometheus");
		assertThat(environment().get("MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE").toString().split(","))
			.contains("health", "prometheus");
	}

	@Test
	void imageStartsTheJvmWithoutAShell() throws IOException {
		assertThat(Files.readAllLines(MANIFESTS.resolve("Dockerfile")))
			.filteredOn((line) -> line.startsWith("ENTRYPOINT") || line.startsWith("CMD"))
			.containsExactly("ENTRYPOINT [\"java\", \"-jar\", \"application.jar\"]");
	}

	private ApplicationContextRunner withEnvironment() {
		Map<String, Object> environment = environment();
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
					LifecycleAutoConfiguration.class, GraceWrapAutoConfiguration.class))
			.withPropertyValues("spring.main.cloud-platform=kubernetes")
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", environment)));
	}

	private Map<String, Object> environment() {
		Map<String, Object> environment = new LinkedHashMap<>();
		for (Map<String, Object> variable : maps(this.container.get("env"))) {
			assertThat(variable.get("value")).as("Kubernetes takes nothing but strings").isInstanceOf(String.class);
			environment.put((String) variable.get("name"), variable.get("value"));
		}
		return environment;
	}

	private static Duration seconds(Map<String, Object> from, String name) {
		return Duration.ofSeconds((Integer) from.get(name));
	}

	private static Map<String, Object> manifest(String name) {
		try {
			return new Yaml().load(Files.readString(MANIFESTS.resolve(name)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> map(Map<String, Object> from, String... path) {
		Map<String, Object> map = from;
		for (String name : path) {
			assertThat(map).containsKey(name);
			map = (Map<String, Object>) map.get(name);
		}
		return map;
	}

	@SuppressWarnings("unchecked")
	private static List<Map<String, Object>> maps(Object value) {
		return (List<Map<String, Object>>) value;
	}

}
