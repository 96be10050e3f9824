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

import io.gracewrap.web.Gate;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.RequestUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.socket.server.support.HttpSessionHandshakeInterceptor;

/**
 * Has WebSocket endpoints of every kind.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableWebSocket
@EnableWebSocketMessageBroker
class SocketApplication implements WebSocketConfigurer, WebSocketMessageBrokerConfigurer {

	private final EchoHandler echoHandler = new EchoHandler();

	private final RequestUpgradeStrategy upgradeStrategy;

	SocketApplication(RequestUpgradeStrategy upgradeStrategy) {
		this.upgradeStrategy = upgradeStrategy;
	}

	@Bean
	EchoHandler echoHandler() {
		return this.echoHandler;
	}

	private DefaultHandshakeHandler handshake() {
		return new DefaultHandshakeHandler(this.upgradeStrategy);
	}

	@Override
	public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
		registry.addHandler(this.echoHandler, "/plain/*")
			.setHandshakeHandler(handshake())
			.addInterceptors(new HttpSessionHandshakeInterceptor());
		registry.addHandler(this.echoHandler, "/sockjs").setHandshakeHandler(handshake()).withSockJS();
	}

	@Override
	public void registerStompEndpoints(StompEndpointRegistry registry) {
		registry.addEndpoint("/stomp").setHandshakeHandler(handshake());
	}

	@Override
	public void configureMessageBroker(MessageBrokerRegistry registry) {
		registry.enableSimpleBroker("/topic");
	}

	/**
	 * Echoes text, late or when it is told to, and floods those who ask for it with
	 * binary messages.
	 */
	static class EchoHandler extends TextWebSocketHandler {

		final Gate gate = new Gate();

		volatile int flooded;

		volatile int handled;

		@Override
		protected void handleTextMessage(WebSocketSession session, TextMessage message) throws Exception {
			this.handled++;
			if (message.getPayload().equals("late")) {
				this.gate.pass();
			}
			if (!message.getPayload().equals("flood")) {
				session.sendMessage(message);
				return;
			}
			new Thread(() -> flood(session)).start();
		}

		private void flood(WebSocketSession session) {
			try {
				while (session.isOpen()) {
					session.sendMessage(new BinaryMessage(new byte[50_000]));
					this.flooded++;
				}
			}
			catch (Exception ex) {
				// It is closed.
			}
		}

	}

}
