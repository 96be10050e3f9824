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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.DrainSettings;
import io.gracewrap.actuate.ProbeCheck;
import io.gracewrap.compliance.SettingsCheck;
import io.gracewrap.compliance.SignalCheck;
import io.gracewrap.compliance.TimesCheck;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.web.context.reactive.ReactiveWebApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.grpc.server.service.GrpcServiceDiscoverer;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.WebApplicationContext;

/**
 * The checks of every compliance report, for what the application is made of. They are
 * made when they are asked for: as beans, ten of them took longer at every start than
 * everything that serves requests (#5).
 *
 * @author GraceWrap Maintainers
 */
final class StandardChecks {

	private final ConfigurableApplicationContext context;

	private final DrainSettings settings;

	private final GraceWrapProperties properties;

	StandardChecks(ConfigurableApplicationContext context, DrainSettings settings, GraceWrapProperties properties) {
		this.context = context;
		this.settings = settings;
		this.properties = properties;
	}

	/**
	 * Return what is to be checked, in the order of the report.
	 * @return the checks
	 */
	List<ComplianceCheck> all() {
		Environment environment = this.context.getEnvironment();
		boolean servlet = isPresent("org.springframework.web.context.WebApplicationContext")
				&& this.context instanceof WebApplicationContext;
		boolean reactive = this.context instanceof ReactiveWebApplicationContext;
		List<ComplianceCheck> checks = new ArrayList<>();
		checks.add(new SignalCheck());
		checks.add(new TimesCheck(this.context, this.settings, this.properties.getPreStopSleep(),
				this.properties.getTerminationGracePeriod()));
		checks.add(new SettingsCheck(environment, this.settings));
		if ((servlet || reactive)
				&& isPresent("org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType",
						"org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints",
						"org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups")) {
			checks.add(probes());
		}
		if (servlet && isPresent("jakarta.servlet.ServletContext",
				"org.springframework.web.servlet.config.annotation.WebMvcConfigurer")) {
			checks.add(new ServletTrackingCheck((WebApplicationContext) this.context));
		}
		if (reactive && isPresent("org.springframework.web.reactive.DispatcherHandler")) {
			checks.add(new ReactiveTrackingCheck(this.context));
		}
		if (isPresent("org.springframework.grpc.server.service.GrpcServiceDiscoverer") && BeanFactoryUtils
			.beanNamesForTypeIncludingAncestors(this.context, GrpcServiceDiscoverer.class, true, false).length > 0) {
			checks.add(new GrpcCheck(this.context));
		}
		if (servlet || reactive) {
			checks.add(new Http2Check(environment, this.properties.isHttp2Goaway()));
		}
		checks.add(new MetricsCheck(this.context));
		return checks;
	}

	private ComplianceCheck probes() {
		return new ProbeCheck(() -> this.context.getBeanProvider(HealthEndpointGroups.class).getIfAvailable(),
				() -> this.context.getBeanProvider(PathMappedEndpoints.class).getIfAvailable(),
				ManagementPortType.get(this.context.getEnvironment()) == ManagementPortType.SAME);
	}

	private boolean isPresent(String... classNames) {
		return Arrays.stream(classNames)
			.allMatch((className) -> ClassUtils.isPresent(className, this.context.getClassLoader()));
	}

}
