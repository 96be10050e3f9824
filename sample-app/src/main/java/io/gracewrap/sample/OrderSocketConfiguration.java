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

package io.gracewrap.sample;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;
import org.springframework.web.reactive.socket.server.upgrade.ReactorNettyRequestUpgradeStrategy;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.handler.ConcurrentWebSocketSessionDecorator;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/**
 * The feed of orders over WebSocket, at {@code /feed/socket} on every server. The server
 * is named, because Spring would otherwise choose from all that are on the class path.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
class OrderSocketConfiguration {

	private static final String PATH = "/feed/socket";

	@Configuration(proxyBeanMethods = false)
	@EnableWebSocket
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class ServletConfiguration implements WebSocketConfigurer {

		private final OrderFeed feed;

		ServletConfiguration(OrderFeed feed) {
			this.feed = feed;
		}

		@Override
		public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
			registry.addHandler(new OrderSocketHandler(this.feed), PATH)
				.setHandshakeHandler(new DefaultHandshakeHandler(new StandardWebSocketUpgradeStrategy()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	static class ReactiveConfiguration {

		@Bean
		HandlerMapping orderSocketMapping(OrderFeed feed) {
			WebSocketHandler handler = (session) -> Mono.firstWithSignal(
					session.send(Flux.from(feed.lines()).map(session::textMessage)), session.receive().then());
			return new SimpleUrlHandlerMapping(Map.of(PATH, handler), -1);
		}

		@Bean
		WebSocketHandlerAdapter orderSocketHandlerAdapter() {
			return new WebSocketHandlerAdapter(new HandshakeWebSocketService(new ReactorNettyRequestUpgradeStrategy()));
		}

	}

	/**
	 * Sends the feed to all its sessions.
	 */
	private static final class OrderSocketHandler extends TextWebSocketHandler {

		private static final Log logger = LogFactory.getLog(OrderSocketHandler.class);

		private static final int SEND_TIME_LIMIT = 5000;

		private static final int BUFFER_SIZE_LIMIT = 64 * 1024;

		private final Set<WebSocketSession> sessions = ConcurrentHashMap.newKeySet();

		OrderSocketHandler(OrderFeed feed) {
			Flux.from(feed.lines()).map(TextMessage::new).subscribe(this::send);
		}

		private void send(TextMessage message) {
			for (WebSocketSession session : this.sessions) {
				try {
					session.sendMessage(message);
				}
				catch (IOException | RuntimeException ex) {
					logger.debug("A listener has gone", ex);
				}
			}
		}

		@Override
		public void afterConnectionEstablished(WebSocketSession session) {
			this.sessions.add(new ConcurrentWebSocketSessionDecorator(session, SEND_TIME_LIMIT, BUFFER_SIZE_LIMIT));
		}

		@Override
		public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
			this.sessions.removeIf((candidate) -> candidate.getId().equals(session.getId()));
		}

	}

}
