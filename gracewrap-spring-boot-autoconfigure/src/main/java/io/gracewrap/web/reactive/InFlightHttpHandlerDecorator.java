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
import java.util.function.Predicate;

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import reactor.core.publisher.Mono;

import org.springframework.core.Ordered;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.RequestPath;
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

	private final InFlightRegistry registry;

	private final Predicate<String> untracked;

	private final List<MimeType> streams;

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
		this.registry = registry;
		this.untracked = untracked;
		this.streams = streams;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public HttpHandler apply(HttpHandler handler) {
		return (request, response) -> handle(handler, request, response);
	}

	private Mono<Void> handle(HttpHandler handler, ServerHttpRequest request, ServerHttpResponse response) {
		ConnectionClose.announceIf(this.drain::isRefusing, request, response);
		if (this.untracked.test(path(request.getPath()))) {
			return handler.handle(request, response);
		}
		return Mono.defer(() -> {
			RequestTracking tracking = new RequestTracking(this.registry, request.getMethod());
			return tracking.track(handler, request, response, this.streams);
		});
	}

	/**
	 * The path by which handlers are found: decoded, and without parameters.
	 * @param path the path of a request
	 * @return its path within the application
	 */
	private static String path(RequestPath path) {
		StringBuilder decoded = new StringBuilder();
		for (PathContainer.Element element : path.pathWithinApplication().elements()) {
			decoded.append(
					(element instanceof PathContainer.PathSegment segment) ? segment.valueToMatch() : element.value());
		}
		return decoded.toString();
	}

}
