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

import reactor.core.publisher.Mono;

import org.springframework.core.Ordered;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;

/**
 * Maps nothing, but is asked first, and lets a request that is tracked be named by the
 * route and the handler that are found for it. A filter would cost each request several
 * times as much.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class InFlightHandlerMapping implements HandlerMapping, Ordered {

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public Mono<Object> getHandler(ServerWebExchange exchange) {
		RequestTracking tracking = RequestTracking.of(exchange.getResponse());
		if (tracking != null) {
			tracking.enter(exchange);
		}
		return Mono.empty();
	}

}
