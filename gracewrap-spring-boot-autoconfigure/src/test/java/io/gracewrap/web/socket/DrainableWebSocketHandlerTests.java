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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.gracewrap.InFlightRegistry;
import io.gracewrap.StreamDrain;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Tests for {@link DrainableWebSocketHandler}.
 *
 * @author GraceWrap Maintainers
 */
class DrainableWebSocketHandlerTests {

	private final InFlightRegistry registry = new InFlightRegistry();

	private final StreamDrain drain = new StreamDrain(this.registry, Duration.ZERO);

	private final WebSocketSession session = mock();

	private final List<String> handled = new ArrayList<>();

	private Runnable meanwhile = () -> {
	};

	private final DrainableWebSocketHandler handler = new DrainableWebSocketHandler(new AbstractWebSocketHandler() {

		@Override
		public void afterConnectionEstablished(WebSocketSession session) {
			DrainableWebSocketHandlerTests.this.meanwhile.run();
		}

		@Override
		public void handleMessage(WebSocketSession session, WebSocketMessage<?> message) {
			DrainableWebSocketHandlerTests.this.handled.add(message.getPayload().toString());
		}

		@Override
		public boolean supportsPartialMessages() {
			return true;
		}

	}, "/plain/*", this.registry, Runnable::run);

	@BeforeEach
	void identify() {
		given(this.session.getId()).willReturn("4711");
	}

	@Test
	void aSessionIsClosedAtOnceIfNothingIsBeingHandled() throws Exception {
		this.handler.afterConnectionEstablished(this.session);
		this.handler.handleMessage(this.session, new TextMessage("one"));
		then(this.session).should(never()).close(any());
		this.drain.refuse();
		this.drain.refusing(Duration.ZERO);
		then(this.session).should().close(CloseStatus.GOING_AWAY);
		assertThat(this.registry.streamCount()).isZero();
	}

	@Test
	void aSessionThatBeginsOnceMoreIsOneStream() throws Exception {
		this.handler.afterConnectionEstablished(this.session);
		this.handler.afterConnectionEstablished(this.session);
		assertThat(this.registry.streamCount()).isOne();
		this.handler.afterConnectionClosed(this.session, CloseStatus.NORMAL);
		assertThat(this.registry.streamCount()).isZero();
	}

	@Test
	void aSessionIsNotClosedWhileItBegins() throws Exception {
		this.meanwhile = () -> {
			this.drain.refuse();
			this.drain.refusing(Duration.ZERO);
			assertThat(this.registry.streamCount()).isOne();
		};
		this.handler.afterConnectionEstablished(this.session);
		assertThat(this.registry.streamCount()).isZero();
		then(this.session).should().close(CloseStatus.GOING_AWAY);
	}

	@Test
	void aSessionIsNotClosedInTheMiddleOfAMessage() throws Exception {
		this.handler.afterConnectionEstablished(this.session);
		this.handler.handleMessage(this.session, new TextMessage("one, ", false));
		this.drain.refuse();
		this.drain.refusing(Duration.ZERO);
		this.handler.handleMessage(this.session, new PongMessage());
		then(this.session).should(never()).close(any());
		this.handler.handleMessage(this.session, new TextMessage("two", true));
		then(this.session).should().close(CloseStatus.GOING_AWAY);
		assertThat(this.handled).startsWith("one, ").endsWith("two");
	}

	@Test
	void aMessageAfterTheCloseIsNotHandled() throws Exception {
		this.handler.afterConnectionEstablished(this.session);
		this.drain.refuse();
		this.drain.refusing(Duration.ZERO);
		this.handler.handleMessage(this.session, new TextMessage("before it is known"));
		this.handler.afterConnectionClosed(this.session, CloseStatus.GOING_AWAY);
		this.handler.handleMessage(this.session, new TextMessage("after it is known"));
		assertThat(this.handled).isEmpty();
	}

	@Test
	void aMessageAfterACloseOfTheApplicationsOwnIsHandled() throws Exception {
		this.handler.afterConnectionEstablished(this.session);
		this.handler.afterConnectionClosed(this.session, CloseStatus.NORMAL);
		this.handler.handleMessage(this.session, new TextMessage("late"));
		assertThat(this.handled).containsExactly("late");
	}

}
