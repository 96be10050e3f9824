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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.DrainSettings;
import io.gracewrap.actuate.ProbeCheck;
import io.gracewrap.compliance.SettingsCheck;
import io.gracewrap.compliance.SignalCheck;
import io.gracewrap.compliance.TimesCheck;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.web.context.reactive.ReactiveWebApplicationContext;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.web.context.WebApplicationContext;

/**
 * The checks of every compliance report, for what the application is made of. They look
 * for libraries and not for beans of GraceWrap: what a stack lacks is found also where
 * its auto-configuration is excluded. They are made when they are asked for, because as
 * beans they took a good part of every start (#5).
 *
 * @author GraceWrap Maintainers
 */
final class StandardChecks {

	private static final String[] SERVLET_CONTEXT = { "org.springframework.web.context.WebApplicationContext" };

	private static final String[] ENDPOINTS = {
			"org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType",
			"org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints" };

	private static final String[] HEALTH = { "org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups" };

	private static final String[] MVC = { "org.springframework.web.servlet.config.annotation.WebMvcConfigurer" };

	private static final String[] WEBFLUX = { "org.springframework.web.reactive.DispatcherHandler" };

	private static final String[] TOMCAT = { "org.springframework.boot.tomcat.TomcatWebServer" };

	private static final String[] GRPC = { "org.springframework.grpc.server.service.GrpcServiceDiscoverer" };

	private static final String PROMETHEUS = "prometheus";

	private final ConfigurableApplicationContext context;

	private final DrainSettings settings;

	private final @Nullable Duration preStopSleep;

	private final @Nullable Duration gracePeriod;

	private final boolean goaway;

	private final Duration finalScrapeWait;

	/**
	 * Create the checks.
	 * @param context the application context that is drained
	 * @param settings the times of its drain
	 * @param properties the properties, as they are now
	 */
	StandardChecks(ConfigurableApplicationContext context, DrainSettings settings, GraceWrapProperties properties) {
		this.context = context;
		this.settings = settings;
		this.preStopSleep = properties.getPreStopSleep();
		this.gracePeriod = properties.getTerminationGracePeriod();
		this.goaway = properties.isHttp2Goaway();
		this.finalScrapeWait = properties.getMetrics().getFinalScrapeWait();
	}

	/**
	 * Return what is to be checked, in the order of the report.
	 * @return the checks
	 */
	Stream<ComplianceCheck> stream() {
		Environment environment = this.context.getEnvironment();
		boolean servlet = isPresent(SERVLET_CONTEXT) && this.context instanceof WebApplicationContext;
		boolean reactive = this.context instanceof ReactiveWebApplicationContext;
		List<ComplianceCheck> checks = new ArrayList<>();
		checks.add(new SignalCheck());
		checks.add(new TimesCheck(this.context, this.settings, this.preStopSleep, this.gracePeriod));
		checks.add(new SettingsCheck(environment, this.settings));
		if ((servlet || reactive) && isPresent(ENDPOINTS) && isPresent(HEALTH)) {
			checks.add(probes(servlet ? basePath("server.servlet.context-path") + basePath("spring.mvc.servlet.path")
					: basePath("spring.webflux.base-path")));
		}
		if (servlet) {
			checks.add(new ServletTrackingCheck((WebApplicationContext) this.context, isPresent(MVC)));
		}
		if (reactive && isPresent(WEBFLUX)) {
			checks.add(new ReactiveTrackingCheck(this.context));
		}
		if (isPresent(GRPC)) {
			checks.add(new GrpcCheck(this.context));
		}
		if (servlet || reactive) {
			checks.add(new Http2Check(environment, this.goaway));
		}
		if (isPresent(TOMCAT) && this.context instanceof WebServerApplicationContext server) {
			checks.add(new TomcatCheck(server));
		}
		checks.add(new MetricsCheck(this.context, isPresent(ENDPOINTS) && isScraped(),
				!this.finalScrapeWait.isZero() && !(isPresent(ENDPOINTS) && hasPortOfItsOwn())));
		return checks.stream();
	}

	private String basePath(String property) {
		String path = this.context.getEnvironment().getProperty(property, "").strip();
		return (path.isEmpty() || path.startsWith("/")) ? StringUtils.trimTrailingCharacter(path, '/') : '/' + path;
	}

	private ComplianceCheck probes(String basePath) {
		return new ProbeCheck(
				() -> this.context.getBeanProvider(HealthContributorRegistry.class)
					.stream()
					.anyMatch((registry) -> registry.getContributor("readinessState") != null),
				() -> this.context.getBeanProvider(HealthEndpointGroups.class).getIfAvailable(),
				() -> this.context.getBeanProvider(PathMappedEndpoints.class).getIfAvailable(),
				ManagementPortType.get(this.context.getEnvironment()), basePath,
				basePath("management.server.base-path"));
	}

	private boolean isScraped() {
		PathMappedEndpoints endpoints = this.context.getBeanProvider(PathMappedEndpoints.class).getIfAvailable();
		return endpoints != null && endpoints.getPath(EndpointId.of(PROMETHEUS)) != null
				&& ManagementPortType.get(this.context.getEnvironment()) != ManagementPortType.DISABLED;
	}

	private boolean hasPortOfItsOwn() {
		return ManagementPortType.get(this.context.getEnvironment()) == ManagementPortType.DIFFERENT;
	}

	private boolean isPresent(String... classNames) {
		return Stream.of(classNames)
			.allMatch((className) -> ClassUtils.isPresent(className, this.context.getClassLoader()));
	}

	/**
	 * In a native image only classes that are registered are found by their name.
	 */
	static class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			Stream
				.of(SERVLET_CONTEXT, ENDPOINTS, HEALTH, MVC, WEBFLUX, TOMCAT, GRPC,
						new String[] { MetricsCheck.REGISTRY })
				.flatMap(Stream::of)
				.forEach((className) -> hints.reflection().registerTypeIfPresent(classLoader, className));
		}

	}

}
