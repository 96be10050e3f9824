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

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Predicate;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.server.DrainThreads;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;

/**
 * What is in flight for one WebFlux request, until its response is written. Stands
 * between what handles the request and the server, which it answers itself if the request
 * is cut.
 *
 * @author GraceWrap Maintainers
 */
final class RequestTracking implements CoreSubscriber<Void>, Subscription, InFlight.Control {

	private static final AtomicReferenceFieldUpdater<RequestTracking, State> STATE = AtomicReferenceFieldUpdater
		.newUpdater(RequestTracking.class, State.class, "state");

	/**
	 * For what an application does before an answer, such as to save a session in a store
	 * that is gone.
	 */
	private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);

	/** Not those of the application, all of which may be stuck by now (issue 5). */
	private static final Scheduler ANSWERING = Schedulers.fromExecutor(DrainThreads.create("gracewrap-answering-"));

	private static final Scheduler CANCELLING = Schedulers.fromExecutor(DrainThreads.create("gracewrap-cancelling-"));

	private final InFlight inFlight;

	private final CoreSubscriber<? super Void> server;

	private volatile State state = State.HANDLED;

	private volatile @Nullable Subscription handling;

	private volatile @Nullable StreamEnd end;

	private @Nullable ServerHttpResponse response;

	private volatile @Nullable ServerWebExchange exchange;

	RequestTracking(InFlightRegistry registry, HttpMethod method, CoreSubscriber<? super Void> server) {
		this.server = server;
		this.inFlight = registry.begin(method.name(), null);
		// What thread works on it is nobody's to interrupt: it may be an event loop.
		this.inFlight.suspend();
		this.inFlight.controlledBy(this);
	}

	/**
	 * Find what is in flight for a response. It costs less than the context of the
	 * subscriber, but is not found if the response has been exchanged for one that is no
	 * {@link ServerHttpResponseDecorator}: the request has no route then.
	 * @param response the response, which whoever handles the request may have decorated
	 * @return what is in flight, if the request is tracked
	 */
	static @Nullable RequestTracking of(ServerHttpResponse response) {
		ServerHttpResponse candidate = response;
		while (candidate instanceof ServerHttpResponseDecorator decorator) {
			if (candidate instanceof TrackedResponse tracked) {
				return tracked.tracking();
			}
			candidate = decorator.getDelegate();
		}
		return null;
	}

	void handle(HttpHandler handler, ServerHttpRequest request, ServerHttpResponse response) {
		this.response = response;
		try {
			handler.handle(request, response).subscribe(this);
		}
		catch (Throwable ex) {
			if (Exceptions.isFatal(ex)) {
				// It has come past all subscribers.
				this.inFlight.close();
				throw ex;
			}
			if (this.handling == null) {
				onSubscribe(Operators.emptySubscription());
			}
			onError(ex);
		}
	}

	/**
	 * The request has reached the application.
	 * @param exchange tells its route and handler when they have been found
	 */
	void enter(ServerWebExchange exchange) {
		this.exchange = exchange;
	}

	@Override
	public void beforeDescribe(InFlight inFlight) {
		ServerWebExchange exchange = this.exchange;
		if (exchange != null) {
			inFlight.handledBy(route(exchange), exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE));
		}
	}

	static @Nullable String route(ServerWebExchange exchange) {
		Object pattern = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
		return (pattern != null) ? pattern.toString() : null;
	}

	/**
	 * Make a response body end when streams are to.
	 * @param <T> the type of its elements
	 * @param body the body
	 * @param endsMessage asked of each element in turn: whether a message is whole with
	 * it
	 * @return the body, with an end
	 */
	<T> Flux<T> endingStream(Flux<T> body, Predicate<? super T> endsMessage) {
		return Flux.defer(() -> {
			StreamEnd end = new StreamEnd();
			this.end = end;
			this.inFlight.stream(end::come);
			return end.endWhenItComes(body, endsMessage);
		});
	}

	@Override
	public void abort() {
		StreamEnd end = this.end;
		if (end == null || !end.come()) {
			STATE.compareAndSet(this, State.HANDLED, State.CUT);
			answerIfCut();
		}
	}

	/**
	 * Answer before what handles the request is cancelled: it might answer that. On
	 * threads that may wait, because what the application does then may take time, and
	 * others wait to be cut.
	 */
	private void answerIfCut() {
		if (this.handling != null && STATE.compareAndSet(this, State.CUT, State.ANSWERED)) {
			Mono.defer(this::answerUnavailable)
				.subscribeOn(ANSWERING)
				.timeout(ANSWER_WITHIN, Mono.error(CutException::new), Schedulers.parallel())
				.publishOn(CANCELLING)
				.subscribe(null, this::cancelAndFail, this::cancelAndComplete,
						Context.of(this.server.currentContext()));
		}
	}

	private Mono<Void> answerUnavailable() {
		ServerHttpResponse response = this.response;
		if (response == null || response.isCommitted() || !response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE)) {
			// No client is to take half a response for a whole one.
			return Mono.error(new CutException());
		}
		response.getHeaders().clearContentHeaders();
		return response.setComplete();
	}

	private void cancelAndFail(Throwable failure) {
		if (isFirstEnd()) {
			cancelHandling();
			fail(failure);
		}
	}

	private void cancelAndComplete() {
		if (isFirstEnd()) {
			cancelHandling();
			complete();
		}
	}

	private boolean isFirstEnd() {
		return STATE.getAndSet(this, State.ENDED) != State.ENDED;
	}

	private void cancelHandling() {
		Subscription handling = this.handling;
		if (handling != null) {
			handling.cancel();
		}
	}

	private void fail(Throwable failure) {
		try {
			this.server.onError(failure);
		}
		finally {
			close();
		}
	}

	private void complete() {
		try {
			this.server.onComplete();
		}
		finally {
			close();
		}
	}

	@Override
	public Context currentContext() {
		return this.server.currentContext();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.handling = subscription;
		this.server.onSubscribe(this);
		answerIfCut();
	}

	@Override
	public void onNext(Void nothing) {
		// Never called: nothing but the end is of interest.
	}

	@Override
	public void onError(Throwable failure) {
		if (isHandled()) {
			fail(failure);
		}
	}

	@Override
	public void onComplete() {
		if (isHandled()) {
			complete();
		}
	}

	/**
	 * Whether what handles the request has ended it. While it is answered here, nothing
	 * that it writes is sent, and the server would answer with an empty success.
	 * @return whether this is its end
	 */
	private boolean isHandled() {
		return STATE.compareAndSet(this, State.HANDLED, State.ENDED)
				|| STATE.compareAndSet(this, State.CUT, State.ENDED);
	}

	@Override
	public void request(long number) {
		Subscription handling = this.handling;
		if (handling != null) {
			handling.request(number);
		}
	}

	/**
	 * The client is gone.
	 */
	@Override
	public void cancel() {
		if (isFirstEnd()) {
			try {
				cancelHandling();
			}
			finally {
				close();
			}
		}
	}

	void close() {
		this.inFlight.close();
	}

	/**
	 * Tells the server to close the connection. Servers log it, and a stack would only
	 * show what closes the application: what was cut has been named (issue 5).
	 */
	private static final class CutException extends IOException {

		CutException() {
			super("Cut by the drain, because the application stops");
		}

		@Override
		public Throwable fillInStackTrace() {
			return this;
		}

	}

	/**
	 * What has become of a request.
	 */
	private enum State {

		/** It is being handled. */
		HANDLED,

		/** It is to be answered here, as soon as the server listens. */
		CUT,

		/** It is being answered here. */
		ANSWERED,

		/** It has been answered, has failed, or its client is gone. */
		ENDED

	}

}
