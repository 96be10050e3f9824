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

package io.gracewrap.sample;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Marks an order as acknowledged once the answer that carries its number has been handed
 * to the client's connection.
 *
 * @author GraceWrap Maintainers
 */
abstract class OrderAcknowledgement {

	private static final Pattern LOCATION = Pattern.compile("/orders/(\\d+)");

	private final OrderRepository orders;

	OrderAcknowledgement(OrderRepository orders) {
		this.orders = orders;
	}

	static boolean isPlaced(@Nullable String location) {
		return location != null && LOCATION.matcher(location).matches();
	}

	void acknowledge(@Nullable String location) {
		Matcher matcher = LOCATION.matcher((location != null) ? location : "");
		if (matcher.matches()) {
			this.orders.acknowledge(Long.parseLong(matcher.group(1)));
		}
	}

	@Component
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class OfMvc extends OrderAcknowledgement implements HandlerInterceptor, WebMvcConfigurer {

		OfMvc(OrderRepository orders) {
			super(orders);
		}

		@Override
		public void addInterceptors(InterceptorRegistry registry) {
			registry.addInterceptor(this).addPathPatterns("/orders");
		}

		@Override
		public void afterCompletion(HttpServletRequest request, HttpServletResponse response, Object handler,
				@Nullable Exception failure) throws IOException {
			String location = response.getHeader(HttpHeaders.LOCATION);
			if (failure == null && isPlaced(location)) {
				response.flushBuffer();
				acknowledge(location);
			}
		}

	}

	@Component
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	static class OfWebFlux extends OrderAcknowledgement implements WebFilter {

		OfWebFlux(OrderRepository orders) {
			super(orders);
		}

		@Override
		public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
			return chain.filter(exchange).then(Mono.defer(() -> {
				String location = exchange.getResponse().getHeaders().getFirst(HttpHeaders.LOCATION);
				return isPlaced(location)
						? Mono.<Void>fromRunnable(() -> acknowledge(location)).subscribeOn(Schedulers.boundedElastic())
						: Mono.empty();
			}));
		}

	}

}
