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
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.MimeType;

/**
 * A response that announces {@code Connection: close} if its headers are sent while
 * traffic is refused, however long before that its request came, and whose body ends when
 * streams are to, if its media type says that it is one. It has no action that runs
 * before it is committed: Spring would put together a dozen operators for that.
 *
 * @author GraceWrap Maintainers
 */
class TrackedResponse extends ServerHttpResponseDecorator {

	private final ServerHttpRequest request;

	private final BooleanSupplier refusing;

	private final List<MimeType> streams;

	private final @Nullable RequestTracking tracking;

	TrackedResponse(ServerHttpResponse delegate, ServerHttpRequest request, BooleanSupplier refusing,
			List<MimeType> streams, @Nullable RequestTracking tracking) {
		super(delegate);
		this.request = request;
		this.refusing = refusing;
		this.streams = streams;
		this.tracking = tracking;
	}

	/**
	 * Create a response.
	 * @param response the response of the server
	 * @param request its request
	 * @param refusing tells whether traffic is refused
	 * @param streams the media types of streams
	 * @param tracking what is in flight, unless the request is not tracked
	 * @return the response, which can send files if that of the server can
	 */
	static TrackedResponse of(ServerHttpResponse response, ServerHttpRequest request, BooleanSupplier refusing,
			List<MimeType> streams, @Nullable RequestTracking tracking) {
		return (response instanceof ZeroCopyHttpOutputMessage)
				? new ZeroCopyTrackedResponse(response, request, refusing, streams, tracking)
				: new TrackedResponse(response, request, refusing, streams, tracking);
	}

	@Nullable RequestTracking tracking() {
		return this.tracking;
	}

	/**
	 * The headers are about to be sent.
	 */
	void announceClose() {
		announceClose(false);
	}

	/**
	 * The headers are about to be sent, and something of the body after them.
	 */
	void announceCloseBeforeBody() {
		if (this.refusing.getAsBoolean()) {
			announceClose(!HttpMethod.HEAD.equals(this.request.getMethod()));
		}
	}

	private void announceClose(boolean withBody) {
		if (this.refusing.getAsBoolean()) {
			// In this order: they are read-only for those who ask for them later.
			HttpHeaders headers = getHeaders();
			if (!isCommitted() && ConnectionClose.isPossible(this.request, this)) {
				headers.set(HttpHeaders.CONNECTION, "close");
				ConnectionClose.lingerIfStillComing(this.request);
				if (withBody) {
					ConnectionClose.keepDelimited(this);
				}
			}
		}
	}

	@Override
	public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
		if (body instanceof Mono<? extends DataBuffer> mono) {
			// A single buffer has an end.
			return super.writeWith(new AnnouncedBody(mono, this));
		}
		return super.writeWith(body(body));
	}

	@Override
	public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
		// The answer to HEAD has no body, and is complete at once.
		announceClose();
		return super.writeAndFlushWith(body(body));
	}

	private <T> Flux<T> body(Publisher<T> body) {
		return ending(Flux.from(body)).doOnNext((element) -> announceCloseBeforeBody())
			.doOnComplete(this::announceClose);
	}

	private <T> Flux<T> ending(Flux<T> body) {
		RequestTracking tracking = this.tracking;
		MediaType type = (tracking != null) ? streamType() : null;
		if (tracking == null || type == null) {
			return body;
		}
		// What is compressed shows no ends, and a gateway passes on what has been
		// flushed.
		return isEncoded() ? tracking.endingStream(body, (element) -> true)
				: tracking.endingStream(body, new MessageEnd(type));
	}

	private boolean isEncoded() {
		String encoding = getHeaders().getFirst(HttpHeaders.CONTENT_ENCODING);
		return encoding != null && !encoding.equalsIgnoreCase("identity");
	}

	@Override
	public Mono<Void> setComplete() {
		if (isCommitted()) {
			return super.setComplete();
		}
		return Mono.defer(() -> {
			announceClose();
			return super.setComplete();
		});
	}

	private @Nullable MediaType streamType() {
		MediaType contentType = contentType();
		return (contentType != null && getHeaders().getContentLength() < 0
				&& this.streams.stream().anyMatch(contentType::isCompatibleWith)) ? contentType : null;
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
	private static final class ZeroCopyTrackedResponse extends TrackedResponse implements ZeroCopyHttpOutputMessage {

		ZeroCopyTrackedResponse(ServerHttpResponse delegate, ServerHttpRequest request, BooleanSupplier refusing,
				List<MimeType> streams, @Nullable RequestTracking tracking) {
			super(delegate, request, refusing, streams, tracking);
		}

		@Override
		public Mono<Void> writeWith(Path file, long position, long count) {
			return Mono.defer(() -> {
				announceClose();
				return ((ZeroCopyHttpOutputMessage) getDelegate()).writeWith(file, position, count);
			});
		}

	}

}
