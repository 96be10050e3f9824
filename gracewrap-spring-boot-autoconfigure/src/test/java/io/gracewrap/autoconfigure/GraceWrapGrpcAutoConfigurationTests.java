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

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.grpc.GrpcCallInterceptor;
import io.gracewrap.grpc.GrpcHealthInterceptor;
import io.gracewrap.grpc.GrpcServerDrain;
import io.gracewrap.web.servlet.GrpcRequestPredicate;
import io.gracewrap.web.servlet.InFlightFilter;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse;
import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.grpc.server.GrpcServletRegistration;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.grpc.server.service.GrpcServiceConfigurer;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GraceWrapGrpcAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
class GraceWrapGrpcAutoConfigurationTests {

	private static final AutoConfigurations AUTO_CONFIGURATIONS = AutoConfigurations.of(
			ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			SslAutoConfiguration.class, GrpcServerAutoConfiguration.class, GraceWrapAutoConfiguration.class,
			GraceWrapGrpcAutoConfiguration.class, GraceWrapServletAutoConfiguration.class,
			GraceWrapWebMvcAutoConfiguration.class);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS)
		.withBean(BindableService.class, () -> () -> ServerServiceDefinition.builder("shop.Orders").build())
		.withPropertyValues("spring.grpc.server.enabled=true", "spring.grpc.server.port=0");

	private final WebApplicationContextRunner webContextRunner = new WebApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS)
		.withBean(BindableService.class, () -> () -> ServerServiceDefinition.builder("shop.Orders").build())
		.withPropertyValues("spring.grpc.server.enabled=true", "server.http2.enabled=true");

	@Test
	void registersTheInterceptorsBeforeAllOthers() {
		this.contextRunner.withBean("first", ServerInterceptor.class, () -> new FirstInterceptor()).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(GrpcServerDrain.class);
			assertThat(context.getBeansWithAnnotation(GlobalServerInterceptor.class).values())
				.hasAtLeastOneElementOfType(GrpcCallInterceptor.class)
				.hasAtLeastOneElementOfType(GrpcHealthInterceptor.class);
			assertThat(context.getBeanProvider(ServerInterceptor.class).orderedStream()).first()
				.isInstanceOf(GrpcCallInterceptor.class);
			assertThat(context.getBean(GrpcServerDrain.class).isReachable()).isTrue();
			assertThat(context).doesNotHaveBean(GrpcRequestPredicate.class);
		});
	}

	@Test
	void hasAnInterceptorOfItsOwnBelowAParentWithGrpc() {
		this.contextRunner.run((parent) -> this.contextRunner.withParent(parent).run((child) -> {
			assertThat(child).hasNotFailed();
			assertThat(child.getBeansOfType(GrpcCallInterceptor.class).values()).hasSize(1)
				.doesNotContain(parent.getBean(GrpcCallInterceptor.class));
		}));
	}

	@Test
	void leavesGrpcToTheInterceptorWhereItIsServedByAServlet() {
		this.webContextRunner.run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(GrpcServletRegistration.class)
				.hasSingleBean(GrpcCallInterceptor.class);
			assertThat(context.getBean(GrpcServerDrain.class).isReachable()).isFalse();
			assertThat(isTracked(context, "application/grpc")).isFalse();
			assertThat(isTracked(context, "Application/gRPC+proto")).isFalse();
			assertThat(isTracked(context, "application/grpc-web")).isTrue();
			assertThat(isTracked(context, "application/json")).isTrue();
			assertThat(isTracked(context, null)).isTrue();
		});
		this.webContextRunner
			.withPropertyValues("spring.grpc.server.servlet.enabled=false", "spring.grpc.server.port=0")
			.run((context) -> {
				assertThat(context).hasNotFailed().hasSingleBean(GrpcCallInterceptor.class);
				assertThat(isTracked(context, "application/grpc")).isTrue();
			});
	}

	private static boolean isTracked(ApplicationContext context, String contentType) {
		FilterRegistrationBean<?> registration = context.getBean("gracewrapInFlightFilter",
				FilterRegistrationBean.class);
		MockHttpServletRequest request = new MockHttpServletRequest("POST", "/shop.Orders/Place");
		request.setProtocol("HTTP/2.0");
		request.setContentType(contentType);
		int[] inFlight = new int[1];
		try {
			((InFlightFilter) registration.getFilter()).doFilter(request, new MockHttpServletResponse(),
					(req, res) -> inFlight[0] = context.getBean(InFlightRegistry.class).count());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		return inFlight[0] == 1;
	}

	@Test
	void backsOffWhenDisabled() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(GrpcCallInterceptor.class)
				.doesNotHaveBean(GrpcServerDrain.class));
	}

	@Test
	void backsOffWithoutAGrpcServer() {
		this.contextRunner.withPropertyValues("spring.grpc.server.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(Drain.class)
				.doesNotHaveBean(GrpcCallInterceptor.class)
				.doesNotHaveBean(GrpcServerDrain.class));
		for (Class<?> missing : new Class<?>[] { GrpcServiceConfigurer.class, GrpcServerAutoConfiguration.class,
				ServerInterceptor.class }) {
			new ApplicationContextRunner().withClassLoader(new FilteredClassLoader(missing))
				.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
						LifecycleAutoConfiguration.class, GraceWrapAutoConfiguration.class,
						GraceWrapGrpcAutoConfiguration.class))
				.run((context) -> assertThat(context).hasNotFailed()
					.hasSingleBean(Drain.class)
					.doesNotHaveBean(GrpcServerDrain.class));
		}
	}

	@Test
	void worksWithoutGrpcServicesAndWithoutServlets() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(HealthCheckResponse.class, HttpServletRequest.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(GrpcCallInterceptor.class)
				.hasSingleBean(GrpcServerDrain.class)
				.doesNotHaveBean(GrpcHealthInterceptor.class));
	}

	@Order(Ordered.HIGHEST_PRECEDENCE)
	private static final class FirstInterceptor implements ServerInterceptor {

		@Override
		public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers,
				ServerCallHandler<Q, R> next) {
			return next.startCall(call, headers);
		}

	}

}
