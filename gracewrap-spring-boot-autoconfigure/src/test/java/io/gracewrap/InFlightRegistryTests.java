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

package io.gracewrap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.VirtualThreadTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link InFlightRegistry} and {@link InFlight}.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(120)
class InFlightRegistryTests {

	private final ManualTime time = new ManualTime();

	private final InFlightRegistry registry = new InFlightRegistry(true, this.time);

	@Test
	void countsWhatIsInFlight() {
		assertThat(this.registry.isEmpty()).isTrue();
		InFlight first = this.registry.begin("GET", null);
		InFlight second = this.registry.begin("GET", null);
		assertThat(this.registry.count()).isEqualTo(2);
		assertThat(this.registry.snapshot()).containsExactlyInAnyOrder(first, second);
		first.close();
		assertThat(this.registry.count()).isOne();
		assertThat(this.registry.snapshot()).containsExactly(second);
		second.close();
		assertThat(this.registry.count()).isZero();
		assertThat(this.registry.isEmpty()).isTrue();
	}

	@Test
	void closingTwiceHasNoFurtherEffect() {
		watch(this.time.nanoTime());
		InFlight other = this.registry.begin("GET", null);
		InFlight request = this.registry.begin("GET", null);
		request.close();
		request.close();
		assertThat(this.registry.count()).isOne();
		assertThat(this.registry.finished()).isOne();
		other.close();
		assertThat(this.registry.finished()).isEqualTo(2);
	}

