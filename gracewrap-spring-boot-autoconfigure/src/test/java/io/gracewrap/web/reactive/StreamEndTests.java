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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StreamEnd}.
 *
 * @author GraceWrap Maintainers
 */
class StreamEndTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private final StreamEnd end = new StreamEnd();

	@Test
	void theThreadThatWritesAnElementIsNotInterruptedByTheEnd() throws Exception {
		CountDownLatch writing = new CountDownLatch(1);
		CountDownLatch ended = new CountDownLatch(1);
		AtomicBoolean cancelled = new AtomicBoolean();
		AtomicBoolean interrupted = new AtomicBoolean();
		CompletableFuture<List<Long>> elements = this.end
			.endWhenItComes(Flux.interval(Duration.ofMillis(1)).doOnCancel(() -> cancelled.set(true)),
					(element) -> true)
			.doOnNext((element) -> {
				writing.countDown();
				try {
					ended.await();
				}
				catch (InterruptedException ex) {
					interrupted.set(true);
				}
			})
			.collectList()
			.toFuture();
		assertThat(writing.await(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
		assertThat(this.end.come()).isTrue();
		assertThat(cancelled).isFalse();
		ended.countDown();
		assertThat(elements.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).containsExactly(0L);
		assertThat(interrupted).isFalse();
	}

	@Test
	void aStreamThatSendsNothingIsCancelledAtOnce() {
		Sinks.Many<String> stream = Sinks.many().unicast().onBackpressureBuffer();
		StepVerifier.create(this.end.endWhenItComes(stream.asFlux(), (element) -> true))
			.then(() -> stream.tryEmitNext("element"))
			.expectNext("element")
			.then(this.end::come)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(stream.tryEmitNext("another")).isEqualTo(Sinks.EmitResult.FAIL_CANCELLED);
	}

	@Test
	void whoeverEndsAStreamDoesNotWaitForWhatIsCancelled() {
		CountDownLatch released = new CountDownLatch(1);
		CountDownLatch cancelling = new CountDownLatch(1);
		Flux<String> stream = Flux.<String>never().doOnCancel(() -> {
			cancelling.countDown();
			Awaitility.await().atMost(TIMEOUT.multipliedBy(2)).until(() -> released.getCount() == 0);
		});
		this.end.endWhenItComes(stream, (element) -> true).subscribe();
		assertThat(CompletableFuture.supplyAsync(this.end::come)).succeedsWithin(TIMEOUT);
		Awaitility.await().until(() -> cancelling.getCount() == 0);
		released.countDown();
	}

	@Test
	void aStreamThatEndsWithinAnElementIsCancelledAfterIt() {
		AtomicBoolean cancelled = new AtomicBoolean();
		Flux<Integer> stream = Flux.range(0, 100).doOnCancel(() -> cancelled.set(true));
		StepVerifier.create(this.end.endWhenItComes(stream, (element) -> true).doOnNext((element) -> {
			if (element == 3) {
				this.end.come();
				assertThat(cancelled).isFalse();
			}
		})).expectNext(0, 1, 2, 3).expectComplete().verify(TIMEOUT);
		assertThat(cancelled).isTrue();
	}

	@Test
	void anElementThatComesAfterTheEndIsDroppedAndTheStreamNotCancelledTwice() {
		TestPublisher<String> stream = TestPublisher.create();
		AtomicInteger cancellations = new AtomicInteger();
		List<Object> discarded = new ArrayList<>();
		AtomicReference<Subscriber<? super String>> subscriber = new AtomicReference<>();
		Publisher<String> source = (downstream) -> {
			subscriber.set(downstream);
			stream.flux().doOnCancel(cancellations::incrementAndGet).subscribe(downstream);
		};
		StepVerifier
			.create(this.end.endWhenItComes(source, (element) -> true).doOnDiscard(String.class, discarded::add))
			.then(this.end::come)
			.expectComplete()
			.verify(TIMEOUT);
		subscriber.get().onNext("late");
		assertThat(discarded).containsExactly("late");
		assertThat(cancellations).hasValue(1);
	}

	@Test
	void aStreamMayEndOrFailByItself() {
		StepVerifier.create(this.end.endWhenItComes(Flux.range(0, 3), (element) -> true))
			.expectNext(0, 1, 2)
			.verifyComplete();
		StepVerifier
			.create(new StreamEnd().endWhenItComes(Flux.error(new IllegalStateException("fails")), (element) -> true))
			.verifyErrorMessage("fails");
	}

	@Test
	void endsOnlyWhenAMessageIsWhole() {
		TestPublisher<String> stream = TestPublisher.create();
		StepVerifier.create(this.end.endWhenItComes(stream, (element) -> element.endsWith("!")))
			.then(() -> stream.next("half"))
			.expectNext("half")
			.then(this.end::come)
			.then(() -> stream.next(" more"))
			.expectNext(" more")
			.then(() -> stream.next(" whole!"))
			.expectNext(" whole!")
			.expectComplete()
			.verify(TIMEOUT);
		stream.assertCancelled();
	}

	@Test
	void halfAMessageThatFailsIsNoWholeOne() {
		TestPublisher<String> stream = TestPublisher.create();
		StepVerifier.create(this.end.endWhenItComes(stream, (element) -> element.endsWith("!")))
			.then(() -> stream.next("half"))
			.expectNext("half")
			.then(this.end::come)
			.then(() -> stream.error(new IllegalStateException("fails")))
			.verifyErrorMessage("fails");
	}

	@Test
	void noMessageBeginsOnceTheEndHasCome() throws Exception {
		for (int round = 0; round < 2000; round++) {
			StreamEnd end = new StreamEnd();
			Sinks.Many<String> stream = Sinks.many().unicast().onBackpressureBuffer();
			List<String> elements = new CopyOnWriteArrayList<>();
			CountDownLatch completed = new CountDownLatch(1);
			end.endWhenItComes(stream.asFlux(), (element) -> element.endsWith("!"))
				.subscribe(elements::add, null, completed::countDown);
			Thread thread = new Thread(end::come);
			thread.start();
			for (int i = 0; i < 5; i++) {
				stream.tryEmitNext("half");
				stream.tryEmitNext("whole!");
			}
			thread.join();
			assertThat(completed.await(20, TimeUnit.SECONDS)).isTrue();
			assertThat(elements.size() % 2).isZero();
		}
	}

}
