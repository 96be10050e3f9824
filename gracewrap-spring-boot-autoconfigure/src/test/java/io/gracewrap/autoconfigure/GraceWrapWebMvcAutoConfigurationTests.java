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
import java.util.List;

import io.gracewrap.GraceWrapLifecycle;
import io.gracewrap.actuate.EndpointPaths;
import io.gracewrap.web.servlet.InFlightFilter;
import io.gracewrap.web.servlet.InFlightInterceptor;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
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
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.servlet.HandlerExecutionChain;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link GraceWrapServletAutoConfiguration} and
 * {@link GraceWrapWebMvcAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
class GraceWrapWebMvcAutoConfigurationTests {

	private static final AutoConfigurations AUTO_CONFIGURATIONS = AutoConfigurations.of(
			ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class, GraceWrapServletAutoConfiguration.class,
			GraceWrapWebMvcAutoConfiguration.class);

	private final WebApplicationContextRunner contextRunner = new WebApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS);

	@Test
	void registersTheFilterInFrontOfEverything() {
		this.contextRunner.run((context) -> {
			FilterRegistrationBean<?> registration = context.getBean("gracewrapInFlightFilter",
					FilterRegistrationBean.class);
			assertThat(registration.getFilter()).isInstanceOf(InFlightFilter.class);
			assertThat(registration.getOrder()).isEqualTo(Ordered.HIGHEST_PRECEDENCE);
			assertThat(registration.determineDispatcherTypes()).containsExactlyInAnyOrder(DispatcherType.REQUEST,
					DispatcherType.ASYNC, DispatcherType.ERROR);
			assertThat(registration.isAsyncSupported()).isTrue();
			assertThat(registration.getUrlPatterns()).isEmpty();
			FilterRegistrationBean<?> ofTheUser = new FilterRegistrationBean<>(mock(Filter.class));
			ofTheUser.setOrder(Ordered.HIGHEST_PRECEDENCE);
			List<FilterRegistrationBean<?>> inOrder = new ArrayList<>(List.of(ofTheUser, registration));
			AnnotationAwareOrderComparator.sort(inOrder);
			assertThat(inOrder).containsExactly(registration, ofTheUser);
		});
	}

	@Test
	void registersTheInterceptorBeforeThoseOfTheUser() {
		this.contextRunner
			.withConfiguration(
					AutoConfigurations.of(DispatcherServletAutoConfiguration.class, WebMvcAutoConfiguration.class))
			.withBean("user", WebMvcConfigurer.class, () -> new WebMvcConfigurer() {

				@Override
				public void addInterceptors(InterceptorRegistry registry) {
					registry.addInterceptor(new HandlerInterceptor() {

					});
				}

			})
			.run((context) -> {
				RequestMappingHandlerMapping mapping = context.getBean(RequestMappingHandlerMapping.class);
				mapping.setDefaultHandler(new Object());
				HandlerExecutionChain chain = mapping.getHandler(new MockHttpServletRequest("GET", "/"));
				assertThat(chain.getInterceptorList()).hasSizeGreaterThan(1)
					.first()
					.isSameAs(context.getBean(InFlightInterceptor.class));
			});
	}

	@Test
	void backsOffWhenDisabled() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false").run(this::hasNothing);
	}

	@Test
	void withoutSpringMvcThereIsTheFilterAlone() {
		withActuator()
			.withClassLoader(
					new FilteredClassLoader("org.springframework.web.servlet", "org.springframework.boot.webmvc"))
			.run((context) -> {
				assertThat(context).hasNotFailed()
					.doesNotHaveBean("gracewrapInFlightInterceptor")
					.hasSingleBean(FilterRegistrationBean.class);
				assertThat(isEndpointRequest(context, "/actuator/health")).isTrue();
			});
	}

	@Test
	void isNothingToAContextBelowThatIsWithoutIt() {
		this.contextRunner.run((parent) -> new WebApplicationContextRunner().withConfiguration(AUTO_CONFIGURATIONS)
			.withParent(parent)
			.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.containsLocalBean("gracewrapInFlightFilter")).isFalse();
			}));
	}

	@Test
	void backsOffWithoutServletRegistration() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(FilterRegistrationBean.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(GraceWrapLifecycle.class)
				.doesNotHaveBean("gracewrapInFlightFilter"));
	}

	@Test
	void backsOffWithoutTheDrain() {
		new WebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(GraceWrapServletAutoConfiguration.class,
					GraceWrapWebMvcAutoConfiguration.class))
			.run(this::hasNothing);
	}

	@Test
	void backsOffInApplicationsThatAreNotWebApplications() {
		new ApplicationContextRunner().withConfiguration(AUTO_CONFIGURATIONS)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(GraceWrapLifecycle.class)
				.doesNotHaveBean(InFlightInterceptor.class));
	}

	@Test
	void recognizesNoEndpointRequestsWithoutActuator() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate.autoconfigure"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(InFlightInterceptor.class)
				.doesNotHaveBean(EndpointPaths.class));
	}

	@Test
	void recognizesEndpointRequests() {
		withActuator().run((context) -> {
			assertThat(isEndpointRequest(context, "/actuator/health")).isTrue();
			assertThat(isEndpointRequest(context, "/orders")).isFalse();
		});
		withActuator().withPropertyValues("management.endpoints.web.base-path=/manage").run((context) -> {
			assertThat(isEndpointRequest(context, "/manage/health")).isTrue();
			assertThat(isEndpointRequest(context, "/actuator/health")).isFalse();
		});
		withActuator().withConfiguration(AutoConfigurations.of(DispatcherServletAutoConfiguration.class))
			.withPropertyValues("spring.mvc.servlet.path=/api")
			.run((context) -> {
				assertThat(isEndpointRequest(context, "/api/actuator/health")).isTrue();
				assertThat(isEndpointRequest(context, "/actuator/health")).isFalse();
			});
	}

	@Test
	void recognizesNoEndpointRequestsWhereTheyHaveAServerOfTheirOwn() {
		withActuator().withPropertyValues("server.port=8080", "management.server.port=8081")
			.run((context) -> assertThat(isEndpointRequest(context, "/actuator/health")).isFalse());
	}

	@Test
	void worksWithLazyInitialization() {
		withActuator()
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				assertThat(context.getBeanFactory().getBeanDefinition("gracewrapInFlightFilter").isLazyInit()).isTrue();
				assertThat(isEndpointRequest(context, "/actuator/health")).isTrue();
				assertThat(context).hasSingleBean(InFlightInterceptor.class);
			});
	}

	private WebApplicationContextRunner withActuator() {
		return this.contextRunner
			.withConfiguration(
					AutoConfigurations.of(EndpointAutoConfiguration.class, WebEndpointAutoConfiguration.class))
			.withBean(HealthEndpoint.class);
	}

	private static boolean isEndpointRequest(AssertableWebApplicationContext context, String path) {
		return context.getBean(EndpointPaths.class).test(path);
	}

	private void hasNothing(AssertableWebApplicationContext context) {
		assertThat(context).hasNotFailed()
			.doesNotHaveBean(InFlightInterceptor.class)
			.doesNotHaveBean(FilterRegistrationBean.class)
			.doesNotHaveBean(EndpointPaths.class)
			.doesNotHaveBean(WebMvcConfigurer.class);
	}

	@Endpoint(id = "health")
	static class HealthEndpoint {

		@ReadOperation
		String health() {
			return "UP";
		}

	}

}