	@Test
	void isExactWithManyThreads() throws Exception {
		int threads = 32;
		int rounds = 2000;
		// The hash of a request is made from its time, which must not stand still here.
		InFlightRegistry registry = new InFlightRegistry();
		registry.watch(System.nanoTime(), System.nanoTime(), Long.MAX_VALUE, Long.MAX_VALUE);
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try {
			CyclicBarrier barrier = new CyclicBarrier(threads);
			ConcurrentLinkedQueue<InFlight> left = new ConcurrentLinkedQueue<>();
			AtomicInteger closedElsewhere = new AtomicInteger();
			List<Future<?>> futures = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				futures.add(executor.submit(() -> {
					barrier.await();
					for (int round = 0; round < rounds; round++) {
						InFlight request = registry.begin("GET", null);
						if (round % 10 == 0) {
							left.add(request);
							// Often closed by two threads at the same time.
							InFlight stolen = left.peek();
							if (stolen != null) {
								stolen.close();
								closedElsewhere.incrementAndGet();
							}
						}
						else {
							request.close();
							request.close();
						}
					}
					left.poll();
					return null;
				}));
			}
			for (Future<?> future : futures) {
				future.get();
			}
			long open = registry.count();
			assertThat(open).isEqualTo(registry.snapshot().size()).isPositive();
			assertThat(closedElsewhere).hasPositiveValue();
			assertThat(registry.finished() + open).isEqualTo(threads * (long) rounds);
			registry.snapshot().forEach(InFlight::close);
			assertThat(registry.count()).isZero();
			assertThat(registry.finished()).isEqualTo(threads * (long) rounds);
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void remembersArrivalsOnlyOnceWatched() {
		this.registry.begin("GET", null).close();
		assertThat(this.registry.lastArrival()).isZero();
		long since = this.time.nanoTime() - 42;
		watch(since);
		assertThat(this.registry.lastArrival()).isEqualTo(since);
		assertThat(this.registry.finished()).isZero();
		this.time.advance(Duration.ofSeconds(2));
		InFlight request = this.registry.begin("GET", null);
		long arrived = this.time.nanoTime();
		this.time.advance(Duration.ofSeconds(1));
		request.close();
		assertThat(this.registry.lastArrival()).isEqualTo(arrived);
		assertThat(this.registry.finished()).isOne();
	}

	@Test
	void countsAsFinishedWhatBeganBeforeItWasWatched() {
		InFlight request = this.registry.begin("GET", null);
		watch(this.time.nanoTime());
		request.close();
		assertThat(this.registry.finished()).isOne();
	}

	@Test
	void describesRouteHandlerAgeThreadAndStack() {
		InFlight request = this.registry.begin("POST", null);
		request.handledBy("/orders/{id}", "OrderController#create(Order)");
		this.time.advance(Duration.ofMillis(2345));
		assertThat(request.describe(this.time.nanoTime()).toString().lines()).first()
			.asString()
			.isEqualTo(
					"POST /orders/{id} handled by OrderController#create(Order), in flight for 2.3 s, on thread '%s'",
					Thread.currentThread().getName());
		assertThat(request.describe(this.time.nanoTime()).toString().lines().skip(1)).hasSizeBetween(2, 12)
			.allSatisfy((line) -> assertThat(line).startsWith("\tat "))
			.anySatisfy((line) -> assertThat(line)
				.contains(getClass().getName() + ".describesRouteHandlerAgeThreadAndStack("));
	}

	@Test
	void describesAHandlerThatCannotDescribeItself() {
		InFlight request = this.registry.begin("GET", null);
		request.handledBy("/orders", new Object() {

			@Override
			public String toString() {
				throw new IllegalStateException("out of scope");
			}

		});
		assertThat(request.describe(this.time.nanoTime())).asString()
			.contains("handled by " + InFlightRegistryTests.class.getName() + "$");
	}

	@Test
	void aHandlerThatIsDescribedMayWaitForTheThreadThatEndsItsRequest() {
		InFlight request = this.registry.begin("GET", null);
		request.handledBy("/orders", new Object() {

			@Override
			public String toString() {
				return endedByAnotherThread(request);
			}

		});
		assertThat(request.describe(this.time.nanoTime())).asString().startsWith("GET /orders handled by ended");
	}

	@Test
	void aControlThatIsAskedMayWaitForTheThreadThatEndsItsRequest() {
		InFlight request = this.registry.begin("GET", null);
		request.controlledBy(new InFlight.Control() {

			@Override
			public void beforeDescribe(InFlight described) {
				described.handledBy("/orders", endedByAnotherThread(described));
			}

		});
		assertThat(request.describe(this.time.nanoTime())).asString().startsWith("GET /orders handled by ended");
		assertThat(request.name()).isEqualTo("GET /orders");
	}

	private static String endedByAnotherThread(InFlight request) {
		return CompletableFuture.runAsync(request::close)
			.orTimeout(10, TimeUnit.SECONDS)
			.thenApply((ended) -> "ended")
			.join();
	}

	@Test
	void describesWhatCannotSayWhatHandlesIt() {
		InFlight inFlight = this.registry.begin("GET", "/orders/{id}");
		inFlight.controlledBy(new InFlight.Control() {

			@Override
			public void beforeDescribe(InFlight described) {
				throw new IllegalStateException("broken");
			}

		});
		assertThat(inFlight.name()).isEqualTo("GET /orders/{id}");
		assertThat(inFlight.describe(this.time.nanoTime())).asString().startsWith("GET /orders/{id}");
	}

	@Test
	void describesWhatHasNoRouteNorThread() {
		InFlight request = this.registry.begin("GET", null);
		request.suspend();
		assertThat(request.describe(this.time.nanoTime()))
			.hasToString("GET (no route), in flight for 0.0 s, on no known thread");
	}

	@Test
	void describesNoStackOfAThreadThatLeavesMeanwhile() throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch described = new CountDownLatch(1);
		CountDownLatch left = new CountDownLatch(1);
		AtomicReference<InFlight> request = new AtomicReference<>();
		Thread thread = new Thread(() -> {
			request.set(this.registry.begin("GET", "/orders"));
			begun.countDown();
			awaitQuietly(described);
			request.get().suspend();
			left.countDown();
		}) {

			@Override
			public StackTraceElement[] getStackTrace() {
				described.countDown();
				awaitQuietly(left);
				return new StackTraceElement[] { new StackTraceElement("OtherWork", "run", null, -1) };
			}

		};
		thread.start();
		begun.await();
		assertThat(request.get().describe(this.time.nanoTime())).asString().endsWith(", on no known thread");
		thread.join();
	}

