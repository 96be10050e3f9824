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

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * A body that is written when it is there, and the headers with it: has them announce
 * that the connection closes if that is so by then. It is written once, so that it is its
 * own subscriber.
 *
 * @author GraceWrap Maintainers
 */
final class AnnouncedBody extends Mono<DataBuffer> implements CoreSubscriber<DataBuffer> {

	private final Mono<? extends DataBuffer> body;

	private final TrackedResponse response;

	private @Nullable CoreSubscriber<? super DataBuffer> subscriber;

	AnnouncedBody(Mono<? extends DataBuffer> body, TrackedResponse response) {
		this.body = body;
		this.response = response;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> subscriber) {
		this.subscriber = subscriber;
		this.body.subscribe(this);
	}

	private CoreSubscriber<? super DataBuffer> subscriber() {
		CoreSubscriber<? super DataBuffer> subscriber = this.subscriber;
		if (subscriber == null) {
			throw new IllegalStateException("Nobody has subscribed");
		}
		return subscriber;
	}

	@Override
	public Context currentContext() {
		return subscriber().currentContext();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		subscriber().onSubscribe(subscription);
	}

	@Override
	public void onNext(DataBuffer buffer) {
		this.response.announceCloseBeforeBody();
		subscriber().onNext(buffer);
	}

	@Override
	public void onError(Throwable failure) {
		subscriber().onError(failure);
	}

	@Override
	public void onComplete() {
		subscriber().onComplete();
	}

}
