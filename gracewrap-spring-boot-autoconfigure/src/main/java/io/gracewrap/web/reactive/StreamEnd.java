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

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * The end of a stream that has none of its own.
 *
 * @author GraceWrap Maintainers
 */
final class StreamEnd {

	private final Sinks.Empty<Void> sink = Sinks.empty();

	private volatile boolean come;

	/**
	 * End the stream.
	 * @return whether it has not been ended before
	 */
	boolean come() {
		this.come = true;
		return this.sink.tryEmitEmpty().isSuccess();
	}

	/**
	 * Return the stream, completing when its end comes.
	 * @param <T> the type of its elements
	 * @param stream the stream
	 * @return the stream with an end
	 */
	<T> Flux<T> endWhenItComes(Publisher<T> stream) {
		// What is cancelled may fail for that, before it is known to have completed.
		return Flux.from(stream)
			.transform(Operators.<T, T>lift((source, subscriber) -> new CancelBetweenElements<>(subscriber)))
			.takeUntilOther(this.sink.asMono())
			.onErrorComplete((ex) -> this.come);
	}

	/**
	 * Keeps a stream from being cancelled while one of its elements is written. To cancel
	 * what runs on a scheduler interrupts its thread, unless that very thread does it,
	 * and Tomcat closes the connection when an interrupted thread writes.
	 *
	 * @param <T> the type of the elements
	 */
	private static final class CancelBetweenElements<T> implements CoreSubscriber<T>, Subscription {

		private final CoreSubscriber<? super T> subscriber;

		/** More than one if an element is asked for, and comes, within another one. */
		private final AtomicInteger elements = new AtomicInteger();

		private @Nullable Subscription subscription;

		private final AtomicBoolean passedOn = new AtomicBoolean();

		private volatile boolean cancelled;

		CancelBetweenElements(CoreSubscriber<? super T> subscriber) {
			this.subscriber = subscriber;
		}

		@Override
		public Context currentContext() {
			return this.subscriber.currentContext();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			this.subscription = subscription;
			this.subscriber.onSubscribe(this);
		}

		@Override
		public void onNext(T element) {
			this.elements.incrementAndGet();
			try {
				if (!this.cancelled) {
					this.subscriber.onNext(element);
				}
				else {
					Operators.onDiscard(element, currentContext());
				}
			}
			finally {
				this.elements.decrementAndGet();
				cancelIfAsked();
			}
		}

		@Override
		public void onError(Throwable failure) {
			this.subscriber.onError(failure);
		}

		@Override
		public void onComplete() {
			this.subscriber.onComplete();
		}

		@Override
		public void request(long number) {
			if (this.subscription != null) {
				this.subscription.request(number);
			}
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			cancelIfAsked();
		}

		private void cancelIfAsked() {
			if (this.cancelled && this.elements.get() == 0 && this.subscription != null
					&& this.passedOn.compareAndSet(false, true)) {
				this.subscription.cancel();
			}
		}

	}

}
