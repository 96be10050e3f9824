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

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.gracewrap.InFlightRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RequestTracking}.
 *
 * @author GraceWrap Maintainers
 */
class RequestTrackingTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final InFlightRegistry registry = new InFlightRegistry();

	private final AtomicReference<RequestTracking> tracking = new AtomicReference<>();

	private final AtomicInteger ends = new AtomicInteger();

	private final AtomicBoolean cancelled = new AtomicBoolean();

	private final HttpHandler hangs = (request, response) -> Mono.<Void>never()
		.doOnCancel(() -> this.cancelled.set(true));

	@Test
	void handlerThatThrowsFailsTheRequest() {
		IllegalStateException failure = new IllegalStateException("as expected");
		CompletableFuture<Void> answer = handle((request, response) -> {
			throw failure;
		}, new MockServerHttpResponse());
		assertThat(answer).failsWithin(Duration.ZERO).withThrowableThat().withCause(failure);
		assertThat(this.registry.isEmpty()).isTrue();
	}

	@Test
	void handlerThatReturnsNothingFailsTheRequest() {
		CompletableFuture<Void> answer = handle((request, response) -> null, new MockServerHttpResponse());
		assertThat(answer).isCompletedExceptionally();
		assertThat(this.registry.isEmpty()).isTrue();
	}

	@Test
	void handlerThatThrowsAfterItsEndFailsNothing() {
		CompletableFuture<Void> answer = handle((request, response) -> new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Void> subscriber) {
				Mono.<Void>empty().subscribe(subscriber);
				throw new IllegalStateException("as expected");
			}

		}, new MockServerHttpResponse());
		assertThat(answer).isCompletedWithValue(null);
		assertThat(this.ends).hasValue(1);
		assertThat(this.registry.isEmpty()).isTrue();
	}

	@Test
	void requestThatIsCutIsAnsweredAndItsHandlerCancelled() {
		MockServerHttpResponse response = new MockServerHttpResponse();
		CompletableFuture<Void> answer = handle(this.hangs, response);
		assertThat(this.registry.count()).isOne();
		this.tracking.get().abort();
		assertThat(answer).succeedsWithin(TIMEOUT);
		assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
		assertThat(this.cancelled).isTrue();
		Awaitility.await().until(this.registry::isEmpty);
	}

	@Test
	void requestWhoseAnswerThrowsAtTheDeadlineFails() {
		assertFailsAtTheDeadline(new MockServerHttpResponse() {

			@Override
			public boolean setStatusCode(HttpStatusCode status) {
				throw new IllegalStateException("as expected");
			}

		});
	}

	@Test
	void requestWhoseAnswerFailsAtTheDeadlineFails() {
		assertFailsAtTheDeadline(new MockServerHttpResponse() {

			@Override
			public Mono<Void> setComplete() {
				return Mono.error(new IllegalStateException("as expected"));
			}

		});
	}

	@Test
	void requestWhoseAnswerHangsAtTheDeadlineFails() {
		MockServerHttpResponse response = new MockServerHttpResponse();
		response.beforeCommit(Mono::never);
		CompletableFuture<Void> answer = handle(this.hangs, response);
		this.tracking.get().abort();
		assertThat(answer).failsWithin(TIMEOUT).withThrowableThat().withMessageContaining("Cut");
		assertThat(this.cancelled).isTrue();
		Awaitility.await().until(this.registry::isEmpty);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void handlerThatEndsWhileItsRequestIsAnsweredDoesNotEndIt(boolean fails) {
		Sinks.Empty<Void> finished = Sinks.empty();
		AtomicInteger endsBefore = new AtomicInteger(-1);
		MockServerHttpResponse response = new MockServerHttpResponse();
		response.beforeCommit(() -> {
			if (fails) {
				finished.tryEmitError(new IllegalStateException("as expected"));
			}
			else {
				finished.tryEmitEmpty();
			}
			endsBefore.set(this.ends.get());
			return Mono.empty();
		});
		CompletableFuture<Void> answer = handle((request, ignored) -> finished.asMono(), response);
		this.tracking.get().abort();
		assertThat(answer).succeedsWithin(TIMEOUT);
		assertThat(endsBefore).hasValue(0);
		assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
		assertThat(this.ends).hasValue(1);
	}

	@Test
	void requestWhoseAnswerBlocksHoldsNoOther() throws Exception {
		CountDownLatch released = new CountDownLatch(1);
		MockServerHttpResponse blocking = new MockServerHttpResponse();
		blocking.beforeCommit(() -> Mono.fromRunnable(
				() -> Awaitility.await().atMost(TIMEOUT.multipliedBy(2)).until(() -> released.getCount() == 0)));
		handle(this.hangs, blocking);
		RequestTracking first = this.tracking.get();
		CompletableFuture<Void> answer = handle(this.hangs, new MockServerHttpResponse());
		RequestTracking second = this.tracking.get();
		CompletableFuture.runAsync(() -> {
			first.abort();
			second.abort();
		});
		Awaitility.await().until(answer::isDone);
		released.countDown();
	}

	@Test
	void requestIsAnsweredWhereAllThreadsOfTheApplicationAreStuck() {
		CountDownLatch released = new CountDownLatch(1);
		try {
			for (int i = 0; i < Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE; i++) {
				Schedulers.boundedElastic()
					.schedule(() -> Awaitility.await()
						.atMost(TIMEOUT.multipliedBy(2))
						.until(() -> released.getCount() == 0));
			}
			MockServerHttpResponse response = new MockServerHttpResponse();
			CompletableFuture<Void> answer = handle(this.hangs, response);
			this.tracking.get().abort();
			assertThat(answer).succeedsWithin(TIMEOUT);
			assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
			StreamEnd end = new StreamEnd();
			CompletableFuture<Void> stream = end.endWhenItComes(Flux.never(), (element) -> true).then().toFuture();
			end.come();
			assertThat(stream).succeedsWithin(TIMEOUT);
		}
		finally {
			released.countDown();
		}
	}

	private void assertFailsAtTheDeadline(MockServerHttpResponse response) {
		CompletableFuture<Void> answer = handle(this.hangs, response);
		this.tracking.get().abort();
		assertThat(answer).failsWithin(TIMEOUT).withThrowableThat().withMessageContaining("as expected");
		assertThat(this.cancelled).isTrue();
		Awaitility.await().until(this.registry::isEmpty);
	}

	private CompletableFuture<Void> handle(HttpHandler handler, MockServerHttpResponse response) {
		return new Mono<Void>() {

			@Override
			public void subscribe(CoreSubscriber<? super Void> server) {
				RequestTracking tracking = new RequestTracking(RequestTrackingTests.this.registry, HttpMethod.GET,
						counting(server));
				RequestTrackingTests.this.tracking.set(tracking);
				tracking.handle(handler, MockServerHttpRequest.get("/").build(), response);
			}

		}.toFuture();
	}

	/**
	 * What Reactor has of its own drops a second end unseen.
	 */
	private CoreSubscriber<Void> counting(CoreSubscriber<? super Void> server) {
		return new CoreSubscriber<>() {

			@Override
			public void onSubscribe(Subscription subscription) {
				server.onSubscribe(subscription);
			}

			@Override
			public void onNext(Void nothing) {
				server.onNext(nothing);
			}

			@Override
			public void onError(Throwable failure) {
				RequestTrackingTests.this.ends.incrementAndGet();
				server.onError(failure);
			}

			@Override
			public void onComplete() {
				RequestTrackingTests.this.ends.incrementAndGet();
				server.onComplete();
			}

		};
	}

}
