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

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;

import io.gracewrap.InFlightRegistry;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.util.MimeType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link TrackedResponse}.
 *
 * @author GraceWrap Maintainers
 */
class TrackedResponseTests {

	private final MockHttpServletRequest request = new MockHttpServletRequest("GET", "/");

	private final RequestTracking tracking = RequestTracking.begin(new InFlightRegistry(), this.request,
			new MockHttpServletResponse(), this);

	private final MockHttpServletResponse response = new MockHttpServletResponse();

	private static ResponseSettings settings(List<MimeType> streamTypes) {
		return new ResponseSettings(() -> false, new StreamTypes(streamTypes), false);
	}

	private TrackedResponse create() {
		return new TrackedResponse(this.request, this.response, settings(List.of(MediaType.TEXT_EVENT_STREAM)),
				this.tracking);
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

	@Test
	void aLineThatIsPrintedIsNoEvent() throws Exception {
		TrackedResponse tracked = create();
		tracked.setContentType("text/event-stream");
		ServletOutputStream out = tracked.getOutputStream();
		out.println("event: order");
		out.println("data: 1");
		stream().end();
		assertThat(stream().isEnded()).isFalse();
		out.println("");
		assertThat(stream().isEnded()).isTrue();
		assertThat(this.response.getContentAsString()).isEqualTo("event: order\r\ndata: 1\r\n\r\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "data: %d", "data: %d\n" })
	void aLineThatIsFormattedIsNoEvent(String line) throws Exception {
		TrackedResponse tracked = create();
		tracked.setContentType("text/event-stream");
		PrintWriter writer = tracked.getWriter();
		writer.printf(line, 1);
		stream().end();
		assertThat(stream().isEnded()).isFalse();
		writer.printf("\n\n");
		assertThat(stream().isEnded()).isTrue();
		assertThat(this.response.getContentAsString()).isEqualTo(line.formatted(1) + "\n\n");
	}

	/**
	 * As Spring Security asks before each write, and Tomcat refuses to tell.
	 */
	@Test
	void theServerIsNotAskedAboutAStreamThatHasBeenEnded() throws Exception {
		HttpServletResponse server = mock();
		given(server.getContentType()).willReturn("text/event-stream");
		TrackedResponse tracked = new TrackedResponse(this.request, server,
				settings(List.of(MediaType.TEXT_EVENT_STREAM)), this.tracking);
		given(server.getBufferSize()).willReturn(8192);
		assertThat(tracked.getBufferSize()).isEqualTo(8192);
		assertThat(tracked.isCommitted()).isFalse();
		stream().end();
		assertThat(stream().isEnded()).isTrue();
		given(server.getBufferSize()).willThrow(IllegalStateException.class);
		given(server.isCommitted()).willThrow(IllegalStateException.class);
		assertThat(tracked.getBufferSize()).isZero();
		assertThat(tracked.isCommitted()).isTrue();
	}

	@Test
	void theServerIsNotAskedAboutTheRequestOfAStreamThatHasBeenEnded() throws Exception {
		MockHttpServletRequest recycled = new MockHttpServletRequest("GET", "/") {

			@Override
			public String getProtocol() {
				throw new IllegalStateException("recycled");
			}

		};
		this.response.setContentType("text/event-stream");
		TrackedResponse tracked = new TrackedResponse(recycled, this.response, refusing(), this.tracking);
		stream().end();
		assertThat(tracked.getWriter()).isNotNull();
	}

	@Test
	void announcesTheCloseAlsoWhereHeadersOfAnIncludeAreNotTaken() throws Exception {
		TrackedResponse tracked = new TrackedResponse(this.request, this.response, refusing(), this.tracking);
		tracked.setResponse(new HttpServletResponseWrapper(this.response) {

			@Override
			public void setHeader(String name, String value) {
				// As Tomcat's, which stands below ours.
			}

		});
		tracked.getWriter();
		assertThat(this.response.getHeader("Connection")).isEqualTo("close");
	}

	private static ResponseSettings refusing() {
		return new ResponseSettings(() -> true, new StreamTypes(List.of(MediaType.TEXT_EVENT_STREAM)), false);
	}

	@Test
	void formatsAsTheWriterOfTheServerDoes() throws Exception {
		StringWriter text = new StringWriter();
		HttpServletResponse server = new HttpServletResponseWrapper(this.response) {

			@Override
			public PrintWriter getWriter() {
				return new PrintWriter(text) {

					@Override
					public PrintWriter format(String format, Object... args) {
						return format(Locale.GERMANY, format, args);
					}

				};
			}

		};
		PrintWriter writer = new TrackedResponse(this.request, server, settings(List.of()), this.tracking).getWriter();
		assertThat(writer.printf("%.2f", 1.5)).isSameAs(writer);
		writer.flush();
		assertThat(text).hasToString("1,50");
	}

	@Test
	void textThatIsNotWatchedIsPassedOnAsItIs() throws Exception {
		PrintWriter server = mock(PrintWriter.class);
		HttpServletResponse response = mock(HttpServletResponse.class);
		given(response.getWriter()).willReturn(server);
		PrintWriter writer = new TrackedResponse(this.request, response, settings(List.of()), this.tracking)
			.getWriter();
		writer.write("text");
		writer.write('c');
		then(server).should().write("text", 0, 4);
		then(server).should().write('c');
		then(server).shouldHaveNoMoreInteractions();
	}

	@Test
	void zerosThatAreNotFlushedAreNoWholeMessage() throws Exception {
		TrackedResponse tracked = new TrackedResponse(this.request, this.response,
				settings(List.of(MediaType.APPLICATION_OCTET_STREAM)), this.tracking);
		tracked.setContentType("application/octet-stream");
		tracked.getOutputStream().write(new byte[8]);
		stream().end();
		assertThat(stream().isEnded()).isFalse();
		tracked.getOutputStream().flush();
		assertThat(stream().isEnded()).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "application/x-ndjson, {\"title\":\"\u665A\u4E0A", "application/x-ndjson, {\"title\":\"\u300A",
			"text/event-stream, data: \u4E0A\u4E0A", "text/event-stream, data: \u4E0D\u4E0D" })
	void charactersWhoseLowerHalfIsALineEndEndNoMessage(String type, String piece) throws Exception {
		TrackedResponse tracked = new TrackedResponse(this.request, this.response,
				settings(List.of(MediaType.APPLICATION_NDJSON, MediaType.TEXT_EVENT_STREAM)), this.tracking);
		tracked.setContentType(type);
		tracked.setCharacterEncoding("UTF-8");
		tracked.getWriter().print(piece);
		stream().end();
		assertThat(stream().isEnded()).isFalse();
		tracked.getWriter().print("\"}\n\n");
		assertThat(stream().isEnded()).isTrue();
	}

	private ResponseStream stream() {
		ResponseStream stream = this.tracking.stream();
		assertThat(stream).isNotNull();
		return stream;
	}

}
