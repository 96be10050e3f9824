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

import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.actuate.EndpointPaths;
import io.gracewrap.web.servlet.GrpcRequestPredicate;
import io.gracewrap.web.servlet.InFlightFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletPath;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration for tracking servlet requests, whatever handles them.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({ Filter.class, FilterRegistrationBean.class })
@ConditionalOnDrain
public final class GraceWrapServletAutoConfiguration {

	@Bean
	InFlightFilterRegistration gracewrapInFlightFilter(Drain gracewrapDrain, InFlightRegistry gracewrapInFlightRegistry,
			ObjectProvider<EndpointPaths> gracewrapEndpointPaths,
			ObjectProvider<GrpcRequestPredicate> gracewrapGrpcRequestPredicate, GraceWrapProperties properties,
			Environment environment) {
		EndpointPaths paths = gracewrapEndpointPaths.getIfAvailable(EndpointPaths::none);
		Predicate<HttpServletRequest> untracked = (request) -> paths.test(path(request));
		GrpcRequestPredicate grpcRequest = gracewrapGrpcRequestPredicate.getIfAvailable();
		InFlightFilterRegistration registration = new InFlightFilterRegistration(
				new InFlightFilter(gracewrapDrain, gracewrapInFlightRegistry,
						(grpcRequest != null) ? untracked.or(grpcRequest) : untracked, properties.getStreamMediaTypes(),
						environment.getProperty("server.compression.enabled", Boolean.class, false)));
		registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
		registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR);
		return registration;
	}

	private static String path(HttpServletRequest request) {
		String path = request.getServletPath();
		String pathInfo = request.getPathInfo();
		return (pathInfo != null) ? path + pathInfo : path;
	}

	private static EndpointPaths endpointPaths(Environment environment, ObjectProvider<PathMappedEndpoints> endpoints,
			UnaryOperator<String> served) {
		return new EndpointPaths(endpoints::getIfAvailable, served,
				ManagementPortType.get(environment) != ManagementPortType.SAME);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ DispatcherServletPath.class, ManagementPortType.class, PathMappedEndpoints.class })
	static class WebMvcActuatorConfiguration {

		@Bean
		EndpointPaths gracewrapEndpointPaths(Environment environment, ObjectProvider<PathMappedEndpoints> endpoints,
				ObjectProvider<DispatcherServletPath> servletPath) {
			return endpointPaths(environment, endpoints,
					(path) -> servletPath.stream()
						.map((prefix) -> prefix.getRelativePath(path))
						.findFirst()
						.orElse(path));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ ManagementPortType.class, PathMappedEndpoints.class })
	@ConditionalOnMissingClass("org.springframework.boot.webmvc.autoconfigure.DispatcherServletPath")
	static class ActuatorConfiguration {

		@Bean
		EndpointPaths gracewrapEndpointPaths(Environment environment, ObjectProvider<PathMappedEndpoints> endpoints) {
			return endpointPaths(environment, endpoints, UnaryOperator.identity());
		}

	}

}
