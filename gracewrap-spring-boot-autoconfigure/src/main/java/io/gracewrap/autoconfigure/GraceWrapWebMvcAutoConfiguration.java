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

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.actuate.EndpointPaths;
import io.gracewrap.web.servlet.GrpcRequestPredicate;
import io.gracewrap.web.servlet.InFlightFilter;
import io.gracewrap.web.servlet.InFlightInterceptor;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletPath;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Auto-configuration for tracking Spring MVC requests.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({ WebMvcConfigurer.class, FilterRegistrationBean.class })
@ConditionalOnDrain
public final class GraceWrapWebMvcAutoConfiguration {

	@Bean
	FilterRegistrationBean<InFlightFilter> gracewrapInFlightFilter(Drain gracewrapDrain,
			InFlightRegistry gracewrapInFlightRegistry, ObjectProvider<EndpointPaths> gracewrapEndpointPaths,
			ObjectProvider<GrpcRequestPredicate> gracewrapGrpcRequestPredicate, GraceWrapProperties properties) {
		EndpointPaths paths = gracewrapEndpointPaths.getIfAvailable(EndpointPaths::none);
		Predicate<HttpServletRequest> untracked = (request) -> paths.test(path(request));
		GrpcRequestPredicate grpcRequest = gracewrapGrpcRequestPredicate.getIfAvailable();
		FilterRegistrationBean<InFlightFilter> registration = new FilterRegistrationBean<>(new InFlightFilter(
				gracewrapDrain, gracewrapInFlightRegistry,
				(grpcRequest != null) ? untracked.or(grpcRequest) : untracked, properties.getStreamMediaTypes()));
		registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
		registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR);
		return registration;
	}

	private static String path(HttpServletRequest request) {
		String path = request.getServletPath();
		String pathInfo = request.getPathInfo();
		return (pathInfo != null) ? path + pathInfo : path;
	}

	@Bean
	InFlightInterceptor gracewrapInFlightInterceptor(InFlightRegistry gracewrapInFlightRegistry) {
		return new InFlightInterceptor(gracewrapInFlightRegistry);
	}

	@Bean
	WebMvcConfigurer gracewrapWebMvcConfigurer(InFlightInterceptor gracewrapInFlightInterceptor) {
		return new InFlightWebMvcConfigurer(gracewrapInFlightInterceptor);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ DispatcherServletPath.class, ManagementPortType.class, PathMappedEndpoints.class })
	static class ActuatorConfiguration {

		@Bean
		EndpointPaths gracewrapEndpointPaths(Environment environment, ObjectProvider<PathMappedEndpoints> endpoints,
				ObjectProvider<DispatcherServletPath> servletPath) {
			return new EndpointPaths(endpoints::getIfAvailable,
					(path) -> servletPath.stream()
						.map((prefix) -> prefix.getRelativePath(path))
						.findFirst()
						.orElse(path),
					ManagementPortType.get(environment) != ManagementPortType.SAME);
		}

	}

}
