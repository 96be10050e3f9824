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
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import com.google.common.util.concurrent.Uninterruptibles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Cutter}.
 *
 * @author GraceWrap Maintainers
 */
class CutterTests {

	private static final Duration PATIENCE = Duration.ofMillis(500);

	/** However busy the machine is. */
	private static final Duration SOON = Duration.ofSeconds(10);

	private final CountDownLatch over = new CountDownLatch(1);

	private final InFlightRegistry registry = new InFlightRegistry();

	@AfterEach
	void letTheNamesBeTold() {
		this.over.countDown();
	}

	@Test
	void waitsHalfASecondForANameThatIsNotToldBeforeTheCutAndAsLongAfterIt() {
		InFlight stuck = this.registry.begin("GET", "/orders");
		stuck.handledBy("/orders", new Object() {

			@Override
			public String toString() {
				waitUntilTheTestIsOver();
				return "told too late";
			}

		});
		AtomicLong cut = new AtomicLong();
		stuck.suspend();
		stuck.onAbort(() -> cut.set(System.nanoTime()));
		long begin = System.nanoTime();
		Cutter.cut("Stuck: ", List.of(stuck), begin);
		long end = System.nanoTime();
		assertThat(Duration.ofNanos(cut.get() - begin)).isBetween(PATIENCE, SOON);
		assertThat(Duration.ofNanos(end - cut.get())).isBetween(PATIENCE, SOON);
	}

	@Test
	void threadsMayComeAndLeaveWhileTheOrderIsFound() throws Exception {
		List<InFlight> stuck = Stream.generate(() -> this.registry.begin("GET", "/orders")).limit(2_000).toList();
		AtomicBoolean found = new AtomicBoolean();
		Thread working = new Thread(() -> {
			while (!found.get()) {
				stuck.forEach(InFlight::suspend);
				stuck.forEach(InFlight::resume);
			}
		});
		working.start();
		try {
			for (int i = 0; i < 300; i++) {
				assertThat(Cutter.inOrder(stuck)).hasSameSizeAs(stuck);
			}
		}
		finally {
			found.set(true);
			working.join();
		}
	}

	@Test
	void noRequestWaitsForWhatAnApplicationDoesToEndItsWork() {
		AtomicBoolean requestCut = new AtomicBoolean();
		InFlight work = this.registry.begin(Protocol.WORK, "import", true);
		InFlight request = this.registry.begin("GET", "/orders");
		work.suspend();
		request.suspend();
		work.onAbort(this::waitUntilTheTestIsOver);
		request.onAbort(() -> requestCut.set(true));
		long begin = System.nanoTime();
		Cutter.cut("Stuck: ", List.of(work, request), begin);
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(PATIENCE, SOON);
		assertThat(requestCut).isTrue();
	}

	@Test
	void noThreadWaitsForTheAbortOfAnotherRequest() throws InterruptedException {
		InFlight request = this.registry.begin("GET", "/orders");
		request.suspend();
		request.onAbort(this::waitUntilTheTestIsOver);
		CountDownLatch working = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		Thread worker = new Thread(() -> {
			try (InFlight blocking = this.registry.begin("GET", "/blocking")) {
				working.countDown();
				this.over.await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
		});
		worker.start();
		working.await();
		List<InFlight> stuck = this.registry.snapshot()
			.stream()
			.sorted(Comparator.comparing((inFlight) -> inFlight != request))
			.toList();
		Cutter.cut("Stuck: ", stuck, System.nanoTime());
		assertThat(interrupted.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	private void waitUntilTheTestIsOver() {
		Uninterruptibles.awaitUninterruptibly(this.over, SOON.multipliedBy(3));
	}

}
