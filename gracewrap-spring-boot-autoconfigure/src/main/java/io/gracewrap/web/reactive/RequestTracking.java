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

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.ContextView;

import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MimeType;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;

/**
 * What is in flight for one WebFlux request, until its response is written. Found in the
 * context of the subscriber by whatever handles the request.
 *
 * @author GraceWrap Maintainers
 */
final class RequestTracking {

	private final InFlight inFlight;

	private final Sinks.Empty<Void> cut = Sinks.empty();

	private volatile @Nullable StreamEnd end;

	RequestTracking(InFlightRegistry registry, HttpMethod method) {
		this.inFlight = registry.begin(method.name(), null);
		// What thread works on it is nobody's to interrupt: it may be an event loop.
		this.inFlight.suspend();
		this.inFlight.onAbort(this::abort);
	}

	static @Nullable RequestTracking of(ContextView context) {
		return context.getOrDefault(RequestTracking.class, null);
	}

	Mono<Void> track(HttpHandler handler, ServerHttpRequest request, ServerHttpResponse response,
			List<MimeType> streams) {
		ServerHttpResponse tracked = StreamResponse.of(response, streams, this);
		return Mono.defer(() -> handler.handle(request, tracked))
			.takeUntilOther(this.cut.asMono().then(Mono.defer(() -> answerUnavailable(response))))
			.doFinally((signal) -> close())
			.contextWrite((context) -> context.put(RequestTracking.class, this));
	}

	/**
	 * The request has reached the application.
	 * @param exchange tells its route and handler when they have been found
	 */
	void enter(ServerWebExchange exchange) {
		this.inFlight.beforeDescribe(() -> this.inFlight.handledBy(route(exchange),
				exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE)));
	}

	static @Nullable String route(ServerWebExchange exchange) {
		Object pattern = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
		return (pattern != null) ? pattern.toString() : null;
	}

	/**
	 * Make a response body end when streams are to.
	 * @param <T> the type of its elements, which are sent as a whole
	 * @param body the body
	 * @return the body, with an end
	 */
	<T> Flux<T> endingStream(Flux<T> body) {
		return Flux.defer(() -> {
			StreamEnd end = new StreamEnd();
			this.end = end;
			this.inFlight.stream(end::come);
			return end.endWhenItComes(body);
		});
	}

	private void abort() {
		StreamEnd end = this.end;
		if (end == null || !end.come()) {
			this.cut.tryEmitEmpty();
		}
	}

	/**
	 * Answer before what handles the request is cancelled: it might answer that.
	 * @param response the response
	 * @return completes when the response is on its way
	 */
	private static Mono<Void> answerUnavailable(ServerHttpResponse response) {
		if (response.isCommitted() || !response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE)) {
			// No client is to take half a response for a whole one.
			return Mono.error(new IllegalStateException("Cut at the drain deadline"));
		}
		response.getHeaders().clearContentHeaders();
		return response.setComplete();
	}

	void close() {
		this.inFlight.close();
	}

}
