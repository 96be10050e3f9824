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

import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.MimeType;

/**
 * A response whose body ends when streams are to, if its media type says that it is one.
 *
 * @author GraceWrap Maintainers
 */
class StreamResponse extends ServerHttpResponseDecorator {

	private final List<MimeType> streams;

	private final RequestTracking tracking;

	StreamResponse(ServerHttpResponse delegate, List<MimeType> streams, RequestTracking tracking) {
		super(delegate);
		this.streams = streams;
		this.tracking = tracking;
	}

	static StreamResponse of(ServerHttpResponse response, List<MimeType> streams, RequestTracking tracking) {
		return (response instanceof ZeroCopyHttpOutputMessage zeroCopy)
				? new ZeroCopyStreamResponse(response, zeroCopy, streams, tracking)
				: new StreamResponse(response, streams, tracking);
	}

	@Override
	public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
		// A single buffer has an end.
		return super.writeWith(
				(!(body instanceof Mono) && isStream()) ? this.tracking.endingStream(Flux.from(body)) : body);
	}

	@Override
	public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
		return super.writeAndFlushWith(isStream() ? this.tracking.endingStream(Flux.from(body)) : body);
	}

	private boolean isStream() {
		MediaType contentType = contentType();
		return contentType != null && getHeaders().getContentLength() < 0
				&& this.streams.stream().anyMatch(contentType::isCompatibleWith);
	}

	private @Nullable MediaType contentType() {
		try {
			return getHeaders().getContentType();
		}
		catch (InvalidMediaTypeException ex) {
			return null;
		}
	}

	/**
	 * A response that can send files without copying them.
	 */
	private static final class ZeroCopyStreamResponse extends StreamResponse implements ZeroCopyHttpOutputMessage {

		private final ZeroCopyHttpOutputMessage zeroCopy;

		ZeroCopyStreamResponse(ServerHttpResponse delegate, ZeroCopyHttpOutputMessage zeroCopy, List<MimeType> streams,
				RequestTracking tracking) {
			super(delegate, streams, tracking);
			this.zeroCopy = zeroCopy;
		}

		@Override
		public Mono<Void> writeWith(Path file, long position, long count) {
			return this.zeroCopy.writeWith(file, position, count);
		}

	}

}
