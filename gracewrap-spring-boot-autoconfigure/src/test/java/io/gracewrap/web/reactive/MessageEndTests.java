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

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MessageEnd}.
 *
 * @author GraceWrap Maintainers
 */
class MessageEndTests {

	private final MessageEnd events = new MessageEnd(MediaType.parseMediaType("text/event-stream;charset=UTF-8"));

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "\r" })
	void anEventEndsWithABlankLineHoweverItIsCut(String line) {
		assertThat(this.events.test(buffer("data: 1" + line))).isFalse();
		assertThat(this.events.test(buffer("data"))).isFalse();
		assertThat(this.events.test(buffer(": 2" + line))).isFalse();
		assertThat(this.events.test(buffer(""))).isFalse();
		assertThat(this.events.test(buffer(line))).isTrue();
		assertThat(this.events.test(buffer("data: 3" + line + line))).isTrue();
	}

	@Test
	void buffersThatAreFlushedOneByOneAreLookedInto() {
		assertThat(this.events.test(Flux.just(buffer("data: 1\n")))).isFalse();
		assertThat(this.events.test(Flux.empty())).isFalse();
		assertThat(this.events.test(Mono.just(buffer("\n")))).isTrue();
		assertThat(this.events.test(Mono.just(buffer("data: 2\n")))).isFalse();
	}

	@Test
	void whatIsNotThereYetIsTakenForWhole() {
		assertThat(this.events.test(buffer("data: 1\n"))).isFalse();
		assertThat(this.events.test(Mono.fromSupplier(() -> buffer("half")))).isTrue();
		assertThat(this.events.test(Flux.just(buffer("data: 2\n"), buffer("\n")))).isTrue();
	}

	@Test
	void aLineOfJsonEndsWithTheLine() {
		MessageEnd lines = new MessageEnd(MediaType.APPLICATION_NDJSON);
		assertThat(lines.test(buffer("{\"half\":"))).isFalse();
		assertThat(lines.test(buffer("1}\n"))).isTrue();
	}

	@Test
	void nobodyKnowsWhereOtherMessagesEnd() {
		assertThat(new MessageEnd(MediaType.APPLICATION_OCTET_STREAM).test(buffer("half"))).isTrue();
	}

	private static DataBuffer buffer(String text) {
		return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

}
