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

import io.netty.channel.socket.nio.NioSocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.channel.ChannelOperations;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ConnectionClose}, where every server would hide what it does.
 *
 * @author GraceWrap Maintainers
 */
class ConnectionCloseTests {

	private final MockServerHttpResponse response = new MockServerHttpResponse();

	private void commit(String upgrade) {
		MockServerHttpRequest request = MockServerHttpRequest.get("/").header(HttpHeaders.UPGRADE, upgrade).build();
		TrackedResponse.of(this.response, request, () -> true, List.of(), null).setComplete().block();
	}

	@Test
	void isNotAnnouncedByAHandshakeThatHasNoStatusYet() {
		commit("WebSocket");
		assertThat(this.response.getHeaders().getConnection()).isEmpty();
	}

	@Test
	void isNotAnnouncedByAResponseThatSwitchesToWhateverProtocol() {
		this.response.setStatusCode(HttpStatus.SWITCHING_PROTOCOLS);
		commit("other");
		assertThat(this.response.getHeaders().getConnection()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 503 })
	void isAnnouncedByAHandshakeThatFails(int status) {
		this.response.setRawStatusCode(status);
		commit("websocket");
		assertThat(this.response.getHeaders().getConnection()).containsExactly("close");
	}

	@Test
	void doesNotLingerWhereTheClientHasJustGone() {
		ChannelOperations<?, ?> operations = mock();
		given(operations.channel()).willReturn(new NioSocketChannel());
		AbstractServerHttpRequest request = mock();
		given(request.getNativeRequest()).willReturn(operations);
		HttpHeaders headers = new HttpHeaders();
		headers.setContentLength(1);
		given(request.getHeaders()).willReturn(headers);
		assertThatNoException().isThrownBy(() -> ConnectionClose.lingerIfStillComing(request));
	}

	@Test
	void isAnnouncedByAResponseThatIgnoresAnUpgrade() {
		commit("h2c");
		assertThat(this.response.getHeaders().getConnection()).containsExactly("close");
	}

}
