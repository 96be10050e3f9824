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

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

import io.gracewrap.web.server.DrainThreads;
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

	/** Not those of the application, all of which may be busy (issue 5). */
	private static final Executor ENDING = DrainThreads.create("gracewrap-ending-");

	private final Sinks.Empty<Void> sink = Sinks.empty();

	private final AtomicBoolean come = new AtomicBoolean();

	/** More than one if an element is asked for, and comes, within another one. */
	private final AtomicInteger elements = new AtomicInteger();

	private volatile boolean betweenMessages = true;

	private volatile boolean ended;

	/**
	 * End the stream as soon as its last message is whole. On a thread that may wait,
	 * because what the application does when it is cancelled may take time.
	 * @return whether that has not been asked for before
	 */
	boolean come() {
		boolean first = this.come.compareAndSet(false, true);
		ENDING.execute(this::endIfPossible);
		return first;
	}

	private boolean isPossible() {
		return this.come.get() && this.betweenMessages;
	}

	private void endIfPossible() {
		// Looked at twice: an element that came and went between the first two looks may
		// have begun a message. From here on none begins one.
		if (this.elements.get() == 0 && isPossible() && this.elements.get() == 0) {
			this.ended = true;
			this.sink.tryEmitEmpty();
		}
	}

	/**
	 * Return the stream, completing when its end comes.
	 * @param <T> the type of its elements
	 * @param stream the stream
	 * @param endsMessage asked of each element in turn: whether a message is whole with
	 * it
	 * @return the stream with an end
	 */
	<T> Flux<T> endWhenItComes(Publisher<T> stream, Predicate<? super T> endsMessage) {
		// What is cancelled may fail for that, before it is known to have completed.
		return Flux.from(stream)
			.transform(Operators
				.<T, T>lift((source, subscriber) -> new CancelBetweenElements<>(this, subscriber, endsMessage)))
			.takeUntilOther(this.sink.asMono())
			.onErrorComplete((ex) -> this.ended);
	}

	/**
	 * Keeps a stream from being cancelled while one of its elements is written. To cancel
	 * what runs on a scheduler interrupts its thread, unless that very thread does it,
	 * and Tomcat closes the connection when an interrupted thread writes.
	 *
	 * @param <T> the type of the elements
	 */
	private static final class CancelBetweenElements<T> implements CoreSubscriber<T>, Subscription {

		private final StreamEnd end;

		private final CoreSubscriber<? super T> subscriber;

		private final Predicate<? super T> endsMessage;

		private @Nullable Subscription subscription;

		private final AtomicBoolean passedOn = new AtomicBoolean();

		private volatile boolean cancelled;

		CancelBetweenElements(StreamEnd end, CoreSubscriber<? super T> subscriber, Predicate<? super T> endsMessage) {
			this.end = end;
			this.subscriber = subscriber;
			this.endsMessage = endsMessage;
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
			// In this order: whoever asks for the end meanwhile leaves it to this thread,
			// or this thread sees that.
			this.end.elements.incrementAndGet();
			try {
				if (this.cancelled || this.end.isPossible()) {
					Operators.onDiscard(element, currentContext());
				}
				else {
					this.end.betweenMessages = this.endsMessage.test(element);
					this.subscriber.onNext(element);
				}
			}
			finally {
				this.end.elements.decrementAndGet();
				this.end.endIfPossible();
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
			if (this.cancelled && this.end.elements.get() == 0 && this.subscription != null
					&& this.passedOn.compareAndSet(false, true)) {
				this.subscription.cancel();
			}
		}

	}

}
