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

package io.gracewrap.actuate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Probes tell the state for as long as the application drains.
 *
 * @author GraceWrap Maintainers
 */
abstract class AbstractProbeTests {

	private static final String LIVENESS = "/actuator/health/liveness";

	private static final String READINESS = "/actuator/health/readiness";

	abstract Class<?> server();

	abstract String type();

	RunningApplication start(String... properties) {
		return RunningApplication.start(RunningApplication.sources(ProbedApplication.class, server()),
				RunningApplication.properties(properties, "spring.main.web-application-type=" + type(),
						"gracewrap.quiet-period=0s"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "readiness", "traffic" })
	void noOtherIndicatorDelaysReadinessWhileTrafficIsRefused(String group) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"management.endpoint.health.group." + group + ".include=readinessState,database",
				"management.endpoint.health.group." + group + ".additional-path=server:/ready")) {
			int port = application.port();
			Database database = application.bean(Database.class);
			assertThat(status(port, "/actuator/health/" + group)).isEqualTo(200);
			database.down = true;
			assertThat(status(port, "/actuator/health/" + group)).as("counts while serving").isEqualTo(503);
			database.hangs = true;
			application.bean(GraceWrap.class).drain();
			int asked = database.asked;
			assertThat(status(port, "/actuator/health/" + group)).isEqualTo(503);
			assertThat(status(port, "/ready")).isEqualTo(503);
			assertThat(status(port, LIVENESS)).isEqualTo(200);
			assertThat(database.asked).isEqualTo(asked);
		}
	}

	@Test
	void aGroupOfEverythingAnswersWhereThereIsNoReadinessState() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"management.endpoint.health.probes.enabled=false", "management.endpoint.health.group.all.include=*")) {
			application.bean(GraceWrap.class).drain();
			assertThat(status(application.port(), "/actuator/health/all")).isEqualTo(200);
			application.bean(Database.class).down = true;
			assertThat(status(application.port(), "/actuator/health/all")).isEqualTo(503);
		}
	}

	@Test
	void anOwnManagementPortAnswersUntilTheServersHaveDrained() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=1s",
				"gracewrap.max-load-balancer-delay=15s", "management.server.port=0");
		int port = application.context()
			.getBean(Environment.class)
			.getRequiredProperty("local.management.port", Integer.class);
		assertThat(status(port, READINESS)).isEqualTo(200);
		InFlight work = application.bean(InFlightRegistry.class).begin(Protocol.WORK, null, true);
		GraceWrap graceWrap = application.bean(GraceWrap.class);
		CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
		List<DrainState> answeredIn = new ArrayList<>();
		for (DrainState state : List.of(DrainState.REFUSING, DrainState.DRAINING)) {
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == state);
			assertThat(status(port, READINESS)).isEqualTo(503);
			assertThat(status(port, LIVENESS)).isEqualTo(200);
			answeredIn.add(state);
			if (state == DrainState.REFUSING) {
				// Holds the drain, but not the window.
				InFlight next = application.bean(InFlightRegistry.class).begin(Protocol.WORK, null, false);
				work.close();
				work = next;
			}
		}
		assertThat(answeredIn).hasSize(2);
		work.close();
		closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	@Test
	void aRequestToTheManagementServerThatHangsDoesNotHoldTheApplicationBeyondItsBudget() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=0s", "gracewrap.drain-timeout=1s",
				"gracewrap.hard-stop-timeout=2s", "management.server.port=0");
		int port = application.context()
			.getBean(Environment.class)
			.getRequiredProperty("local.management.port", Integer.class);
		Database database = application.bean(Database.class);
		database.hangs = true;
		try (ClientConnection client = new ClientConnection(port)) {
			client.get("/actuator/health");
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> database.asked > 0);
			long begin = System.nanoTime();
			application.close();
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
		}
	}

	@Test
	void theSharedPortAnswersForTheWholeWindow() throws Exception {
		RunningApplication application = start("gracewrap.load-balancer-delay=1500ms");
		GraceWrap graceWrap = application.bean(GraceWrap.class);
		// Keeps the window open, however slow the machine.
		InFlight work = graceWrap.begin("work");
		int port = application.port();
		CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == DrainState.REFUSING);
		long until = System.nanoTime() + Duration.ofSeconds(1).toNanos();
		int answered = 0;
		while (System.nanoTime() - until < 0) {
			assertThat(status(port, READINESS)).isEqualTo(503);
			assertThat(status(port, LIVENESS)).isEqualTo(200);
			answered++;
		}
		assertThat(answered).isPositive();
		work.close();
		closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	private static int status(int port, String path) throws Exception {
		try (ClientConnection client = new ClientConnection(port)) {
			return client.get(path).receive().status();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ProbedApplication {

		@Bean
		Database database() {
			return new Database();
		}

	}

	/**
	 * Hangs when it is told to.
	 */
	static class Database implements HealthIndicator {

		private volatile boolean down;

		private volatile boolean hangs;

		private volatile int asked;

		@Override
		public Health health() {
			this.asked++;
			if (this.hangs) {
				try {
					Thread.sleep(30_000);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
			return this.down ? Health.down().build() : Health.up().build();
		}

	}

}
