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

package io.gracewrap.sample.rollout;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HttpAnswer}.
 *
 * @author GraceWrap Maintainers
 */
class HttpAnswerTests {

	private static final String CHUNKED = "HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n"
			+ "8\r\n{\"id\":1}\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n";

	private static final String WITH_LENGTH = "HTTP/1.1 200 OK\r\ncontent-length:  5\r\nConnection: Keep-Alive\r\n\r\nhello";

	@Test
	void readsABodyWithALengthAndNotOneByteFurther() throws IOException {
		InputStream in = stream(WITH_LENGTH + WITH_LENGTH);
		HttpAnswer answer = HttpAnswer.read(in);
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.text()).isEqualTo("hello");
		assertThat(answer.saysClose()).isFalse();
		assertThat(in.available()).isEqualTo(WITH_LENGTH.length());
	}

	@Test
	void readsAChunkedBodyAndNotOneByteFurther() throws IOException {
		InputStream in = stream(CHUNKED + "HTTP");
		HttpAnswer answer = HttpAnswer.read(in);
		assertThat(answer.status()).isEqualTo(201);
		assertThat(answer.text()).isEqualTo("{\"id\":1}0123456789");
		assertThat(in.available()).isEqualTo(4);
	}

	@Test
	void skipsInterimAnswers() throws IOException {
		assertThat(HttpAnswer.read(stream("HTTP/1.1 100 Continue\r\n\r\n" + WITH_LENGTH)).text()).isEqualTo("hello");
	}

	@Test
	void readsAnAnswerWithoutABody() throws IOException {
		assertThat(HttpAnswer.read(stream("HTTP/1.1 204 No Content\r\n\r\n")).body()).isEmpty();
	}

	@Test
	void readsABodyThatTheEndOfItsConnectionDelimits() throws IOException {
		HttpAnswer answer = HttpAnswer.read(stream("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"));
		assertThat(answer.text()).isEqualTo("until the end");
		assertThat(answer.saysClose()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "close", "Close", "keep-alive, close", "close,foo" })
	void seesThatTheServerSaysClose(String connection) throws IOException {
		assertThat(HttpAnswer.read(stream("HTTP/1.1 204 \r\nConnection: " + connection + "\r\n\r\n")).saysClose())
			.isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { WITH_LENGTH, CHUNKED })
	void everyAnswerThatEndsTooEarlyIsCutShort(String answer) {
		for (int length = 0; length < answer.length(); length++) {
			InputStream in = stream(answer.substring(0, length));
			assertThatExceptionOfType(EOFException.class).as("%d bytes", length).isThrownBy(() -> HttpAnswer.read(in));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "SSH-2.0\r\n", "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
			"HTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n" })
	void whatIsNoHttpIsNoAnswer(String answer) {
		assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> HttpAnswer.read(stream(answer)));
	}

	private InputStream stream(String text) {
		return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
	}

}
