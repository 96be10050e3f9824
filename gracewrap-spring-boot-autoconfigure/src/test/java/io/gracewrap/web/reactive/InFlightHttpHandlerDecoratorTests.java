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

import io.gracewrap.Drain;
import io.gracewrap.InFlightRegistry;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Tests for {@link InFlightHttpHandlerDecorator}.
 *
 * @author GraceWrap Maintainers
 */
class InFlightHttpHandlerDecoratorTests {

	private final Drain drain = mock(Drain.class);

	private final HttpHandler handler = new InFlightHttpHandlerDecorator(this.drain, new InFlightRegistry(),
			"/probe"::equals, List.of())
		.apply((request, response) -> {
			response.setStatusCode(HttpStatus.OK);
			return Mono.empty();
		});

	@Test
	void whatNoThreadHasTakenUpBeforeTheDeadlineIsAnswered() {
		given(this.drain.isRefusing()).willReturn(true);
		given(this.drain.isCutting()).willReturn(true);
		MockServerHttpResponse response = handle("/orders");
		assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
		assertThat(response.getHeaders().getConnection()).containsExactly("close");
		then(this.drain).should().turnedAway();
		assertThat(handle("/probe").getStatusCode()).isEqualTo(HttpStatus.OK);
	}

	@Test
	void whatComesBeforeIsHandled() {
		given(this.drain.isRefusing()).willReturn(true);
		assertThat(handle("/orders").getStatusCode()).isEqualTo(HttpStatus.OK);
		then(this.drain).should(never()).turnedAway();
	}

	private MockServerHttpResponse handle(String path) {
		MockServerHttpResponse response = new MockServerHttpResponse();
		this.handler.handle(MockServerHttpRequest.get(path).build(), response).block();
		return response;
	}

}
