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

import java.util.Collection;
import java.util.stream.Stream;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceReport;
import io.gracewrap.Drain;
import io.gracewrap.DrainLog;
import io.gracewrap.DrainParticipant;
import io.gracewrap.DrainSettings;
import io.gracewrap.GraceWrapLifecycle;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.StreamDrain;
import io.gracewrap.compliance.ComplianceLog;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration for the drain, the lifecycle that runs it, and the report of what it
 * needs.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = { ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class })
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnSwitch("gracewrap.enabled")
@EnableConfigurationProperties({ GraceWrapProperties.class, LifecycleProperties.class })
@ImportRuntimeHints({ MimeTypeHints.class, OptionalLibraryHints.class, StandardChecks.Hints.class })
public final class GraceWrapAutoConfiguration {

	@Bean
	DrainSettings gracewrapDrainSettings(GraceWrapProperties properties, Environment environment) {
		return new DrainSettingsFactory(CloudPlatform.KUBERNETES.isActive(environment)).create(properties);
	}

	@Bean
	InFlightRegistry gracewrapInFlightRegistry(GraceWrapProperties properties) {
		return new InFlightRegistry(properties.isEndStreams());
	}

	@Bean
	StreamDrain gracewrapStreamDrain(InFlightRegistry gracewrapInFlightRegistry, GraceWrapProperties properties) {
		return new StreamDrain(gracewrapInFlightRegistry, DrainSettingsFactory.endStreamsWithin(properties));
	}

	@Bean
	Drain gracewrapDrain(ConfigurableApplicationContext context, ApplicationAvailability applicationAvailability,
			DrainSettings gracewrapDrainSettings, InFlightRegistry gracewrapInFlightRegistry,
			ObjectProvider<DrainParticipant> participants, ObjectProvider<DrainLog> gracewrapDrainLog) {
		return new Drain(context, applicationAvailability, gracewrapDrainSettings, gracewrapInFlightRegistry, () -> {
			// Not those of ancestors, whose servers outlive this context.
			Collection<DrainParticipant> own = context.getBeansOfType(DrainParticipant.class).values();
			return participants.orderedStream().filter(own::contains).toList();
		}, gracewrapDrainLog.getIfAvailable(() -> DrainLog.PLAIN));
	}

	@Bean
	GraceWrapLifecycle gracewrapLifecycle(ConfigurableApplicationContext context, Drain gracewrapDrain,
			LifecycleProperties lifecycleProperties, GraceWrapProperties properties) {
		return new GraceWrapLifecycle(context, gracewrapDrain, lifecycleProperties.getTimeoutPerShutdownPhase(),
				properties.getTerminationLog());
	}

	@Bean
	ComplianceReport gracewrapComplianceReport(ConfigurableApplicationContext context,
			DrainSettings gracewrapDrainSettings, GraceWrapProperties properties,
			ObjectProvider<ComplianceCheck> checks) {
		StandardChecks standard = new StandardChecks(context, gracewrapDrainSettings, properties);
		return new ComplianceReport(() -> Stream.concat(standard.stream(), checks.orderedStream()));
	}

	@Bean
	ComplianceLog gracewrapComplianceLog(ConfigurableApplicationContext context, Drain gracewrapDrain,
			ComplianceReport gracewrapComplianceReport, GraceWrapProperties properties) {
		return new ComplianceLog(context, gracewrapDrain, gracewrapComplianceReport,
				properties.getCompliance().isLogAtShutdown());
	}

}
