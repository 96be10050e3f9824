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
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.gracewrap.InFlightRegistry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.Ordered;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;
import org.springframework.web.server.ServerWebExchange;

/**
 * Stands in front of the adapter that upgrades requests to WebSocket sessions, whichever
 * it is, and tracks the sessions.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class WebSocketTrackingAdapter implements HandlerAdapter, Ordered {

	private final InFlightRegistry registry;

	private final Supplier<List<HandlerAdapter>> adapters;

	/**
	 * Create the adapter.
	 * @param registry where sessions are tracked
	 * @param adapters all adapters, in order; asked for at the first request
	 */
	public WebSocketTrackingAdapter(InFlightRegistry registry, Supplier<Stream<HandlerAdapter>> adapters) {
		this.registry = registry;
		this.adapters = SingletonSupplier.of(() -> adapters.get().filter((adapter) -> adapter != this).toList());
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public boolean supports(Object handler) {
		return handler instanceof WebSocketHandler && adapterFor(handler) != null;
	}

	@Override
	public Mono<HandlerResult> handle(ServerWebExchange exchange, Object handler) {
		HandlerAdapter adapter = adapterFor(handler);
		if (adapter == null) {
			return Mono.error(new IllegalStateException("No adapter for " + handler));
		}
		return adapter.handle(exchange, new TrackedWebSocketHandler((WebSocketHandler) handler, this.registry,
				RequestTracking.of(exchange.getResponse()), exchange));
	}

	private @Nullable HandlerAdapter adapterFor(Object handler) {
		return this.adapters.get()
			.stream()
			.filter((adapter) -> adapter.supports(handler))
			.findFirst()
			.filter(WebSocketHandlerAdapter.class::isInstance)
			.orElse(null);
	}

}
