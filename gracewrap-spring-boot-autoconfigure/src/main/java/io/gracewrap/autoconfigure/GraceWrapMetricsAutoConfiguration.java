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

import java.time.Duration;

import io.gracewrap.Drain;
import io.gracewrap.metrics.DrainMetrics;
import io.gracewrap.metrics.FinalScrape;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration for the meters of the drain.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnDrain
@ConditionalOnSwitch("gracewrap.metrics.enabled")
public final class GraceWrapMetricsAutoConfiguration {

	@Bean
	DrainMetrics gracewrapDrainMetrics(Drain gracewrapDrain, ApplicationAvailability applicationAvailability) {
		return new DrainMetrics(gracewrapDrain, applicationAvailability);
	}

	/**
	 * The wait for the last scrape, for those who ask for it.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ManagementPortType.class)
	@ConditionalOnProperty("gracewrap.metrics.final-scrape-wait")
	static class FinalScrapeConfiguration {

		@Bean
		FinalScrape gracewrapFinalScrape(GraceWrapProperties properties, Environment environment) {
			Duration wait = properties.getMetrics().getFinalScrapeWait();
			DrainSettingsFactory.check("metrics.final-scrape-wait", wait);
			return new FinalScrape(wait, ManagementPortType.get(environment) == ManagementPortType.DIFFERENT);
		}

	}

}
