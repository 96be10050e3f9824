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

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.util.MimeType;

/**
 * Stands in front of everything that answers servlet requests: tracks them, lets those be
 * ended whose response is a stream, and announces {@code Connection: close} on HTTP/1.x
 * while traffic is refused. To be mapped to the dispatcher types {@code REQUEST},
 * {@code ASYNC} and {@code ERROR}.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class InFlightFilter implements Filter {

	private final Drain drain;

	private final BooleanSupplier refusing;

	private final InFlightRegistry registry;

	private final Predicate<HttpServletRequest> untracked;

	private final ResponseSettings settings;

	/**
	 * Create the filter.
	 * @param drain tells whether traffic is refused
	 * @param registry where requests are tracked
	 * @param untracked tells requests that are not work, such as probes and scrapes
	 * @param streamTypes the media types of responses that are streams without an end
	 * @param compressing whether the server compresses responses
	 */
	public InFlightFilter(Drain drain, InFlightRegistry registry, Predicate<HttpServletRequest> untracked,
			List<MimeType> streamTypes, boolean compressing) {
		this.drain = drain;
		this.refusing = drain::isRefusing;
		this.registry = registry;
		this.untracked = untracked;
		this.settings = new ResponseSettings(this.refusing, new StreamTypes(streamTypes), compressing);
	}

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		if (!(request instanceof HttpServletRequest httpRequest
				&& response instanceof HttpServletResponse httpResponse)) {
			chain.doFilter(request, response);
			return;
		}
		DispatcherType type = request.getDispatcherType();
		if (type == DispatcherType.REQUEST && isTooLate(httpRequest)) {
			TrackedResponse.announceClose(request, httpResponse);
			httpResponse.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
			return;
		}
		RequestTracking tracking = beginDispatch(httpRequest, httpResponse, type);
		try {
			if (this.refusing.getAsBoolean()) {
				TrackedResponse.announceClose(request, httpResponse);
			}
			doFilter(httpRequest, httpResponse, type, tracking, chain);
		}
		finally {
			// The thread that goes on with the request may be writing the headers now.
			if (this.refusing.getAsBoolean() && !request.isAsyncStarted()) {
				TrackedResponse.announceClose(request, httpResponse);
			}
			if (tracking != null) {
				tracking.endDispatch(request);
			}
		}
	}

	private boolean isTooLate(HttpServletRequest request) {
		if (!this.refusing.getAsBoolean() || !this.drain.isCutting() || RequestTracking.wrappedIn(request) != null
				|| this.untracked.test(request)) {
			return false;
		}
		this.drain.turnedAway();
		return true;
	}

	private void doFilter(HttpServletRequest request, HttpServletResponse response, DispatcherType type,
			@Nullable RequestTracking tracking, FilterChain chain) throws IOException, ServletException {
		try {
			if (tracking == null) {
				chain.doFilter(request, (type == DispatcherType.ASYNC) ? response
						: new TrackedResponse(request, response, this.settings, null));
				return;
			}
			if (type != DispatcherType.ASYNC) {
				TrackedResponse tracked = new TrackedResponse(request, response, this.settings, tracking);
				// Tomcat allows TRACE where OPTIONS finds a request that is wrapped.
				chain.doFilter(HttpMethod.OPTIONS.matches(request.getMethod()) ? request
						: new TrackedRequest(request, tracked, tracking), tracked);
			}
			else {
				// Wrapped since the request began.
				chain.doFilter(request, response);
			}
			tracking.endCut();
		}
		catch (IOException | ServletException | RuntimeException ex) {
			if (tracking != null && tracking.hasEndedStream()) {
				// Under a handler that did not expect it. All that it has written is
				// whole, and the server ends the response properly.
				return;
			}
			if (tracking != null && tracking.isCut()) {
				TrackedResponse.leaveUnfinished(request, response);
			}
			throw ex;
		}
	}

	private @Nullable RequestTracking beginDispatch(HttpServletRequest request, HttpServletResponse response,
			DispatcherType type) {
		if (type == DispatcherType.REQUEST) {
			if (RequestTracking.wrappedIn(request) != null) {
				return null;
			}
			if (this.untracked.test(request)) {
				RequestTracking.ignore(request);
				return null;
			}
			return RequestTracking.begin(this.registry, request, response, this);
		}
		RequestTracking tracking = (type == DispatcherType.ASYNC) ? RequestTracking.of(request) : null;
		if (tracking == null || !tracking.isOwnedBy(this)) {
			return null;
		}
		tracking.inFlight().resume();
		return tracking;
	}

}
