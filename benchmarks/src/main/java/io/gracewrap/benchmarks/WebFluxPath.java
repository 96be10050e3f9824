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

package io.gracewrap.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.gracewrap.web.reactive.InFlightHandlerMapping;
import io.gracewrap.web.reactive.InFlightHttpHandlerDecorator;
import reactor.core.publisher.Mono;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.adapter.HttpWebHandlerAdapter;

/**
 * What GraceWrap has in an application of WebFlux, its connections included, around next
 * to nothing: an exchange of Spring's, and an answer.
 *
 * @author GraceWrap Maintainers
 */
final class WebFluxPath {

	private static final byte[] ANSWER = HelloApplication.ANSWER.getBytes(StandardCharsets.UTF_8);

	private WebFluxPath() {
	}

	static Exchange create(ConfigurableApplicationContext application) {
		List<InFlightHandlerMapping> mappings = List
			.copyOf(application.getBeansOfType(InFlightHandlerMapping.class).values());
		HttpHandler handler = new HttpWebHandlerAdapter((exchange) -> {
			mappings.forEach((mapping) -> mapping.getHandler(exchange));
			return handle(exchange);
		});
		for (InFlightHttpHandlerDecorator decorator : application.getBeansOfType(InFlightHttpHandlerDecorator.class)
			.values()) {
			handler = decorator.apply(handler);
		}
		return new NettyExchange(application, handler);
	}

	private static Mono<Void> handle(ServerWebExchange exchange) {
		ServerHttpResponse response = exchange.getResponse();
		response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
		response.getHeaders().setContentLength(ANSWER.length);
		DataBuffer buffer = DefaultDataBufferFactory.sharedInstance.wrap(ANSWER);
		// As Spring's own writers do.
		return response.writeWith(Mono.just(buffer).doOnDiscard(DataBuffer.class, DataBufferUtils::release));
	}

}
