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

package io.gracewrap.web.socket;

import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.server.DrainThreads;

import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.handler.ExceptionWebSocketHandlerDecorator;
import org.springframework.web.socket.handler.LoggingWebSocketHandlerDecorator;
import org.springframework.web.socket.handler.WebSocketHandlerDecorator;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;
import org.springframework.web.socket.sockjs.support.SockJsHttpRequestHandler;

/**
 * Makes the sessions of mapped WebSocket handlers drainable, STOMP's and SockJS's as
 * well. Spring has no other place that sees all of them.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class WebSocketDrainPostProcessor implements InstantiationAwareBeanPostProcessor {

	private final Supplier<InFlightRegistry> registry;

	private final Executor executor;

	/**
	 * Create the post-processor.
	 * @param registry where sessions are tracked; asked for when a handler is mapped
	 */
	public WebSocketDrainPostProcessor(Supplier<InFlightRegistry> registry) {
		this.registry = registry;
		this.executor = DrainThreads.create("gracewrap-websocket-");
	}

	/**
	 * Before the mapping is told of the application context, because it registers its
	 * handlers then.
	 */
	@Override
	public boolean postProcessAfterInstantiation(Object bean, String beanName) {
		if (bean instanceof SimpleUrlHandlerMapping mapping) {
			@SuppressWarnings("unchecked")
			Map<String, Object> handlers = (Map<String, Object>) mapping.getUrlMap();
			handlers.replaceAll(this::drainable);
		}
		return true;
	}

	private Object drainable(String route, Object handler) {
		if (handler.getClass() == WebSocketHttpRequestHandler.class) {
			WebSocketHttpRequestHandler plain = (WebSocketHttpRequestHandler) handler;
			WebSocketHttpRequestHandler drainable = new WebSocketHttpRequestHandler(
					drainable(route, plain.getWebSocketHandler()), plain.getHandshakeHandler());
			drainable.setHandshakeInterceptors(plain.getHandshakeInterceptors());
			return drainable;
		}
		if (handler.getClass() == SockJsHttpRequestHandler.class) {
			SockJsHttpRequestHandler sockJs = (SockJsHttpRequestHandler) handler;
			return new SockJsHttpRequestHandler(sockJs.getSockJsService(),
					drainable(route, sockJs.getWebSocketHandler()));
		}
		return handler;
	}

	private WebSocketHandler drainable(String route, WebSocketHandler handler) {
		WebSocketHandler undecorated = handler;
		// Put around the result again by the one that uses it, which does not know those
		// of the application that extend them.
		while (undecorated.getClass() == ExceptionWebSocketHandlerDecorator.class
				|| undecorated.getClass() == LoggingWebSocketHandlerDecorator.class) {
			undecorated = ((WebSocketHandlerDecorator) undecorated).getDelegate();
		}
		return new DrainableWebSocketHandler(undecorated, route, this.registry.get(), this.executor);
	}

}
