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

import java.util.List;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;
import io.gracewrap.web.servlet.InFlightFilter;
import io.gracewrap.web.servlet.InFlightInterceptor;
import jakarta.servlet.ServletContext;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.context.WebApplicationContext;

/**
 * Checks that servlet requests are tracked.
 *
 * @param context the application context that is drained
 * @param springMvc whether there is Spring MVC, which knows more than the filter
 * @author GraceWrap Maintainers
 */
record ServletTrackingCheck(WebApplicationContext context, boolean springMvc) implements ComplianceCheck {

	@Override
	public List<ComplianceRow> rows() {
		String requirement = "HTTP requests in flight are tracked";
		ServletContext servletContext = this.context.getServletContext();
		if (servletContext == null || isMock(servletContext)) {
			return List.of();
		}
		boolean filter = isRegistered(servletContext);
		if (!this.springMvc) {
			return List.of(filter ? ComplianceRow.pass(requirement, "by a filter") : ComplianceRow.warn(requirement,
					"not at all", "Do not exclude GraceWrapServletAutoConfiguration, and do not disable its filter"));
		}
		boolean interceptor = this.context.getBeanProvider(InFlightInterceptor.class).stream().findAny().isPresent();
		if (filter && interceptor && isPassedBy()) {
			return List.of(ComplianceRow.warn(requirement,
					"by the filter alone, which does not know their routes, because of a WebMvcConfigurationSupport",
					"Implement WebMvcConfigurer, or extend DelegatingWebMvcConfiguration"));
		}
		if (filter && interceptor) {
			return List.of(ComplianceRow.pass(requirement, "by filter and interceptor"));
		}
		String found = filter ? "by the filter alone, which does not know their routes"
				: (interceptor ? "by the interceptor alone, which sees what Spring MVC handles only" : "not at all");
		return List.of(ComplianceRow.warn(requirement, found,
				"Exclude neither GraceWrapServletAutoConfiguration nor GraceWrapWebMvcAutoConfiguration, and do not disable the filter"));
	}

	/**
	 * Whether there are mappings already that have not asked for the interceptor: those
	 * that are lazy are made for the first request.
	 * @return whether it is left out
	 */
	private boolean isPassedBy() {
		return this.context instanceof ConfigurableApplicationContext configurable
				&& configurable.getBeanFactory().containsSingleton("requestMappingHandlerMapping")
				&& this.context.getBeanProvider(InFlightWebMvcConfigurer.class)
					.stream()
					.noneMatch(InFlightWebMvcConfigurer::isApplied);
	}

	/**
	 * Whether nothing can be registered here, as in tests of Spring MVC without a server.
	 * @param servletContext the servlet context
	 * @return whether it has neither servlets nor filters
	 */
	private static boolean isMock(ServletContext servletContext) {
		return servletContext.getServletRegistrations().isEmpty() && servletContext.getFilterRegistrations().isEmpty();
	}

	private static boolean isRegistered(ServletContext servletContext) {
		return servletContext.getFilterRegistrations()
			.values()
			.stream()
			.anyMatch((registration) -> InFlightFilter.class.getName().equals(registration.getClassName()));
	}

}
