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

package io.gracewrap.web.reactive;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MimeType;

/**
 * Stands in front of everything that answers WebFlux requests: tracks them until their
 * response is written, ends those that are streams, and announces
 * {@code Connection: close} on HTTP/1.x while traffic is refused.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class InFlightHttpHandlerDecorator implements HttpHandlerDecoratorFactory, Ordered {

	private final Drain drain;

	private final BooleanSupplier refusing;

	private final InFlightRegistry registry;

	private final Predicate<String> untracked;

	private final List<MimeType> streams;

	private volatile boolean applied;

	/**
	 * Create the decorator.
	 * @param drain tells whether traffic is refused
	 * @param registry where requests are tracked
	 * @param untracked tells the paths, within the application, of requests that are not
	 * work, such as probes and scrapes
	 * @param streams the media types of responses without an end
	 */
	public InFlightHttpHandlerDecorator(Drain drain, InFlightRegistry registry, Predicate<String> untracked,
			List<MimeType> streams) {
		this.drain = drain;
		this.refusing = drain::isRefusing;
		this.registry = registry;
		this.untracked = untracked;
		this.streams = List.copyOf(streams);
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public HttpHandler apply(HttpHandler handler) {
		this.applied = true;
		return (request, response) -> handle(handler, request, response);
	}

	/**
	 * Whether this stands in front of any handler. An application that makes its own
	 * {@link HttpHandler}, and not by {@code WebHttpHandlerBuilder}, leaves it out.
	 * @return whether it has been applied
	 */
	public boolean isApplied() {
		return this.applied;
	}

	private Mono<Void> handle(HttpHandler handler, ServerHttpRequest request, ServerHttpResponse response) {
		if (this.untracked.test(path(request.getPath().pathWithinApplication()))) {
			return handler.handle(request, TrackedResponse.of(response, request, this.refusing, this.streams, null));
		}
		if (this.refusing.getAsBoolean()) {
			// Now, to see where the request ends.
			ConnectionClose.lingerIfStillComing(request);
			if (this.drain.isCutting()) {
				this.drain.turnedAway();
				response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE);
				return TrackedResponse.of(response, request, this.refusing, this.streams, null).setComplete();
			}
		}
		return new TrackedHandling(handler, request, response);
	}

	/**
	 * The path by which handlers are found: decoded, and without parameters.
	 * @param path the path of a request within the application
	 * @return the path that handlers are found by
	 */
	private static String path(PathContainer path) {
		String value = path.value();
		if (value.indexOf('%') < 0 && value.indexOf(';') < 0) {
			return value;
		}
		StringBuilder decoded = new StringBuilder();
		for (PathContainer.Element element : path.elements()) {
			decoded.append(
					(element instanceof PathContainer.PathSegment segment) ? segment.valueToMatch() : element.value());
		}
		return decoded.toString();
	}

	/**
	 * What handles a request, tracked from the moment in which the server listens.
	 */
	private final class TrackedHandling extends Mono<Void> {

		private final HttpHandler handler;

		private final ServerHttpRequest request;

		private final ServerHttpResponse response;

		TrackedHandling(HttpHandler handler, ServerHttpRequest request, ServerHttpResponse response) {
			this.handler = handler;
			this.request = request;
			this.response = response;
		}

		@Override
		public void subscribe(CoreSubscriber<? super Void> server) {
			InFlightHttpHandlerDecorator decorator = InFlightHttpHandlerDecorator.this;
			RequestTracking tracking = new RequestTracking(decorator.registry, this.request.getMethod(), server);
			tracking.handle(this.handler, this.request,
					TrackedResponse.of(this.response, this.request, decorator.refusing, decorator.streams, tracking));
		}

	}

}
