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

import io.gracewrap.GraceWrapLifecycle;
import io.gracewrap.metrics.DrainMetrics;
import io.gracewrap.metrics.FinalScrape;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GraceWrapMetricsAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
class GraceWrapMetricsAutoConfigurationTests {

	private static final AutoConfigurations METRICS = AutoConfigurations.of(MetricsAutoConfiguration.class,
			CompositeMeterRegistryAutoConfiguration.class);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
					GraceWrapAutoConfiguration.class, GraceWrapMetricsAutoConfiguration.class));

	@Test
	void metersAreInTheRegistriesOfSpringBoot() {
		this.contextRunner.withConfiguration(METRICS)
			.withConfiguration(AutoConfigurations.of(SimpleMetricsExportAutoConfiguration.class,
					PrometheusMetricsExportAutoConfiguration.class))
			.run((context) -> {
				assertThat(context).hasNotFailed().hasSingleBean(DrainMetrics.class);
				assertThat(context.getBean(PrometheusMeterRegistry.class).scrape())
					.contains("gracewrap_shutdowns_total 0.0");
			});
	}

	@Test
	void metersAreInARegistryOfTheUser() {
		this.contextRunner.withConfiguration(METRICS)
			.withBean("user", MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> assertHasMeters(context.getBean("user", MeterRegistry.class)));
	}

	@Test
	void metersAreInEachOfSeveralRegistriesOfTheUser() {
		this.contextRunner.withConfiguration(METRICS)
			.withBean("one", MeterRegistry.class, SimpleMeterRegistry::new)
			.withBean("two", MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> {
				assertThat(context).hasSingleBean(CompositeMeterRegistry.class);
				assertHasMeters(context.getBean("one", MeterRegistry.class));
				assertHasMeters(context.getBean("two", MeterRegistry.class));
			});
	}

	@Test
	void worksWithLazyInitialization() {
		this.contextRunner.withConfiguration(METRICS)
			.withConfiguration(AutoConfigurations.of(EndpointAutoConfiguration.class))
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.withBean("user", MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> assertHasMeters(context.getBean("user", MeterRegistry.class)));
	}

	@Test
	void backsOffWhenDisabled() {
		this.contextRunner
			.withPropertyValues("gracewrap.metrics.enabled=false", "gracewrap.metrics.final-scrape-wait=5s")
			.run(this::hasTheDrainAlone);
	}

	@Test
	void backsOffWithoutMicrometer() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(MeterRegistry.class))
			.withPropertyValues("gracewrap.metrics.final-scrape-wait=5s")
			.run(this::hasTheDrainAlone);
	}

	@Test
	void backsOffWithoutTheDrain() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(GraceWrapLifecycle.class)
				.doesNotHaveBean(DrainMetrics.class));
	}

	@Test
	void waitsForNoScrapeByDefault() {
		this.contextRunner
			.run((context) -> assertThat(context).hasSingleBean(DrainMetrics.class).doesNotHaveBean(FinalScrape.class));
	}

	@Test
	void waitsForAScrapeIfAskedTo() {
		this.contextRunner.withConfiguration(AutoConfigurations.of(EndpointAutoConfiguration.class))
			.withPropertyValues("gracewrap.metrics.final-scrape-wait=5s")
			.run((context) -> {
				assertThat(context).hasSingleBean(FinalScrape.class);
				assertThat(context.getBeanProvider(OperationInvokerAdvisor.class).orderedStream()).hasSizeGreaterThan(1)
					.first()
					.isInstanceOf(FinalScrape.class);
			});
	}

	@Test
	void waitsForNoScrapeWithoutEndpoints() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(ManagementPortType.class))
			.withPropertyValues("gracewrap.metrics.final-scrape-wait=5s")
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(DrainMetrics.class)
				.doesNotHaveBean(FinalScrape.class));
	}

	@Test
	void refusesAWaitThatIsNegative() {
		this.contextRunner.withPropertyValues("gracewrap.metrics.final-scrape-wait=-5s")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessage("The property 'gracewrap.metrics.final-scrape-wait' is -5s, but it must not be negative."));
	}

	private void hasTheDrainAlone(AssertableApplicationContext context) {
		assertThat(context).hasNotFailed()
			.hasSingleBean(GraceWrapLifecycle.class)
			.doesNotHaveBean(DrainMetrics.class)
			.doesNotHaveBean(FinalScrape.class);
	}

	private static void assertHasMeters(MeterRegistry registry) {
		assertThat(registry.get("gracewrap.shutdowns").functionCounter().count()).isZero();
		assertThat(registry.get("gracewrap.state").tag("state", "serving").gauge().value()).isOne();
	}

}
