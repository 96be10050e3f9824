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

package io.gracewrap.web.servlet;

import java.io.IOException;
import java.util.List;

import io.gracewrap.InFlightProbe;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Requests for the actuator are not work, wherever it is and however they end.
 *
 * @author GraceWrap Maintainers
 */
abstract class AbstractUntrackedRequestTests {

	abstract Class<?> server();

	@Test
	void endpointsAreNotTrackedAndTheirNeighboursAre() throws Exception {
		try (RunningApplication application = start("management.endpoint.health.probes.add-additional-paths=true")) {
			List<String> endpoints = List.of("/actuator", "/actuator/", "/actuator/health", "/actuator/health/",
					"/actuator/health/readiness", "/actuator/health/no-such-group", "/actuator/info",
					"/actuator/counting", "/actuator/failing", "/livez", "/readyz", "/actuator;a=b/health",
					"/%61ctuator/health", "/actuator/health?secret=1");
			assertTracked(application, application.port(), endpoints, 0);
			List<String> neighbours = List.of("/order", "/actuators", "/livezx", "/actuator-of-ours", "/health",
					"/actuator/ours", "/actuator/healthy");
			assertTracked(application, application.port(), neighbours, neighbours.size());
		}
	}

	@Test
	void endpointsAreNotTrackedBelowAnotherBasePathAndServletPath() throws Exception {
		try (RunningApplication application = start("management.endpoints.web.base-path=/manage",
				"spring.mvc.servlet.path=/api", "management.endpoint.health.probes.add-additional-paths=true")) {
			List<String> endpoints = List.of("/api/manage", "/api/manage/health", "/api/manage/health/readiness",
					"/api/manage/counting", "/api/livez", "/api/readyz");
			assertTracked(application, application.port(), endpoints, 0);
			List<String> neighbours = List.of("/api/order", "/api/actuator/health", "/manage/health", "/api/managed",
					"/api/manage/healthy");
			assertTracked(application, application.port(), neighbours, neighbours.size());
		}
	}

	@Test
	void endpointsAreNotTrackedWithoutABasePath() throws Exception {
		try (RunningApplication application = start("management.endpoints.web.base-path=/")) {
			assertTracked(application, application.port(), List.of("/health", "/health/readiness", "/counting"), 0);
			List<String> neighbours = List.of("/order", "/healthy", "/");
			assertTracked(application, application.port(), neighbours, neighbours.size());
		}
	}

	@Test
	void nothingIsTrackedOnAManagementPort() throws Exception {
		try (RunningApplication application = start("management.server.port=0",
				"management.endpoint.health.probes.add-additional-paths=true")) {
			int port = Integer.parseInt(application.context().getEnvironment().getProperty("local.management.port"));
			assertTracked(application, port, List.of("/actuator/health", "/actuator/health/readiness",
					"/actuator/counting", "/actuator/failing", "/actuator/no-such-endpoint", "/order", "/"), 0);
			List<String> ours = List.of("/order", "/actuator/health");
			assertTracked(application, application.port(), ours, ours.size());
		}
	}

	@Test
	void probesOnTheMainPortOfAnApplicationWithAManagementPortAreNotTracked() throws Exception {
		try (RunningApplication application = start("management.server.port=0",
				"management.endpoint.health.probes.add-additional-paths=true")) {
			assertTracked(application, application.port(), List.of("/livez", "/readyz"), 0);
			try (ClientConnection client = application.connect()) {
				assertThat(client.get("/readyz").receive().status()).isEqualTo(200);
			}
		}
	}

	private RunningApplication start(String... properties) {
		return RunningApplication.start(RunningApplication.sources(Application.class, server()),
				RunningApplication.properties(properties, "management.endpoints.web.exposure.include=*",
						"logging.level.root=off", "gracewrap.load-balancer-delay=0s", "gracewrap.quiet-period=0s"));
	}

	private static void assertTracked(RunningApplication application, int port, List<String> paths, int tracked)
			throws IOException {
		InFlightProbe inFlight = new InFlightProbe(application.bean(InFlightRegistry.class));
		long finishedBefore = inFlight.finished();
		long countedBefore = application.bean(CountingEndpoint.class).most;
		for (String path : paths) {
			long finished = inFlight.finished();
			try (ClientConnection client = new ClientConnection(port)) {
				client.send("GET " + path + " HTTP/1.1", "Connection: close").receive();
				assertThat(client.endsHere()).isTrue();
			}
			if (tracked == 0) {
				assertThat(inFlight.finished()).as(path).isEqualTo(finished);
			}
			else {
				Awaitility.await(path)
					.atMost(ClientConnection.TIMEOUT)
					.untilAsserted(() -> assertThat(inFlight.finished()).isEqualTo(finished + 1));
			}
		}
		assertThat(inFlight.describe()).isEmpty();
		assertThat(inFlight.finished() - finishedBefore).isEqualTo(tracked);
		assertThat(application.bean(CountingEndpoint.class).most).isEqualTo(countedBefore);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@RestController
	static class Application {

		@GetMapping({ "/order", "/actuator-of-ours", "/actuator/ours" })
		String order() {
			return "order";
		}

		@Bean
		CountingEndpoint countingEndpoint(InFlightRegistry registry) {
			return new CountingEndpoint(registry);
		}

		@Bean
		FailingEndpoint failingEndpoint() {
			return new FailingEndpoint();
		}

	}

	@Endpoint(id = "counting")
	static class CountingEndpoint {

		private final InFlightRegistry registry;

		private volatile int most;

		CountingEndpoint(InFlightRegistry registry) {
			this.registry = registry;
		}

		@ReadOperation
		int count() {
			this.most = Math.max(this.most, this.registry.count());
			return this.most;
		}

	}

	@Endpoint(id = "failing")
	static class FailingEndpoint {

		@ReadOperation
		String fail() {
			throw new IllegalStateException("fails");
		}

	}

}
