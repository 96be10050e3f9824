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

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

import io.gracewrap.InFlightRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;
import org.springframework.web.socket.handler.ExceptionWebSocketHandlerDecorator;
import org.springframework.web.socket.handler.LoggingWebSocketHandlerDecorator;
import org.springframework.web.socket.handler.WebSocketHandlerDecorator;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WebSocketDrainPostProcessor}.
 *
 * @author GraceWrap Maintainers
 */
class WebSocketDrainPostProcessorTests {

	private final WebSocketHandler handler = new AbstractWebSocketHandler() {
	};

	@Test
	void aHandlerIsMadeDrainableBelowWhatSpringPutsAroundIt() {
		assertThat(decorators(this.handler)).containsExactly(ExceptionWebSocketHandlerDecorator.class,
				LoggingWebSocketHandlerDecorator.class, DrainableWebSocketHandler.class);
	}

	@Test
	void decoratorsOfTheApplicationStay() {
		WebSocketHandler decorated = new ExceptionWebSocketHandlerDecorator(this.handler) {
		};
		assertThat(decorators(decorated)).containsExactly(ExceptionWebSocketHandlerDecorator.class,
				LoggingWebSocketHandlerDecorator.class, DrainableWebSocketHandler.class, decorated.getClass());
	}

	private static Stream<Class<?>> decorators(WebSocketHandler handler) {
		SimpleUrlHandlerMapping mapping = new SimpleUrlHandlerMapping(
				new HashMap<>(Map.of("/socket", new WebSocketHttpRequestHandler(handler))));
		new WebSocketDrainPostProcessor(InFlightRegistry::new).postProcessAfterInstantiation(mapping, "mapping");
		WebSocketHttpRequestHandler drainable = (WebSocketHttpRequestHandler) mapping.getUrlMap().get("/socket");
		return Stream
			.iterate(drainable.getWebSocketHandler(), WebSocketHandlerDecorator.class::isInstance,
					(decorator) -> ((WebSocketHandlerDecorator) decorator).getDelegate())
			.map(Object::getClass);
	}

}
