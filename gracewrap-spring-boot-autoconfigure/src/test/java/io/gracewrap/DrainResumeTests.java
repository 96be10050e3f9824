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
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import com.google.common.util.concurrent.Uninterruptibles;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Drain#resume()}.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(60)
class DrainResumeTests {

	private final TestParticipant server = new TestParticipant();

	private TestApplication application = new TestApplication(TestApplication.settings(), this.server);

	@AfterEach
	void close() {
		this.application.close();
	}

	@Test
	void acceptsTrafficAgain() {
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		this.application.notes().clear();
		drain.resume();
		assertThat(drain.state()).isEqualTo(DrainState.SERVING);
		assertThat(drain.isRefusing()).isFalse();
		assertThat(this.server.asked()).containsExactly("refuse", "accept");
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
		assertThat(this.application.notes()).containsExactly("REFUSING to SERVING", "readiness ACCEPTING_TRAFFIC");
	}

	@Test
	void drainsAndResumesAndDrains() {
		Drain drain = this.application.startAndBecomeReady().drain();
		for (int i = 0; i < 3; i++) {
			drain.drain();
			assertThat(this.application.readiness()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
			drain.resume();
			assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
		}
		drain.drain();
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "accept", "refuse", "accept", "refuse", "accept",
				"refuse", "drain", "stop");
	}

	@Test
	void clientsAreNoLongerMoved() throws InterruptedException {
		Drain drain = this.application.startAndBecomeReady().drain();
		Set<Thread> others = Thread.getAllStackTraces().keySet();
		drain.drain();
		while (this.server.windowsLeft().isEmpty()) {
			Thread.onSpinWait();
		}
		Thread thread = Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((candidate) -> candidate.getName().equals("gracewrap-drain") && !others.contains(candidate))
			.findFirst()
			.orElseThrow();
		drain.resume();
		thread.join();
		int moved = this.server.windowsLeft().size();
		drain.refusing();
		assertThat(this.server.windowsLeft()).hasSize(moved);
	}

	@Test
	void doesNothingWhileServing() {
		this.application.startAndBecomeReady().drain().resume();
		assertThat(this.server.asked()).isEmpty();
		assertThat(this.application.notes()).isEmpty();
	}

	@Test
	void doesNothingOnceTheApplicationStops() {
		List<DrainState> states = new ArrayList<>();
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		Runnable resume = () -> {
			drain.resume();
			states.add(drain.state());
		};
		this.application.time().at(Duration.ofMillis(500), resume);
		this.application.time().at(Duration.ofMillis(1500), resume);
		this.server.setDrained(false);
		this.application.close();
		resume.run();
		assertThat(states).containsExactly(DrainState.REFUSING, DrainState.DRAINING, DrainState.STOPPED);
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
		assertThat(this.application.notes()).doesNotContain("readiness ACCEPTING_TRAFFIC");
	}

	@Test
	void aRefusalThatHasBeenTakenBackMeanwhileIsNotAnnounced() throws InterruptedException {
		CountDownLatch refusing = new CountDownLatch(1);
		CountDownLatch resumed = new CountDownLatch(1);
		this.application = new TestApplication(TestApplication.settings(), new DrainParticipant() {

			@Override
			public void refuse() {
				refusing.countDown();
				Uninterruptibles.awaitUninterruptibly(resumed);
			}

		});
		Drain drain = this.application.startAndBecomeReady().drain();
		Thread draining = new Thread(drain::drain);
		draining.start();
		refusing.await();
		drain.resume();
		resumed.countDown();
		draining.join();
		assertThat(this.application.notes()).contains("REFUSING to SERVING").doesNotContain("SERVING to REFUSING");
	}