	@Test
	void abortsWhatIsOnNoThread() {
		AtomicInteger aborted = new AtomicInteger();
		InFlight request = this.registry.begin("GET", null);
		request.onAbort(aborted::incrementAndGet);
		request.suspend();
		request.abort();
		assertThat(aborted).hasValue(1);
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
	}

	@Test
	void abortsNothingThatHasBeenClosed() {
		AtomicInteger aborted = new AtomicInteger();
		InFlight request = this.registry.begin("GET", null);
		request.onAbort(aborted::incrementAndGet);
		request.close();
		request.abort();
		assertThat(aborted).hasValue(0);
		assertThat(Thread.interrupted()).isFalse();
	}

	@Test
	void abortOnNoThreadAndWithoutAnythingToRunIsHarmless() {
		InFlight request = this.registry.begin("GET", null);
		request.suspend();
		request.abort();
		assertThat(Thread.interrupted()).isFalse();
		assertThat(this.registry.count()).isOne();
	}

	@Test
	void suspendByAnotherThreadThanTheOneThatWorksDoesNothing() throws Exception {
		InFlight request = this.registry.begin("GET", null);
		Thread other = new Thread(request::suspend);
		other.start();
		other.join();
		request.abort();
		assertThat(Thread.interrupted()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("executors")
	void interruptsTheThreadThatWorks(AsyncTaskExecutor executor) throws Exception {
		CountDownLatch working = new CountDownLatch(1);
		AtomicBoolean runAbort = new AtomicBoolean();
		Future<String> outcome = executor.submit(() -> {
			try (InFlight request = this.registry.begin("GET", null)) {
				request.onAbort(() -> runAbort.set(true));
				working.countDown();
				new CountDownLatch(1).await();
				return "answered";
			}
			catch (InterruptedException ex) {
				return "interrupted";
			}
		});
		working.await();
		this.registry.snapshot().forEach(InFlight::abort);
		assertThat(outcome.get()).isEqualTo("interrupted");
		assertThat(runAbort).isFalse();
	}

	@ParameterizedTest
	@MethodSource("executors")
	void interruptIsClearedWhenTheThreadLeaves(AsyncTaskExecutor executor) throws Exception {
		Future<List<Boolean>> flags = executor.submit(() -> {
			List<Boolean> interrupted = new ArrayList<>();
			InFlight closed = this.registry.begin("GET", null);
			closed.abort();
			interrupted.add(Thread.currentThread().isInterrupted());
			closed.close();
			interrupted.add(Thread.currentThread().isInterrupted());
			InFlight suspended = this.registry.begin("GET", null);
			suspended.abort();
			interrupted.add(Thread.currentThread().isInterrupted());
			suspended.suspend();
			interrupted.add(Thread.currentThread().isInterrupted());
			return interrupted;
		});
		assertThat(flags.get()).containsExactly(true, false, true, false);
	}

	@ParameterizedTest
	@MethodSource("executors")
	void interruptOfSomeoneElseIsLeftAlone(AsyncTaskExecutor executor) throws Exception {
		Future<Boolean> interrupted = executor.submit(() -> {
			InFlight request = this.registry.begin("GET", null);
			Thread.currentThread().interrupt();
			request.close();
			return Thread.currentThread().isInterrupted();
		});
		assertThat(interrupted.get()).isTrue();
	}

	@Test
	void interruptIsClearedWhenTheThreadClosesThoughAnotherHasDoneSo() throws Exception {
		InFlight request = this.registry.begin("GET", null);
		request.abort();
		assertThat(Thread.interrupted()).isTrue();
		Thread other = new Thread(request::close);
		other.start();
		other.join();
		Thread.currentThread().interrupt();
		request.close();
		assertThat(Thread.interrupted()).isFalse();
	}

	@Test
	void interruptOfTheThreadThatClosesForAnotherIsLeftAlone() throws Exception {
		InFlight request = beginElsewhere();
		request.abort();
		Thread.currentThread().interrupt();
		request.close();
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void interruptOfTheThreadThatTakesOverAfterAnAbortIsLeftAlone() throws Exception {
		InFlight request = beginElsewhere();
		request.abort();
		request.resume();
		Thread.currentThread().interrupt();
		request.close();
		assertThat(Thread.interrupted()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("executors")
	void interruptsOnlyTheThreadThatHasTakenOver(AsyncTaskExecutor executor) throws Exception {
		InFlight request = this.registry.begin("GET", null);
		CountDownLatch resumed = new CountDownLatch(1);
		Future<Boolean> interrupted = executor.submit(() -> {
			request.resume();
			resumed.countDown();
			try {
				new CountDownLatch(1).await();
				return false;
			}
			catch (InterruptedException ex) {
				return true;
			}
		});
		resumed.await();
		request.suspend();
		request.abort();
		assertThat(interrupted.get()).isTrue();
		assertThat(Thread.interrupted()).isFalse();
	}

	@ParameterizedTest
	@MethodSource("executors")
	void threadThatHasGoneOnIsNeverInterrupted(AsyncTaskExecutor executor) throws Exception {
		assertInterruptedOnlyBetween(() -> this.registry.begin("GET", null), InFlight::close, 100, executor);
	}

	@ParameterizedTest
	@MethodSource("executors")
	void threadThatComesAndGoesIsInterruptedOnlyWhileItWorks(AsyncTaskExecutor executor) throws Exception {
		InFlight call = beginElsewhere();
		assertInterruptedOnlyBetween(() -> {
			call.resume();
			return call;
		}, InFlight::suspend, 10, executor);
	}

	private void assertInterruptedOnlyBetween(Supplier<InFlight> come, Consumer<InFlight> leave, int work,
			AsyncTaskExecutor executor) throws Exception {
		AtomicBoolean enough = new AtomicBoolean();
		AtomicInteger cut = new AtomicInteger();
		AtomicInteger cutElsewhere = new AtomicInteger();
		Future<?> worker = executor.submit(() -> {
			while (!enough.get()) {
				InFlight inFlight = come.get();
				spin(work);
				if (Thread.currentThread().isInterrupted()) {
					cut.incrementAndGet();
				}
				leave.accept(inFlight);
				spin(10);
				if (Thread.interrupted()) {
					cutElsewhere.incrementAndGet();
				}
			}
		});
		while (cut.get() < 2000 && !worker.isDone() && !Thread.currentThread().isInterrupted()) {
			this.registry.snapshot().forEach(InFlight::abort);
			// At any moment, so that it also hits the one in which the thread leaves.
			spin(ThreadLocalRandom.current().nextInt(100));
		}
		enough.set(true);
		worker.get();
		assertThat(cut).hasValueGreaterThanOrEqualTo(2000);
		assertThat(cutElsewhere).hasValue(0);
	}

	@ParameterizedTest
	@MethodSource("executors")
	void threadThatTakesOverWhileTheOtherLeavesIsTheOneThatIsInterrupted(AsyncTaskExecutor executor) throws Exception {
		int lost = 0;
		for (int round = 0; round < 2000; round++) {
			InFlight request = this.registry.begin("GET", null);
			AtomicBoolean ready = new AtomicBoolean();
			CountDownLatch resumed = new CountDownLatch(1);
			AtomicBoolean enough = new AtomicBoolean();
			Future<Boolean> interrupted = executor.submit(() -> {
				ready.set(true);
				request.resume();
				resumed.countDown();
				while (!Thread.currentThread().isInterrupted() && !enough.get()) {
					Thread.onSpinWait();
				}
				return Thread.interrupted();
			});
			while (!ready.get()) {
				Thread.onSpinWait();
			}
			request.suspend();
			resumed.await();
			request.abort();
			enough.set(true);
			lost += interrupted.get() ? 0 : 1;
			request.close();
		}
		assertThat(lost).isZero();
	}

	@Test
	void interruptIsClearedWhenTheThreadLeavesThoughAnotherHasTakenOver() throws Exception {
		InFlight request = this.registry.begin("GET", null);
		request.abort();
		assertThat(Thread.interrupted()).isTrue();
		Thread other = new Thread(request::resume);
		other.start();
		other.join();
		Thread.currentThread().interrupt();
		request.suspend();
		assertThat(Thread.interrupted()).isFalse();
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void spin(int times) {
		for (int i = 0; i < times; i++) {
			Thread.onSpinWait();
		}
	}

	private InFlight beginElsewhere() throws Exception {
		return new SimpleAsyncTaskExecutor().submit(() -> this.registry.begin("GET", null)).get();
	}

	static Stream<Named<AsyncTaskExecutor>> executors() {
		Named<AsyncTaskExecutor> platform = Named.of("platform thread", new SimpleAsyncTaskExecutor("worker-"));
		return (JRE.currentVersionNumber() < 21) ? Stream.of(platform)
				: Stream.of(platform, Named.of("virtual thread", new VirtualThreadTaskExecutor("worker-")));
	}

	@Test
	void aStreamIsNoLongerInFlightButOpenUntilItIsClosed() {
		InFlight stream = this.registry.begin("GET", "/events");
		stream.stream(stream::close);
		assertThat(this.registry.count()).isZero();
		assertThat(this.registry.isEmpty()).isTrue();
		assertThat(this.registry.streamCount()).isOne();
		assertThat(this.registry.snapshot()).containsExactly(stream);
		stream.close();
		assertThat(this.registry.streamCount()).isZero();
		assertThat(this.registry.snapshot()).isEmpty();
	}

	@Test
	void streamsThatEndWhileWatchedAreCountedApart() {
		InFlight before = this.registry.begin("GET", "/events");
		before.stream(before::close);
		before.close();
		watch(this.time.nanoTime());
		InFlight stream = this.registry.begin("GET", "/events");
		stream.stream(stream::close);
		stream.close();
		stream.close();
		assertThat(this.registry.streamsEnded()).isOne();
		assertThat(this.registry.finished()).isZero();
	}

	@Test
	void aStreamIsEndedOnce() {
		AtomicInteger ended = new AtomicInteger();
		InFlight stream = this.registry.begin("GET", "/events");
		assertThat(stream.end()).isFalse();
		stream.stream(ended::incrementAndGet);
		assertThat(stream.end()).isTrue();
		assertThat(stream.end()).isFalse();
		assertThat(ended).hasValue(1);
	}

	@Test
	void whatIsClosedBecomesNoStreamAndIsNotEnded() {
		AtomicInteger ended = new AtomicInteger();
		InFlight request = this.registry.begin("GET", "/events");
		request.close();
		request.stream(ended::incrementAndGet);
		assertThat(request.end()).isFalse();
		assertThat(this.registry.streamCount()).isZero();
		assertThat(ended).hasValue(0);
	}

	@Test
	void streamsThatAreKeptOpenAreInFlightAndEndedAtTheDeadline() {
		InFlightRegistry registry = new InFlightRegistry(false, this.time);
		AtomicInteger ended = new AtomicInteger();
		InFlight stream = registry.begin("GET", "/events");
		stream.suspend();
		stream.stream(ended::incrementAndGet);
		assertThat(registry.count()).isOne();
		assertThat(registry.streamCount()).isZero();
		stream.abort();
		assertThat(ended).hasValue(1);
	}

	@Test
	void somethingCanBeDoneBeforeWorkIsCutWhetherAThreadWorksOnItOrNot() {
		List<String> done = new ArrayList<>();
		InFlight call = this.registry.begin(Protocol.GRPC, "orders/Place", true);
		call.controlledBy(new InFlight.Control() {

			@Override
			public void beforeAbort() {
				done.add("told");
			}

			@Override
			public void abort() {
				done.add("cut");
			}

		});
		call.abort();
		assertThat(Thread.interrupted()).isTrue();
		call.suspend();
		call.abort();
		assertThat(done).containsExactly("told", "told", "cut");
		call.close();
		call.abort();
		assertThat(done).hasSize(3);
	}

	private void watch(long since) {
		this.registry.watch(this.time.nanoTime(), since, Long.MAX_VALUE, Long.MAX_VALUE);
	}

}
