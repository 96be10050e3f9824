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

import java.lang.reflect.Method;
import java.util.Collection;

import io.gracewrap.Drain;
import io.gracewrap.DrainLog;
import io.gracewrap.DrainParticipant;
import io.gracewrap.DrainSettings;
import io.gracewrap.GraceWrapLifecycle;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.StreamDrain;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
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
import org.springframework.util.Assert;
import org.springframework.util.MimeType;
import org.springframework.util.ReflectionUtils;

/**
 * Auto-configuration for the drain and the lifecycle that runs it. Here and in all others
 * what a method needs is named as its bean is: Spring looks for a bean of that name
 * first, and at every bean definition if there is none.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = { ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class })
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnBooleanProperty(name = "gracewrap.enabled", matchIfMissing = true)
@EnableConfigurationProperties({ GraceWrapProperties.class, LifecycleProperties.class })
@ImportRuntimeHints(GraceWrapAutoConfiguration.MimeTypeHints.class)
public final class GraceWrapAutoConfiguration {

	@Bean
	DrainSettings gracewrapDrainSettings(GraceWrapProperties properties, Environment environment) {
		return new DrainSettingsFactory(CloudPlatform.KUBERNETES.isActive(environment)).create(properties);
	}

	@Bean
	InFlightRegistry gracewrapInFlightRegistry(GraceWrapProperties properties) {
		return new InFlightRegistry(properties.endStreams());
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
				properties.terminationLog());
	}

	/**
	 * Properties of this type are made by a method that conversion looks for by name.
	 */
	static class MimeTypeHints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			Method valueOf = ReflectionUtils.findMethod(MimeType.class, "valueOf", String.class);
			Assert.state(valueOf != null, "MimeType has no valueOf");
			hints.reflection().registerMethod(valueOf, ExecutableMode.INVOKE);
		}

	}

}
