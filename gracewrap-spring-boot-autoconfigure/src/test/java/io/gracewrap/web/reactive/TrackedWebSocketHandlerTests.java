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

import java.time.Duration;

import io.gracewrap.InFlightRegistry;
import io.gracewrap.StreamDrain;
import io.gracewrap.web.ClientConnection;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketSession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;

/**
 * Tests for {@link TrackedWebSocketHandler}.
 *
 * @author GraceWrap Maintainers
 */
class TrackedWebSocketHandlerTests {

	private final InFlightRegistry registry = new InFlightRegistry();

	private final WebSocketSession session = mock(WebSocketSession.class);

	private final Sinks.Empty<Void> handled = Sinks.empty();

	private final Sinks.Empty<Void> told = Sinks.empty();

	@BeforeEach
	void handle() {
		given(this.session.closeStatus()).willReturn(Mono.never());
		given(this.session.close(CloseStatus.GOING_AWAY)).willReturn(this.told.asMono());
		new TrackedWebSocketHandler((session) -> this.handled.asMono(), this.registry, null,
				MockServerWebExchange.from(MockServerHttpRequest.get("/")))
			.handle(this.session)
			.subscribe();
		assertThat(this.registry.streamCount()).isOne();
	}

	@Test
	void aSessionThatIsBeingClosedLastsUntilItsClientHasBeenTold() {
		StreamDrain drain = new StreamDrain(this.registry, Duration.ZERO);
		drain.refuse();
		drain.refusing(Duration.ZERO);
		then(this.session).should(timeout(ClientConnection.TIMEOUT.toMillis())).close(CloseStatus.GOING_AWAY);
		this.handled.tryEmitEmpty();
		assertThat(this.registry.streamCount()).as("the handler alone does not end it").isOne();
		this.told.tryEmitEmpty();
		Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> this.registry.streamCount() == 0);
	}

	@Test
	void aSessionThatIsNotBeingClosedEndsWithItsHandler() {
		this.handled.tryEmitEmpty();
		assertThat(this.registry.streamCount()).isZero();
		then(this.session).should(never()).close(CloseStatus.GOING_AWAY);
	}

}
