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

package io.gracewrap.benchmarks;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A servlet response that goes nowhere, and can be used again and again.
 *
 * @author GraceWrap Maintainers
 */
final class HelloServletResponse extends HttpServletResponseWrapper {

	private final CountingStream stream = new CountingStream();

	private @Nullable String contentType;

	private long contentLength = -1;

	private HelloServletResponse(HttpServletResponse unsupported) {
		super(unsupported);
	}

	static HelloServletResponse create() {
		return new HelloServletResponse(Unsupported.of(HttpServletResponse.class));
	}

	void recycle() {
		this.stream.written = 0;
		this.contentType = null;
		this.contentLength = -1;
	}

	long written() {
		return this.stream.written;
	}

	@Override
	public void addHeader(String name, String value) {
		this.contentType = value;
	}

	@Override
	public void setContentLengthLong(long length) {
		this.contentLength = length;
	}

	@Override
	public @Nullable String getContentType() {
		return this.contentType;
	}

	@Override
	public @Nullable String getHeader(String name) {
		return (this.contentLength >= 0) ? Long.toString(this.contentLength) : null;
	}

	@Override
	public boolean isCommitted() {
		return this.stream.written > 0;
	}

	@Override
	public ServletOutputStream getOutputStream() {
		return this.stream;
	}

	/**
	 * Counts what is written.
	 */
	private static final class CountingStream extends ServletOutputStream {

		private long written;

		@Override
		public void write(int b) {
			this.written++;
		}

		@Override
		public void write(byte[] bytes, int offset, int length) {
			this.written += length;
		}

		@Override
		public boolean isReady() {
			return true;
		}

		@Override
		public void setWriteListener(WriteListener listener) {
			throw new UnsupportedOperationException();
		}

	}

}
