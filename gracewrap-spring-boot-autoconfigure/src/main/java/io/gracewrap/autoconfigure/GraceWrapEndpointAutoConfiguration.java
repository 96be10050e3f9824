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

import io.gracewrap.ComplianceReport;
import io.gracewrap.Drain;
import io.gracewrap.actuate.GraceWrapEndpoint;
import io.gracewrap.actuate.GraceWrapPreStopEndpoint;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/**
 * Auto-configuration for {@link GraceWrapEndpoint} and {@link GraceWrapPreStopEndpoint}.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnDrain
public final class GraceWrapEndpointAutoConfiguration {

	@Bean
	@ConditionalOnAvailableEndpoint
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	GraceWrapEndpoint gracewrapEndpoint(Drain gracewrapDrain, ComplianceReport gracewrapComplianceReport) {
		return new GraceWrapEndpoint(gracewrapDrain, gracewrapComplianceReport);
	}

	/**
	 * Only with access of its own: a default for all endpoints, mostly meant to take
	 * access away, would let everyone drain the application.
	 * @param gracewrapDrain the drain
	 * @return the endpoint
	 */
	@Bean
	@ConditionalOnAvailableEndpoint
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	@ConditionalOnProperty("management.endpoint.gracewrapprestop.access")
	GraceWrapPreStopEndpoint gracewrapPreStopEndpoint(Drain gracewrapDrain) {
		return new GraceWrapPreStopEndpoint(gracewrapDrain);
	}

}
