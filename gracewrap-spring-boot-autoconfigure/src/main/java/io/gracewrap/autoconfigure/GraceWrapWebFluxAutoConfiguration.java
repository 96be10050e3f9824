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

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.actuate.EndpointPaths;
import io.gracewrap.web.reactive.InFlightHandlerMapping;
import io.gracewrap.web.reactive.InFlightHttpHandlerDecorator;
import io.gracewrap.web.reactive.WebSocketTrackingAdapter;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.HandlerAdapter;

/**
 * Auto-configuration for tracking WebFlux requests and WebSocket sessions.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(DispatcherHandler.class)
@ConditionalOnDrain
public final class GraceWrapWebFluxAutoConfiguration {

	@Bean(WebFluxManagementChildConfiguration.HTTP_HANDLER_DECORATOR)
	InFlightHttpHandlerDecorator gracewrapHttpHandlerDecorator(Drain gracewrapDrain,
			InFlightRegistry gracewrapInFlightRegistry, ObjectProvider<EndpointPaths> gracewrapEndpointPaths,
			GraceWrapProperties properties) {
		return new InFlightHttpHandlerDecorator(gracewrapDrain, gracewrapInFlightRegistry,
				gracewrapEndpointPaths.getIfAvailable(EndpointPaths::none), properties.getStreamMediaTypes());
	}

	@Bean
	InFlightHandlerMapping gracewrapInFlightHandlerMapping() {
		return new InFlightHandlerMapping();
	}

	@Bean
	WebSocketTrackingAdapter gracewrapWebSocketTrackingAdapter(InFlightRegistry gracewrapInFlightRegistry,
			ObjectProvider<HandlerAdapter> adapters) {
		return new WebSocketTrackingAdapter(gracewrapInFlightRegistry, adapters::orderedStream);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ ManagementPortType.class, PathMappedEndpoints.class })
	static class ActuatorConfiguration {

		@Bean
		EndpointPaths gracewrapEndpointPaths(Environment environment, ObjectProvider<PathMappedEndpoints> endpoints) {
			return new EndpointPaths(endpoints::getIfAvailable, (path) -> path,
					ManagementPortType.get(environment) != ManagementPortType.SAME);
		}

	}

}
