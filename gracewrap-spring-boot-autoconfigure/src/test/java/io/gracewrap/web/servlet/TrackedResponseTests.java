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

import io.gracewrap.InFlightRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TrackedResponse}.
 *
 * @author GraceWrap Maintainers
 */
class TrackedResponseTests {

	private final RequestTracking tracking = RequestTracking.begin(new InFlightRegistry(),
			new MockHttpServletRequest("GET", "/"), this);

	private final MockHttpServletResponse response = new MockHttpServletResponse();

	private TrackedResponse create() {
		return new TrackedResponse(this.response, () -> false, true,
				new StreamTypes(List.of(MediaType.TEXT_EVENT_STREAM)), this.tracking);
	}

	@Test
	void watchesAStreamWhoseTypeHasBeenSetInFrontOfIt() {
		this.response.setContentType("text/event-stream");
		create();
		assertThat(this.tracking.stream()).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "text/event-stream", "Text/Event-Stream;charset=UTF-8" })
	void watchesAStreamHoweverItsTypeIsSet(String type) {
		create().setContentType(type);
		assertThat(this.tracking.stream()).isNotNull();
	}

	@Test
	void watchesAStreamWhoseTypeIsAHeader() {
		create().addHeader("content-type", "text/event-stream");
		assertThat(this.tracking.stream()).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "application/json", "text/plain;charset=UTF-8", "no type" })
	void watchesNothingElse(String type) {
		TrackedResponse tracked = create();
		tracked.setHeader("Content-Type", type);
		tracked.setHeader("X-Type", "text/event-stream");
		assertThat(this.tracking.stream()).isNull();
	}

}
