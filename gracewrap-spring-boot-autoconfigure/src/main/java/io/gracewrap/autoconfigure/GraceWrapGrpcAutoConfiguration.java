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
import io.gracewrap.grpc.GrpcCallInterceptor;
import io.gracewrap.grpc.GrpcHealthInterceptor;
import io.gracewrap.grpc.GrpcServerDrain;
import io.gracewrap.grpc.GrpcTransports;
import io.gracewrap.web.servlet.GrpcRequestPredicate;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckResponse;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.grpc.server.GrpcServletRegistration;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration;
import org.springframework.boot.grpc.server.health.HealthCheckedGrpcComponent;
import org.springframework.boot.grpc.server.health.HealthCheckedGrpcComponents;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.grpc.server.ServerBuilderCustomizer;
import org.springframework.grpc.server.service.GrpcServiceConfigurer;

/**
 * Auto-configuration for tracking gRPC calls and draining gRPC servers.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = { GraceWrapAutoConfiguration.class, GrpcServerAutoConfiguration.class })
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass({ ServerInterceptor.class, GrpcServiceConfigurer.class, GrpcServerAutoConfiguration.class })
@ConditionalOnDrain
@ConditionalOnBean(GrpcServiceConfigurer.class)
public final class GraceWrapGrpcAutoConfiguration {

	/**
	 * Its own also below a parent with gRPC, whose streams would end when this context
	 * closes.
	 * @param gracewrapDrain tells whether calls in flight are being cut
	 * @param gracewrapInFlightRegistry where calls are tracked
	 * @param gracewrapGrpcTransports tells calls on new connections
	 * @return the interceptor
	 */
	@Bean
	@GlobalServerInterceptor
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	GrpcCallInterceptor gracewrapGrpcCallInterceptor(Drain gracewrapDrain, InFlightRegistry gracewrapInFlightRegistry,
			GrpcTransports gracewrapGrpcTransports) {
		return new GrpcCallInterceptor(gracewrapDrain, gracewrapInFlightRegistry, gracewrapGrpcTransports, false);
	}

	@Bean
	GrpcTransports gracewrapGrpcTransports(Drain gracewrapDrain) {
		return new GrpcTransports(gracewrapDrain);
	}

	@Bean
	<T extends ServerBuilder<T>> ServerBuilderCustomizer<T> gracewrapServerBuilderCustomizer(
			GrpcTransports gracewrapGrpcTransports) {
		return (builder) -> builder.addTransportFilter(gracewrapGrpcTransports);
	}

	@Bean
	GrpcServerDrain gracewrapGrpcServerDrain(ApplicationContext context,
			GrpcCallInterceptor gracewrapGrpcCallInterceptor, InFlightRegistry gracewrapInFlightRegistry) {
		return new GrpcServerDrain(context, gracewrapGrpcCallInterceptor, gracewrapInFlightRegistry);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HealthCheckResponse.class)
	static class HealthConfiguration {

		@Bean
		@GlobalServerInterceptor
		GrpcHealthInterceptor gracewrapGrpcHealthInterceptor(Drain gracewrapDrain,
				ObjectProvider<HealthCheckedGrpcComponents> components) {
			return new GrpcHealthInterceptor(gracewrapDrain,
					(service) -> components.stream().anyMatch((all) -> isLiveness(all.getService(service))));
		}

		private static boolean isLiveness(@Nullable HealthCheckedGrpcComponent checked) {
			return checked != null && checked.isMember("livenessState") && !checked.isMember("readinessState");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HttpServletRequest.class)
	@ConditionalOnBean(GrpcServletRegistration.class)
	static class ServletConfiguration {

		@Bean
		@GlobalServerInterceptor
		GrpcCallInterceptor gracewrapGrpcCallInterceptor(Drain gracewrapDrain,
				InFlightRegistry gracewrapInFlightRegistry, GrpcTransports gracewrapGrpcTransports) {
			return new GrpcCallInterceptor(gracewrapDrain, gracewrapInFlightRegistry, gracewrapGrpcTransports, true);
		}

		@Bean
		GrpcRequestPredicate gracewrapGrpcRequestPredicate() {
			return new GrpcRequestPredicate();
		}

	}

}
