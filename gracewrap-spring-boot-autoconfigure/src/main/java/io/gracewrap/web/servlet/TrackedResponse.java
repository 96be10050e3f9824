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

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * A response that, on HTTP/1.x, announces {@code Connection: close} if its headers are
 * sent while traffic is refused, however long before that its request came, and that can
 * be ended if it is a stream. The Servlet API has no way to be called before the headers
 * are sent, so every method that may send them is covered.
 *
 * @author GraceWrap Maintainers
 */
final class TrackedResponse extends HttpServletResponseWrapper {

	private static final int LAST_BYTES = 4;

	private final ServletRequest request;

	/** Of the server. In an include Tomcat puts one below this that takes no headers. */
	private final HttpServletResponse response;

	private final ResponseSettings settings;

	private final @Nullable RequestTracking tracking;

	private @Nullable ServletOutputStream outputStream;

	private @Nullable PrintWriter writer;

	/**
	 * Create the response.
	 * @param request its request
	 * @param response the response of the server
	 * @param settings what all responses have in common
	 * @param tracking what is in flight, unless the request is not tracked
	 */
	TrackedResponse(ServletRequest request, HttpServletResponse response, ResponseSettings settings,
			@Nullable RequestTracking tracking) {
		super(response);
		this.request = request;
		this.response = response;
		this.settings = settings;
		this.tracking = tracking;
		// What stands in front may have set it.
		watchIfStream(response.getContentType());
	}

	/**
	 * From now on everything that is written is watched, because this may turn out to be
	 * a stream. Most responses never are: for them nothing is kept.
	 * @param tracking what is in flight
	 * @return what is told of everything that is written
	 */
	private ResponseStream watch(RequestTracking tracking) {
		return tracking.mayStream(this.request, this.response, this.settings.streamTypes());
	}

	/**
	 * The request has become asynchronous.
	 * @param asyncContext what completes it
	 */
	void started(AsyncContext asyncContext) {
		if (this.tracking != null) {
			watch(this.tracking).started(asyncContext);
		}
	}

	private void watchIfStream(@Nullable String contentType) {
		if (this.tracking != null && this.settings.streamTypes().find(contentType) != null) {
			watch(this.tracking);
		}
	}

	private @Nullable ResponseStream stream() {
		return (this.tracking != null) ? this.tracking.stream() : null;
	}

	/**
	 * Whether nothing is to be done about what is sent: so it is with most responses, and
	 * they pay for no more than this question.
	 * @return whether it can be sent as it is
	 */
	private boolean isUnwatched() {
		return stream() == null && !this.settings.isRefusing();
	}

	private void beforeCommit() {
		// What has been ended may be recycled.
		if (this.settings.isRefusing() && !isEnded()) {
			announceClose(this.request, this.response);
		}
	}

	/**
	 * A body follows, so that the headers say where it ends.
	 */
	private void beforeBody() {
		beforeCommit();
		if (this.settings.isRefusing() && isClosable(this.request)) {
			keepDelimited(this.response, mayBeCompressed());
		}
	}

	/**
	 * Have a body of unknown length sent in chunks, although the connection closes:
	 * Tomcat and Jetty would let its end be that of the connection, and half of it would
	 * look like all of it (issue 5). So it is with a length that compression takes away.
	 * Trailers, be it none, need chunks.
	 * @param response the response of the server
	 * @param mayBeCompressed whether its length may not be that of its body
	 */
	private static void keepDelimited(HttpServletResponse response, boolean mayBeCompressed) {
		if (!response.isCommitted() && mayHaveBody(response.getStatus())
				&& (mayBeCompressed || response.getHeader(HttpHeaders.CONTENT_LENGTH) == null)
				&& response.getTrailerFields() == null) {
			try {
				response.setTrailerFields(Map::of);
			}
			catch (IllegalStateException ex) {
				// HTTP/1.0 has no chunks.
			}
		}
	}

	private boolean mayBeCompressed() {
		return this.settings.compressing() && this.request instanceof HttpServletRequest httpRequest
				&& httpRequest.getHeader(HttpHeaders.ACCEPT_ENCODING) != null
				&& !containsHeader(HttpHeaders.CONTENT_ENCODING);
	}

	private static boolean mayHaveBody(int status) {
		return status >= HttpServletResponse.SC_OK && status != HttpServletResponse.SC_NO_CONTENT
				&& status != HttpServletResponse.SC_RESET_CONTENT && status != HttpServletResponse.SC_NOT_MODIFIED;
	}

	/**
	 * Send something, and with it perhaps the headers.
	 * @param action what sends
	 * @throws IOException if it cannot be sent
	 */
	private void send(SendAction action) throws IOException {
		ResponseStream stream = stream();
		if (stream == null) {
			sendUninterrupted(action);
			return;
		}
		stream.enter();
		try {
			sendUninterrupted(action);
		}
		finally {
			stream.exit();
		}
	}

