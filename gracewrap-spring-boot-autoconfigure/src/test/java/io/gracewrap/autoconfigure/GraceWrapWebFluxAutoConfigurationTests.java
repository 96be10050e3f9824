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

import io.gracewrap.GraceWrap;
import io.gracewrap.GraceWrapLifecycle;
import io.gracewrap.actuate.EndpointPaths;
import io.gracewrap.web.reactive.InFlightHandlerMapping;
import io.gracewrap.web.reactive.InFlightHttpHandlerDecorator;
import io.gracewrap.web.reactive.WebSocketTrackingAdapter;
import org.junit.jupiter.api.Test;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.DispatcherHandler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GraceWrapWebFluxAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
class GraceWrapWebFluxAutoConfigurationTests {

	private static final AutoConfigurations AUTO_CONFIGURATIONS = AutoConfigurations.of(
			ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class, GraceWrapWebFluxAutoConfiguration.class);

	private final ReactiveWebApplicationContextRunner contextRunner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS);

	@Test
	void registersWhatTracks() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(InFlightHttpHandlerDecorator.class)
			.hasSingleBean(InFlightHandlerMapping.class)
			.hasSingleBean(WebSocketTrackingAdapter.class));
	}

	@Test
	void isFoundByTheHandlerOfTheApplicationAndWorksWithRequestsThatNoServerHasReceived() {
		this.contextRunner
			.withConfiguration(
					AutoConfigurations.of(WebFluxAutoConfiguration.class, HttpHandlerAutoConfiguration.class))
			.run((context) -> {
				assertThat(context).hasSingleBean(HttpHandler.class);
				context.getBean(GraceWrap.class).drain();
				WebTestClient.bindToApplicationContext(context)
					.build()
					.get()
					.uri("/")
					.exchange()
					.expectStatus()
					.isNotFound()
					.expectHeader()
					.valueEquals("Connection", "close");
			});
	}

	@Test
	void backsOffWhenDisabled() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false").run(this::hasNothing);
	}

	@Test
	void backsOffWithoutSpringWebFlux() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(DispatcherHandler.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(GraceWrapLifecycle.class)
				.doesNotHaveBean(InFlightHttpHandlerDecorator.class));
	}

	@Test
	void backsOffWithoutTheDrain() {
		new ReactiveWebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(GraceWrapWebFluxAutoConfiguration.class))
			.run(this::hasNothing);
	}

	@Test
	void backsOffInServletApplications() {
		new WebApplicationContextRunner().withConfiguration(AUTO_CONFIGURATIONS)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(GraceWrapLifecycle.class)
				.doesNotHaveBean(InFlightHttpHandlerDecorator.class));
	}

	@Test
	void recognizesNoEndpointRequestsWithoutActuator() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate.autoconfigure"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(InFlightHttpHandlerDecorator.class)
				.doesNotHaveBean(EndpointPaths.class));
	}

	@Test
	void recognizesEndpointRequests() {
		withActuator().run((context) -> {
			EndpointPaths paths = context.getBean(EndpointPaths.class);
			assertThat(paths.test("/actuator/health")).isTrue();
			assertThat(paths.test("/orders")).isFalse();
		});
		withActuator().withPropertyValues("server.port=8080", "management.server.port=8081")
			.run((context) -> assertThat(context.getBean(EndpointPaths.class).test("/actuator/health")).isFalse());
	}

	@Test
	void worksWithLazyInitialization() {
		withActuator()
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertThat(context.getBean(EndpointPaths.class).test("/actuator/health")).isTrue());
	}

	private ReactiveWebApplicationContextRunner withActuator() {
		return this.contextRunner
			.withConfiguration(
					AutoConfigurations.of(EndpointAutoConfiguration.class, WebEndpointAutoConfiguration.class))
			.withBean(HealthEndpoint.class);
	}

	private void hasNothing(AssertableReactiveWebApplicationContext context) {
		assertThat(context).hasNotFailed()
			.doesNotHaveBean(InFlightHttpHandlerDecorator.class)
			.doesNotHaveBean(InFlightHandlerMapping.class)
			.doesNotHaveBean(WebSocketTrackingAdapter.class);
	}

	@Endpoint(id = "health")
	static class HealthEndpoint {

		@ReadOperation
		String health() {
			return "UP";
		}

	}

}
