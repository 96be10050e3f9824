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

package io.gracewrap.web.servlet;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerMapping;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link InFlightInterceptor}.
 *
 * @author GraceWrap Maintainers
 */
class InFlightInterceptorTests {

	private final InFlightRegistry registry = new InFlightRegistry();

	private final MockHttpServletRequest request = new MockHttpServletRequest("GET", "/reset/4711");

	@Test
	void aPathIsNoRoute() {
		assertThat(name("/reset/4711", new Object())).isEqualTo("GET (no route)");
		assertThat(name("/reset/{token}", new Object())).isEqualTo("GET /reset/{token}");
	}

	@Test
	void theRouteOfAMethodMayHaveNoVariables() throws Exception {
		assertThat(name("/reset/4711", new HandlerMethod(this, Object.class.getMethod("toString"))))
			.isEqualTo("GET /reset/4711");
	}

	private String name(String pattern, Object handler) {
		this.request.setAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE, pattern);
		this.request.setAttribute(HandlerMapping.PATH_WITHIN_HANDLER_MAPPING_ATTRIBUTE, this.request.getRequestURI());
		new InFlightInterceptor(this.registry).preHandle(this.request, new MockHttpServletResponse(), handler);
		InFlight inFlight = this.registry.snapshot().get(0);
		return inFlight.name();
	}

}
