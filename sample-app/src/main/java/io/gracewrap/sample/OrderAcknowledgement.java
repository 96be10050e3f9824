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

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Marks an order as acknowledged once the answer that carries its number has been handed
 * to the client's connection.
 *
 * @author GraceWrap Maintainers
 */
@Component
class OrderAcknowledgement implements HandlerInterceptor, WebMvcConfigurer {

	private static final String ORDER = OrderAcknowledgement.class.getName() + ".ORDER";

	private final OrderRepository orders;

	OrderAcknowledgement(OrderRepository orders) {
		this.orders = orders;
	}

	static void expect(HttpServletRequest request, long id) {
		request.setAttribute(ORDER, id);
	}

	@Override
	public void addInterceptors(InterceptorRegistry registry) {
		registry.addInterceptor(this).addPathPatterns("/orders");
	}

	@Override
	public void afterCompletion(HttpServletRequest request, HttpServletResponse response, Object handler,
			@Nullable Exception failure) throws IOException {
		if (failure == null && request.getAttribute(ORDER) instanceof Long id) {
			response.flushBuffer();
			this.orders.acknowledge(id);
		}
	}

}