	@Test
	void readinessIsAcceptedAlsoIfItIsHeardOfLater() {
		Queue<Runnable> events = new ConcurrentLinkedQueue<>();
		this.application.with((context) -> {
			SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster(
					context.getBeanFactory());
			multicaster.setTaskExecutor(events::add);
			context.getBeanFactory()
				.registerSingleton(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME, multicaster);
		});
		Drain drain = this.application.startAndBecomeReady().drain();
		runAll(events);
		drain.drain();
		drain.resume();
		// A thread of the drain may still refuse, and take that back.
		Awaitility.await().untilAsserted(() -> {
			runAll(events);
			assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
		});
	}

	private static void runAll(Queue<Runnable> events) {
		for (Runnable event = events.poll(); event != null; event = events.poll()) {
			event.run();
		}
	}

	@Test
	void whoHearsOfReadinessIsToldLastThatItIsRefused() {
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		// Hears of a change after the drain, and so after its answer.
		List<ReadinessState> heard = new CopyOnWriteArrayList<>();
		this.application.context().addApplicationListener(new LateReadinessListener(heard));
		this.application.publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
		Awaitility.await()
			.untilAsserted(() -> assertThat(heard).containsSubsequence(ReadinessState.ACCEPTING_TRAFFIC,
					ReadinessState.REFUSING_TRAFFIC));
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void whoAnswersARefusalWithItsOppositeIsAnsweredInTurns() {
		Drain drain = this.application.startAndBecomeReady().drain();
		AtomicInteger refusals = new AtomicInteger();
		Thread test = Thread.currentThread();
		this.application.context().addApplicationListener(new ReadinessListener((readiness) -> {
			if (readiness == ReadinessState.REFUSING_TRAFFIC && Thread.currentThread() == test
					&& refusals.incrementAndGet() < 100) {
				this.application.publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
			}
		}));
		drain.drain();
		assertThat(refusals).hasValue(1);
		Awaitility.await().until(() -> this.application.readiness() == ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void doesNotMakeAnApplicationReadyThatWasNot() {
		Drain drain = this.application.start().drain();
		drain.drain();
		drain.resume();
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		assertThat(this.application.notes()).doesNotContain("readiness ACCEPTING_TRAFFIC");
	}

	@Test
	void doesNotMakeAnApplicationReadyThatRefusesItself() {
		Drain drain = this.application.startAndBecomeReady().drain();
		this.application.publishReadiness(ReadinessState.REFUSING_TRAFFIC);
		drain.drain();
		drain.resume();
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void makesAnApplicationReadyThatHasBecomeSoMeanwhile() {
		Drain drain = this.application.start().drain();
		drain.drain();
		this.application.publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		drain.resume();
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
	}

	@Test
	void aListenerThatThrowsChangesNothing() {
		this.application.with((context) -> context.addApplicationListener(new ReadinessListener((state) -> {
			if (this.application.drain().state() == DrainState.SERVING && !this.server.asked().isEmpty()) {
				throw new IllegalStateException("on purpose");
			}
		})));
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		drain.resume();
		assertThat(drain.state()).isEqualTo(DrainState.SERVING);
		assertThat(this.application.notes()).contains("REFUSING to SERVING");
	}

	@Test
	void aDrainThatBeginsBeforeReadinessIsAcceptedWins() {
		this.application.with((context) -> context.addApplicationListener(new ReadinessListener((state) -> {
			if (state == ReadinessState.ACCEPTING_TRAFFIC && this.server.asked().contains("accept")) {
				this.application.drain().drain();
			}
		})));
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		drain.resume();
		assertThat(drain.state()).isEqualTo(DrainState.REFUSING);
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void aDrainThatIsTakenBackBeforeReadinessIsRefusedLeavesTheApplicationReady() {
		this.application.with((context) -> context.addApplicationListener(new ReadinessListener((state) -> {
			if (state == ReadinessState.REFUSING_TRAFFIC) {
				this.application.drain().resume();
			}
		})));
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		assertThat(drain.state()).isEqualTo(DrainState.SERVING);
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
	}

	@Test
	void aStopThatOvertakesHasTheLastWord() throws Exception {
		CountDownLatch accepting = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		LastWord lastWord = new LastWord() {

			@Override
			public void accept() {
				accepting.countDown();
				Uninterruptibles.awaitUninterruptibly(goOn);
				super.accept();
			}

		};
		this.application = new TestApplication(TestApplication.settings(), lastWord);
		Drain drain = this.application.startAndBecomeReady().drain();
		ApplicationAvailability availability = this.application.context().getBean(ApplicationAvailability.class);
		drain.drain();
		Thread resuming = new Thread(drain::resume);
		resuming.start();
		accepting.await();
		this.application.close();
		goOn.countDown();
		resuming.join();
		assertThat(drain.state()).isEqualTo(DrainState.STOPPED);
		assertThat(lastWord.refused).isTrue();
		assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void whateverTheMomentTheStopWins() throws Exception {
		for (int i = 0; i < 100; i++) {
			LastWord lastWord = new LastWord();
			TestApplication application = new TestApplication(TestApplication.settings(0, 0, 0, 1000, 0), lastWord);
			Drain drain = application.startAndBecomeReady().drain();
			drain.drain();
			CyclicBarrier barrier = new CyclicBarrier(2);
			int lead = i;
			FutureTask<Void> resume = new FutureTask<>(() -> {
				barrier.await();
				spin(100 - lead);
				drain.resume();
				return null;
			});
			new Thread(resume).start();
			barrier.await();
			spin(lead);
			application.close();
			resume.get();
			assertThat(drain.state()).isEqualTo(DrainState.STOPPED);
			assertThat(lastWord.refused).isTrue();
		}
	}

	@Test
	void withManyThreadsAllAgreeInTheEnd() throws Exception {
		for (int round = 0; round < 20; round++) {
			LastWord lastWord = new LastWord();
			try (TestApplication application = new TestApplication(TestApplication.settings(), lastWord)) {
				Drain drain = application.startAndBecomeReady().drain();
				List<Runnable> calls = List.of(drain::drain, drain::resume, drain::refuseReadiness, drain::drain,
						drain::resume);
				CyclicBarrier barrier = new CyclicBarrier(calls.size());
				List<FutureTask<Void>> tasks = calls.stream().map((call) -> new FutureTask<Void>(() -> {
					barrier.await();
					for (int i = 0; i < 20; i++) {
						call.run();
					}
					return null;
				})).toList();
				tasks.forEach((task) -> new Thread(task).start());
				for (FutureTask<Void> task : tasks) {
					task.get();
				}
				assertThat(lastWord.refused).isEqualTo(drain.isRefusing());
				// A thread of the drain may be about to take back what it has refused.
				Awaitility.await()
					.untilAsserted(() -> assertThat(application.readiness()).isEqualTo(
							drain.isRefusing() ? ReadinessState.REFUSING_TRAFFIC : ReadinessState.ACCEPTING_TRAFFIC));
			}
		}
	}

	private static void spin(int times) {
		for (int i = 0; i < times * 60; i++) {
			Thread.onSpinWait();
		}
	}

	/**
	 * Remembers what it was told last.
	 */
	private static class LastWord implements DrainParticipant {

		private volatile boolean refused;

		@Override
		public void refuse() {
			this.refused = true;
		}

		@Override
		public void accept() {
			this.refused = false;
		}

	}

	/**
	 * Hears of readiness before anyone else.
	 *
	 * @param action what to do
	 */
	private record ReadinessListener(Consumer<ReadinessState> action)
			implements
				ApplicationListener<AvailabilityChangeEvent<ReadinessState>>,
				PriorityOrdered {

		@Override
		public void onApplicationEvent(AvailabilityChangeEvent<ReadinessState> event) {
			this.action.accept(event.getState());
		}

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

	}

	/**
	 * Comes after the drain.
	 */
	private record LateReadinessListener(
			List<ReadinessState> heard) implements ApplicationListener<AvailabilityChangeEvent<ReadinessState>> {

		@Override
		public void onApplicationEvent(AvailabilityChangeEvent<ReadinessState> event) {
			this.heard.add(event.getState());
		}

	}

}
