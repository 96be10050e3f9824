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

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceReport;
import io.gracewrap.Drain;
import io.gracewrap.DrainSettings;
import io.gracewrap.actuate.ProbeCheck;
import io.gracewrap.compliance.ComplianceLog;
import io.gracewrap.compliance.SettingsCheck;
import io.gracewrap.compliance.SignalCheck;
import io.gracewrap.compliance.TimesCheck;
import jakarta.servlet.ServletContext;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.grpc.server.service.GrpcServiceDiscoverer;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Auto-configuration for the compliance report. What a stack lacks is found also where
 * its own auto-configuration is excluded.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class,
		afterName = "org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration")
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnDrain
public final class GraceWrapComplianceAutoConfiguration {

	@Bean
	ComplianceReport gracewrapComplianceReport(ObjectProvider<ComplianceCheck> checks) {
		return new ComplianceReport(checks::orderedStream);
	}

	@Bean
	ComplianceLog gracewrapComplianceLog(ConfigurableApplicationContext context, Drain gracewrapDrain,
			ComplianceReport gracewrapComplianceReport, GraceWrapProperties properties) {
		return new ComplianceLog(context, gracewrapDrain, gracewrapComplianceReport,
				properties.compliance().logAtShutdown());
	}

	@Bean
	@Order(1)
	SignalCheck gracewrapSignalCheck() {
		return new SignalCheck();
	}

	@Bean
	@Order(2)
	TimesCheck gracewrapTimesCheck(ConfigurableApplicationContext context, DrainSettings gracewrapDrainSettings,
			GraceWrapProperties properties) {
		return new TimesCheck(context, gracewrapDrainSettings, properties.preStopSleep(),
				properties.terminationGracePeriod());
	}

	@Bean
	@Order(3)
	SettingsCheck gracewrapSettingsCheck(Environment environment, DrainSettings gracewrapDrainSettings) {
		return new SettingsCheck(environment, gracewrapDrainSettings);
	}

	@Bean
	@Order(7)
	MetricsCheck gracewrapMetricsCheck(ConfigurableApplicationContext context) {
		return new MetricsCheck(context);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication
	@ConditionalOnClass({ ManagementPortType.class, PathMappedEndpoints.class, HealthEndpointGroups.class })
	static class ProbeConfiguration {

		@Bean
		@Order(4)
		ProbeCheck gracewrapProbeCheck(ObjectProvider<HealthEndpointGroups> groups,
				ObjectProvider<PathMappedEndpoints> endpoints, Environment environment) {
			return new ProbeCheck(groups::getIfAvailable, endpoints::getIfAvailable,
					ManagementPortType.get(environment) == ManagementPortType.SAME);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass({ ServletContext.class, WebMvcConfigurer.class })
	static class ServletConfiguration {

		@Bean
		@Order(5)
		ServletTrackingCheck gracewrapServletTrackingCheck(WebApplicationContext context) {
			return new ServletTrackingCheck(context);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(DispatcherHandler.class)
	static class ReactiveConfiguration {

		@Bean
		@Order(5)
		ReactiveTrackingCheck gracewrapReactiveTrackingCheck(ConfigurableApplicationContext context) {
			return new ReactiveTrackingCheck(context);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication
	static class Http2Configuration {

		@Bean
		@Order(6)
		Http2Check gracewrapHttp2Check(Environment environment, GraceWrapProperties properties) {
			return new Http2Check(environment, properties.http2Goaway());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(GrpcServiceDiscoverer.class)
	@ConditionalOnBean(GrpcServiceDiscoverer.class)
	static class GrpcConfiguration {

		@Bean
		@Order(5)
		GrpcCheck gracewrapGrpcCheck(ConfigurableApplicationContext context) {
			return new GrpcCheck(context);
		}

	}

}
