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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests that Kubernetes knows every field of the manifests, and misses none. The schema
 * is that of the Java client, which is generated from the API of Kubernetes and refuses
 * what is not in it. A {@code PodMonitor} is no part of that API.
 *
 * @author GraceWrap Maintainers
 */
class KubernetesSchemaTests {

	private static final Path MANIFESTS = Path.of("..", "docs", "kubernetes");

	@Test
	void deploymentIsValid() throws IOException {
		assertThat(read(manifest("deployment.yaml"), V1Deployment.class)).isNotNull();
	}

	@Test
	void serviceIsValid() throws IOException {
		assertThat(read(manifest("service.yaml"), V1Service.class)).isNotNull();
	}

	@Test
	void podDisruptionBudgetIsValid() throws IOException {
		assertThat(read(manifest("poddisruptionbudget.yaml"), V1PodDisruptionBudget.class)).isNotNull();
	}

	@Test
	void fieldThatKubernetesDoesNotKnowIsRefused() throws IOException {
		String manifest = manifest("deployment.yaml").replace("readinessProbe:", "readynessProbe:");
		assertThatIllegalArgumentException().isThrownBy(() -> read(manifest, V1Deployment.class))
			.withMessageContaining("readynessProbe");
	}

	@Test
	void fieldThatIsMissingIsRefused() throws IOException {
		String manifest = manifest("service.yaml").replace("port: 80", "appProtocol: http");
		assertThatIllegalArgumentException().isThrownBy(() -> read(manifest, V1Service.class))
			.withMessageContaining("required field `port`");
	}

	private static Object read(String manifest, Class<?> type) {
		Map<String, Object> document = new Yaml().load(manifest);
		return JSON.deserialize(JSON.serialize(document), type);
	}

	private static String manifest(String name) throws IOException {
		return Files.readString(MANIFESTS.resolve(name));
	}

}
