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

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.gracewrap.Drain;
import io.gracewrap.DrainState;
import io.gracewrap.InFlight;
import io.gracewrap.autoconfigure.GraceWrapAutoConfiguration;
import io.gracewrap.autoconfigure.GraceWrapMetricsAutoConfiguration;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.step.StepMeterRegistry;
import io.micrometer.core.instrument.step.StepRegistryConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that registries which push publish once more when the drain is over: Spring Boot
 * closes them after the listener that drains, and they publish when they close.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(60)
class LastPublishTests {

	@Test
	void theLastPublishHoldsTheFinalFigures() {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.registerShutdownHook(false)
			.run("--gracewrap.drain-timeout=500ms", "--gracewrap.hard-stop-timeout=400ms");
		Drain drain = context.getBean(Drain.class);
		PushingRegistry registry = context.getBean(PushingRegistry.class);
		drain.registry().begin("GET", "/stuck").suspend();
		InFlight finishing = drain.registry().begin("GET", "/finishing");
		finishing.onAbort(finishing::close);
		drain.drain();
		finishing.close();
		context.close();
		assertThat(registry.publishes).last().satisfies((publish) -> {
			assertThat(publish.state()).isEqualTo(DrainState.STOPPING);
			assertThat(publish.values()).containsEntry("gracewrap.drained.requests", 1.0)
				.containsEntry("gracewrap.aborted.requests", 1.0)
				.containsEntry("gracewrap.shutdowns", 1.0)
				.containsEntry("gracewrap.readiness.status", 0.0);
			assertThat(publish.values().get("gracewrap.shutdown.duration")).isGreaterThanOrEqualTo(0.5);
		});
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			MetricsAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class,
			GraceWrapAutoConfiguration.class, GraceWrapMetricsAutoConfiguration.class })
	static class Application {

		@Bean
		PushingRegistry pushingRegistry(ObjectProvider<Drain> drain) {
			return new PushingRegistry(() -> drain.getObject().state());
		}

	}

	/**
	 * Pushes once an hour, and when it closes.
	 */
	static class PushingRegistry extends StepMeterRegistry {

		private final List<Publish> publishes = new CopyOnWriteArrayList<>();

		private final Supplier<DrainState> state;

		PushingRegistry(Supplier<DrainState> state) {
			super(new Hourly(), Clock.SYSTEM);
			this.state = state;
		}

		@Override
		protected void publish() {
			Map<String, Double> values = new LinkedHashMap<>();
			for (Meter meter : getMeters()) {
				values.put(meter.getId().getName(), meter.measure().iterator().next().getValue());
			}
			this.publishes.add(new Publish(this.state.get(), values));
		}

		@Override
		protected TimeUnit getBaseTimeUnit() {
			return TimeUnit.SECONDS;
		}

	}

	private static final class Hourly implements StepRegistryConfig {

		@Override
		public String prefix() {
			return "pushing";
		}

		@Override
		public String get(String key) {
			return null;
		}

		@Override
		public Duration step() {
			return Duration.ofHours(1);
		}

	}

	private record Publish(DrainState state, Map<String, Double> values) {

	}

}
