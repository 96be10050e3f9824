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

package io.gracewrap.web.servlet;

import java.util.List;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.util.MimeType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StreamTypes}.
 *
 * @author GraceWrap Maintainers
 */
class StreamTypesTests {

	@ParameterizedTest
	@CsvSource({ "text/event-stream, text/event-stream", "text/event-stream, TEXT/Event-Stream;charset=UTF-8",
			"application/*+json, application/problem+json", "text/*, text/plain", "*/*, application/json" })
	void findsTheTypeOfAStream(MimeType stream, String contentType) {
		assertThat(new StreamTypes(List.of(stream)).find(contentType)).isEqualTo(MimeType.valueOf(contentType));
	}

	@ParameterizedTest
	@CsvSource({ "text/event-stream, text/event-streams", "text/event-stream, text/html",
			"application/*+json, application/json", "text/*, application/json", "text/*, text/", "text/*, ''" })
	void findsNoOtherType(MimeType stream, String contentType) {
		assertThat(new StreamTypes(List.of(stream)).find(contentType)).isNull();
	}

}