	/**
	 * An interrupt is put aside meanwhile: Tomcat would close the connection instead, and
	 * a handler that was interrupted at the drain deadline could not answer any more. One
	 * that has been swallowed on the way here is given again afterwards.
	 * @param action what sends
	 * @throws IOException if it cannot be sent
	 */
	private void sendUninterrupted(SendAction action) throws IOException {
		boolean interrupted = this.settings.isRefusing() && takeInterrupt();
		try {
			beforeBody();
			action.run();
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * In this order: who is found to be interrupted has waited for the interrupt itself,
	 * which is put aside then.
	 * @return whether the calling thread is interrupted, or has been to cut the request
	 */
	private boolean takeInterrupt() {
		boolean lost = this.tracking != null && this.tracking.mayHaveLostInterrupt();
		return Thread.interrupted() || lost;
	}

	private void flush(SendAction action) throws IOException {
		send(() -> {
			action.run();
			ResponseStream stream = stream();
			if (stream != null) {
				stream.flushed();
			}
		});
	}

	/**
	 * What has been ended is closed already.
	 * @param action what closes
	 * @throws IOException if it cannot be closed
	 */
	private void close(SendAction action) throws IOException {
		if (!isEnded()) {
			flush(action);
		}
	}

	private boolean isEnded() {
		ResponseStream stream = stream();
		return stream != null && stream.isEnded();
	}

	private void written(byte... lastBytes) {
		ResponseStream stream = stream();
		if (stream != null) {
			stream.written(lastBytes);
		}
	}

	/**
	 * Announce that the connection closes, unless it is too late or the connection now
	 * speaks another protocol.
	 * @param request the request that is answered
	 * @param response the response that announces it
	 */
	static void announceClose(ServletRequest request, HttpServletResponse response) {
		if (isClosable(request) && !response.isCommitted()
				&& response.getStatus() != HttpServletResponse.SC_SWITCHING_PROTOCOLS) {
			response.setHeader(HttpHeaders.CONNECTION, "close");
		}
	}

	/**
	 * Have a response fail that has been cut after a part of it was sent. Tomcat would
	 * end its stream of HTTP/2 properly although the handler has failed, unless the
	 * trailers fail as well (issue 5). Jetty accepts none any more, and resets the stream
	 * by itself.
	 * @param request the request that is answered
	 * @param response the response that is not to be finished
	 */
	static void leaveUnfinished(ServletRequest request, HttpServletResponse response) {
		if (!isClosable(request) && response.isCommitted()) {
			try {
				response.setTrailerFields(() -> {
					throw new IllegalStateException("The response has been cut");
				});
			}
			catch (IllegalStateException ex) {
				// Jetty, or a stream that has ended.
			}
		}
	}

	/**
	 * HTTP/2 forbids the header, and Tomcat would send it there.
	 * @param request the request that is answered
	 * @return whether its answer can announce that the connection closes
	 */
	private static boolean isClosable(ServletRequest request) {
		return request.getProtocol().startsWith("HTTP/1");
	}

	@Override
	public void setContentType(String type) {
		super.setContentType(type);
		watchIfStream(type);
	}

	@Override
	public void setHeader(String name, String value) {
		super.setHeader(name, value);
		watchIfStreamBy(name, value);
	}

	@Override
	public void addHeader(String name, String value) {
		super.addHeader(name, value);
		watchIfStreamBy(name, value);
	}

	private void watchIfStreamBy(String header, String value) {
		if (HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(header)) {
			watchIfStream(value);
		}
	}

	@Override
	public ServletOutputStream getOutputStream() throws IOException {
		beforeCommit();
		ServletOutputStream outputStream = this.outputStream;
		if (outputStream == null) {
			outputStream = new OutputStream(super.getOutputStream());
			this.outputStream = outputStream;
		}
		return outputStream;
	}

	@Override
	public PrintWriter getWriter() throws IOException {
		beforeCommit();
		PrintWriter writer = this.writer;
		if (writer == null) {
			writer = new FormattingWriter(super.getWriter());
			this.writer = writer;
		}
		return writer;
	}

	/**
	 * Tomcat says so no more once what has been ended is complete, and Spring Security
	 * asks before each write (issue 5).
	 */
	@Override
	public int getBufferSize() {
		return isEnded() ? 0 : super.getBufferSize();
	}

	@Override
	public boolean isCommitted() {
		return isEnded() || super.isCommitted();
	}

	@Override
	public void flushBuffer() throws IOException {
		if (isUnwatched()) {
			super.flushBuffer();
			return;
		}
		flush(super::flushBuffer);
	}

	@Override
	public void sendError(int status) throws IOException {
		beforeCommit();
		super.sendError(status);
	}

	@Override
	public void sendError(int status, String message) throws IOException {
		beforeCommit();
		super.sendError(status, message);
	}

	@Override
	public void sendRedirect(String location) throws IOException {
		beforeCommit();
		super.sendRedirect(location);
	}

	@Override
	public void sendRedirect(String location, boolean clearBuffer) throws IOException {
		beforeCommit();
		super.sendRedirect(location, clearBuffer);
	}

	@Override
	public void sendRedirect(String location, int status) throws IOException {
		beforeCommit();
		super.sendRedirect(location, status);
	}

	@Override
	public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
		beforeCommit();
		super.sendRedirect(location, status, clearBuffer);
	}

	@Override
	public void reset() {
		super.reset();
		this.outputStream = null;
		this.writer = null;
	}

	private static byte[] lastBytes(String text) {
		byte[] bytes = text.substring(Math.max(0, text.length() - LAST_BYTES)).getBytes(StandardCharsets.UTF_8);
		return Arrays.copyOfRange(bytes, Math.max(0, bytes.length - LAST_BYTES), bytes.length);
	}

	/**
	 * The response's output stream.
	 */
	private final class OutputStream extends ServletOutputStream {

		private final ServletOutputStream delegate;

		OutputStream(ServletOutputStream delegate) {
			this.delegate = delegate;
		}

		@Override
		public void write(int b) throws IOException {
			if (isUnwatched()) {
				this.delegate.write(b);
				return;
			}
			send(() -> {
				written((byte) b);
				this.delegate.write(b);
			});
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			if (isUnwatched()) {
				this.delegate.write(bytes, offset, length);
				return;
			}
			send(() -> {
				int last = Math.min(length, LAST_BYTES);
				written(Arrays.copyOfRange(bytes, offset + length - last, offset + length));
				this.delegate.write(bytes, offset, length);
			});
		}

		@Override
		public void write(ByteBuffer buffer) throws IOException {
			if (isUnwatched()) {
				this.delegate.write(buffer);
				return;
			}
			send(() -> {
				byte[] last = new byte[Math.min(buffer.remaining(), LAST_BYTES)];
				buffer.duplicate().position(buffer.limit() - last.length).get(last);
				written(last);
				this.delegate.write(buffer);
			});
		}

		/**
		 * Not by way of {@link #write(int)}, which knows no encoding: Jetty's has one.
		 */
		@Override
		public void print(String text) throws IOException {
			if (isUnwatched()) {
				this.delegate.print(text);
				return;
			}
			send(() -> {
				written(lastBytes(String.valueOf(text)));
				this.delegate.print(text);
			});
		}

		@Override
		public void println(String text) throws IOException {
			if (isUnwatched()) {
				this.delegate.println(text);
				return;
			}
			send(() -> {
				written(lastBytes(text + "\r\n"));
				this.delegate.println(text);
			});
		}

		@Override
		public void flush() throws IOException {
			if (isUnwatched()) {
				this.delegate.flush();
				return;
			}
			TrackedResponse.this.flush(() -> this.delegate.flush());
		}

		@Override
		public void close() throws IOException {
			if (isUnwatched()) {
				this.delegate.close();
				return;
			}
			TrackedResponse.this.close(() -> this.delegate.close());
		}

		@Override
		public boolean isReady() {
			// What has been ended fails when it is written to.
			return isEnded() || this.delegate.isReady();
		}

		@Override
		public void setWriteListener(WriteListener listener) {
			this.delegate.setWriteListener(listener);
		}

	}

	/**
	 * The response's writer. Errors are those of the container's own, which tells by them
	 * that the client has gone.
	 */
	private final class ResponseWriter extends Writer {

		private final PrintWriter delegate;

		ResponseWriter(PrintWriter delegate) {
			this.delegate = delegate;
		}

		/**
		 * {@link Writer} would make a buffer of two kilobytes for it.
		 */
		@Override
		public void write(String text, int offset, int length) throws IOException {
			if (isUnwatched()) {
				this.delegate.write(text, offset, length);
				return;
			}
			super.write(text, offset, length);
		}

		@Override
		public void write(int character) throws IOException {
			if (isUnwatched()) {
				this.delegate.write(character);
				return;
			}
			super.write(character);
		}

		@Override
		public void write(char[] characters, int offset, int length) throws IOException {
			if (isUnwatched()) {
				this.delegate.write(characters, offset, length);
				return;
			}
			send(() -> {
				for (int i = offset + Math.max(0, length - LAST_BYTES); i < offset + length; i++) {
					// What is no ASCII ends no message, whatever its lower half is.
					written((byte) Math.min(characters[i], 0xFF));
				}
				this.delegate.write(characters, offset, length);
			});
		}

		@Override
		public void flush() throws IOException {
			TrackedResponse.this.flush(() -> {
				if (this.delegate.checkError()) {
					throw new IOException("The response cannot be written");
				}
			});
		}

		@Override
		public void close() throws IOException {
			TrackedResponse.this.close(this.delegate::close);
		}

	}

	/**
	 * Formats as the container's own writer does: Jetty's in the locale of the response.
	 */
	private final class FormattingWriter extends PrintWriter {

		private final PrintWriter delegate;

		FormattingWriter(PrintWriter delegate) {
			super(new ResponseWriter(delegate));
			this.delegate = delegate;
		}

		@Override
		public PrintWriter format(String format, @Nullable Object... args) {
			if (isUnwatched()) {
				this.delegate.format(format, args);
				return this;
			}
			try {
				send(() -> {
					written(lastBytes(String.format(format, args)));
					this.delegate.format(format, args);
				});
			}
			catch (IOException ex) {
				setError();
			}
			return this;
		}

	}

	private interface SendAction {

		void run() throws IOException;

	}

}
