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

import io.gracewrap.InFlightRegistry;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Tests for {@link RequestTracking}: what becomes of a request that is cut while it is
 * asynchronous.
 *
 * @author GraceWrap Maintainers
 */
class ServletRequestTrackingTests {

	private final MockHttpServletResponse response = new MockHttpServletResponse();

	private final AsyncContext asyncContext = mock();

	@Test
	void isUnavailable() {
		cut();
		Awaitility.await().untilAsserted(() -> verify(this.asyncContext).complete());
		assertThat(this.response.getStatus()).isEqualTo(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
	}

	@Test
	void keepsTheAnswerThatItHasBeenDispatchedWith() {
		this.response.setStatus(HttpServletResponse.SC_CREATED);
		willThrow(IllegalStateException.class).given(this.asyncContext).complete();
		cut();
		Awaitility.await().untilAsserted(() -> verify(this.asyncContext).complete());
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.response.getStatus()).isEqualTo(HttpServletResponse.SC_CREATED));
	}

	private void cut() {
		MockHttpServletRequest request = new MockHttpServletRequest("GET", "/") {

			@Override
			public boolean isAsyncStarted() {
				return true;
			}

			@Override
			public AsyncContext getAsyncContext() {
				return ServletRequestTrackingTests.this.asyncContext;
			}

		};
		given(this.asyncContext.getResponse()).willReturn(this.response);
		RequestTracking tracking = RequestTracking.begin(new InFlightRegistry(), request, this.response, this);
		tracking.endDispatch(request);
		tracking.abort();
	}

}
