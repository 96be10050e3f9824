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

package io.gracewrap.sample.blocks;

import io.gracewrap.web.reactive.InFlightHttpHandlerDecorator;
import io.gracewrap.web.servlet.InFlightFilter;
import io.gracewrap.web.servlet.InFlightInterceptor;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.web.servlet.AsyncHandlerInterceptor;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistration;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Puts a switch before what GraceWrap does with each request. In the way of all of them
 * are still one filter and one interceptor, or one handler mapping, and what it has in
 * the servers themselves.
 *
 * @author GraceWrap Maintainers
 */
final class BypassPostProcessor implements BeanPostProcessor {

	private final Blocks blocks;

	BypassPostProcessor(Blocks blocks) {
		this.blocks = blocks;
	}

	@Override
	@SuppressWarnings("unchecked")
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof FilterRegistrationBean<?> registration
				&& registration.getFilter() instanceof InFlightFilter filter) {
			((FilterRegistrationBean<Filter>) registration).setFilter(bypassable(filter));
		}
		else if (bean instanceof WebMvcConfigurer configurer
				&& bean.getClass().getName().startsWith("io.gracewrap.auto")) {
			return bypassable(configurer);
		}
		else if (bean instanceof InFlightHttpHandlerDecorator decorator) {
			return new BypassableDecorator(decorator);
		}
		return bean;
	}

	private Filter bypassable(InFlightFilter filter) {
		return (request, response, chain) -> {
			boolean begins = request.getDispatcherType() == DispatcherType.REQUEST;
			if (begins ? this.blocks.bypasses() : !isTracked(request)) {
				chain.doFilter(request, response);
			}
			else {
				filter.doFilter(request, response, chain);
			}
		};
	}

	// Nothing else of the sample wraps a request.
	private static boolean isTracked(ServletRequest request) {
		return request instanceof ServletRequestWrapper;
	}

	private WebMvcConfigurer bypassable(WebMvcConfigurer configurer) {
		return new WebMvcConfigurer() {

			@Override
			public void addInterceptors(InterceptorRegistry registry) {
				configurer.addInterceptors(new InterceptorRegistry() {

					@Override
					public InterceptorRegistration addInterceptor(HandlerInterceptor interceptor) {
						return registry.addInterceptor(new BypassableInterceptor((InFlightInterceptor) interceptor));
					}

				});
			}

		};
	}

	/**
	 * The decorator, behind the switch.
	 */
	private final class BypassableDecorator implements HttpHandlerDecoratorFactory, Ordered {

		private final InFlightHttpHandlerDecorator decorator;

		BypassableDecorator(InFlightHttpHandlerDecorator decorator) {
			this.decorator = decorator;
		}

		@Override
		public int getOrder() {
			return this.decorator.getOrder();
		}

		@Override
		public HttpHandler apply(HttpHandler handler) {
			HttpHandler decorated = this.decorator.apply(handler);
			return (request, response) -> BypassPostProcessor.this.blocks.bypasses() ? handler.handle(request, response)
					: decorated.handle(request, response);
		}

	}

	/**
	 * The interceptor, for requests that the filter has seen.
	 */
	private static final class BypassableInterceptor implements AsyncHandlerInterceptor {

		private final InFlightInterceptor interceptor;

		BypassableInterceptor(InFlightInterceptor interceptor) {
			this.interceptor = interceptor;
		}

		@Override
		public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
			return !isTracked(request) || this.interceptor.preHandle(request, response, handler);
		}

		@Override
		public void afterConcurrentHandlingStarted(HttpServletRequest request, HttpServletResponse response,
				Object handler) {
			if (isTracked(request)) {
				this.interceptor.afterConcurrentHandlingStarted(request, response, handler);
			}
		}

		@Override
		public void afterCompletion(HttpServletRequest request, HttpServletResponse response, Object handler,
				@Nullable Exception ex) {
			if (isTracked(request)) {
				this.interceptor.afterCompletion(request, response, handler, ex);
			}
		}

	}

}
