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
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.core.Ordered;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.AsyncHandlerInterceptor;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.support.RequestContextUtils;

/**
 * Tracks Spring MVC requests: names the handler and the thread of a request that is
 * tracked already, and tracks it itself where {@link InFlightFilter} is not in front.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class InFlightInterceptor implements AsyncHandlerInterceptor, HandlerExceptionResolver, Ordered {

	private final InFlightRegistry registry;

	/**
	 * Create the interceptor.
	 * @param registry where requests are tracked
	 */
	public InFlightInterceptor(InFlightRegistry registry) {
		this.registry = registry;
	}

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
		RequestTracking tracking = RequestTracking.of(request);
		if (tracking == null) {
			if (RequestTracking.isIgnored(request) || isManagement(request)) {
				return true;
			}
			tracking = RequestTracking.begin(this.registry, request, response, this);
		}
		DispatcherType type = request.getDispatcherType();
		tracking.enter(type);
		InFlight inFlight = tracking.inFlight();
		if (type == DispatcherType.ASYNC) {
			inFlight.resume();
		}
		else if (type != DispatcherType.ERROR || tracking.isOwnedBy(this)) {
			inFlight.handledBy(route(request, handler), handler);
		}
		return true;
	}

	/**
	 * Find the pattern of a route. Mappings of plain URLs say that the path is the
	 * pattern where their handler is one for all paths.
	 * @param request the request
	 * @param handler its handler
	 * @return the pattern, if one is known
	 */
	private static @Nullable String route(HttpServletRequest request, Object handler) {
		Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
		boolean path = !(handler instanceof HandlerMethod || handler instanceof HandlerFunction) && pattern != null
				&& pattern.equals(request.getAttribute(HandlerMapping.PATH_WITHIN_HANDLER_MAPPING_ATTRIBUTE));
		return (pattern != null && !path) ? pattern.toString() : null;
	}

	/**
	 * A management server of its own has no filter of ours, but finds our interceptor in
	 * the parent context.
	 * @param request the request
	 * @return whether the management server serves it
	 */
	private static boolean isManagement(HttpServletRequest request) {
		return WebServerNamespace.from(RequestContextUtils.findWebApplicationContext(request))
			.equals(WebServerNamespace.MANAGEMENT);
	}

	@Override
	public void afterConcurrentHandlingStarted(HttpServletRequest request, HttpServletResponse response,
			Object handler) {
		endDispatch(request);
	}

	@Override
	public void afterCompletion(HttpServletRequest request, HttpServletResponse response, Object handler,
			@Nullable Exception ex) {
		endDispatch(request);
	}

	/**
	 * Take note of a handler that fails, before anything else handles the exception.
	 */
	@Override
	public @Nullable ModelAndView resolveException(HttpServletRequest request, HttpServletResponse response,
			@Nullable Object handler, Exception ex) {
		RequestTracking tracking = RequestTracking.of(request);
		if (tracking != null) {
			tracking.failed();
		}
		return null;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	private void endDispatch(HttpServletRequest request) {
		RequestTracking tracking = RequestTracking.of(request);
		if (tracking != null && tracking.leave() && tracking.isOwnedBy(this)) {
			tracking.endDispatch(request);
		}
	}

}
