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

import java.util.Arrays;
import java.util.List;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;
import io.gracewrap.web.reactive.InFlightHttpHandlerDecorator;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.server.reactive.HttpHandler;

/**
 * Checks that WebFlux requests are tracked.
 *
 * @param context the application context that is drained
 * @author GraceWrap Maintainers
 */
record ReactiveTrackingCheck(ApplicationContext context) implements ComplianceCheck {

	@Override
	public List<ComplianceRow> rows() {
		String requirement = "HTTP requests in flight are tracked";
		List<InFlightHttpHandlerDecorator> decorators = this.context.getBeanProvider(InFlightHttpHandlerDecorator.class)
			.stream()
			.toList();
		if (decorators.isEmpty()) {
			return List
				.of(ComplianceRow.warn(requirement, "not at all", "Do not exclude GraceWrapWebFluxAutoConfiguration"));
		}
		if (hasHandler() && decorators.stream().noneMatch(InFlightHttpHandlerDecorator::isApplied)) {
			return List.of(ComplianceRow.warn(requirement, "not at all, the HTTP handler is the application's own",
					"Build it by WebHttpHandlerBuilder.applicationContext(...)"));
		}
		return List.of(ComplianceRow.pass(requirement, "by a decorator of the HTTP handler"));
	}

	/**
	 * Whether there is a handler already: one that is lazy is made for the first request.
	 * @return whether any is there
	 */
	private boolean hasHandler() {
		return this.context instanceof ConfigurableApplicationContext configurable
				&& Arrays.stream(this.context.getBeanNamesForType(HttpHandler.class, true, false))
					.anyMatch(configurable.getBeanFactory()::containsSingleton);
	}

}
