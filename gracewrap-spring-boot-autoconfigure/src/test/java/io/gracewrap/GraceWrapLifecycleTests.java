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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import com.google.common.util.concurrent.Uninterruptibles;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link GraceWrapLifecycle}.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(30)
@ExtendWith(OutputCaptureExtension.class)
class GraceWrapLifecycleTests {

	private final TestParticipant server = new TestParticipant();

	private TestApplication application = new TestApplication(TestApplication.settings(), this.server);

	@AfterEach
	void close() {
		this.application.close();
	}

	@Test
	void stepsFollowEachOther() {
		NotingParticipant participant = new NotingParticipant();
		this.application = new TestApplication(TestApplication.settings(), participant);
		participant.application = this.application;
		this.application.with((context) -> context.registerBean("bean", NotingBean.class, this.application));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(this.application.notes()).containsExactly("watchdog armed", "readiness REFUSING_TRAFFIC",
				"participant asked to refuse", "SERVING to REFUSING", "REFUSING to DRAINING",
				"participant asked to drain", "DRAINING to STOPPING", "participant asked to stop", "context closed",
				"bean stopped", "STOPPING to STOPPED", "bean destroyed");
	}

	@Test
	void eachStepHasItsTime(CapturedOutput output) {
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		this.application.time().at(Duration.ofMillis(3500), () -> this.server.setDrained(true));
		this.application.time().at(Duration.ofMillis(300), this.application::request);
		this.application.close();
		assertThat(this.application.entered(DrainState.REFUSING)).isZero();
		assertThat(this.application.entered(DrainState.DRAINING)).hasSeconds(1);
		assertThat(this.application.entered(DrainState.STOPPING)).hasMillis(3500);
		assertThat(this.application.entered(DrainState.STOPPED)).hasMillis(3500);
		assertThat(this.server.timeLeft()).hasMillis(6500);
		assertThat(output).contains("Drain state REFUSING at 0.000 s: 0 in flight, 10.000 s left")
			.contains("Drain state DRAINING at 1.000 s: 0 in flight, 9.000 s left")
			.contains("Drain state STOPPING at 3.500 s: 0 in flight, 6.500 s left")
			.containsOnlyOnce("Drain state STOPPED at 3.500 s: refusing 1.000 s, draining 2.500 s, closing 0.000 s;"
					+ " 1 finished, 0 aborted");
	}

	@ParameterizedTest
	@CsvSource({ "12000, 2", "22000, 4" })
	void saysEveryFiveSecondsWhatItWaitsFor(long done, int times, CapturedOutput output) {
		this.application = new TestApplication(TestApplication.settings(1000, 500, 1000, 25000, 4000), this.server);
		this.application.startAndBecomeReady();
		InFlight request = this.application.begin();
		InFlight stream = this.application.begin();
		stream.stream(stream::close);
		this.application.time().at(Duration.ofMillis(6500), stream::close);
		this.application.time().at(Duration.ofMillis(done), request::close);
		this.application.close();
		assertThat(output).contains("Still DRAINING: 1 in flight and 1 streams, 19.0 s left")
			.contains("Still DRAINING: 1 in flight, 14.0 s left");
		assertThat(output.getOut().lines().filter((line) -> line.contains("Still DRAINING"))).hasSize(times);
	}

	@Test
	void saysWhatItWaitsForAlsoInTheWindow(CapturedOutput output) {
		this.application = new TestApplication(TestApplication.settings(1000, 500, 12000, 25000, 4000), this.server);
		this.application.startAndBecomeReady();
		InFlight request = this.application.begin();
		this.application.time().at(Duration.ofMillis(8000), request::close);
		this.application.close();
		assertThat(output).containsOnlyOnce("Still REFUSING: 1 in flight, 20.0 s left")
			.doesNotContain("Still DRAINING");
	}

	@Test
	void saysNothingWhileItWaitsForLoadBalancersOnly(CapturedOutput output) {
		this.application = new TestApplication(TestApplication.settings(12000, 500, 12000, 25000, 4000), this.server);
		this.application.startAndBecomeReady().close();
		assertThat(output).doesNotContain("Still ");
	}

	@Test
	void saysThatItWaitsForAServerThatIsNotDrained(CapturedOutput output) {
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		this.application.close();
		assertThat(output).containsOnlyOnce("Still DRAINING: 0 in flight, 4.0 s left");
	}

	@ParameterizedTest
	@CsvSource({ "1000, 2300, 3", "3000, 4200, 5" })
	void theReportSaysWhatDelayWouldHaveCoveredLateRequests(long delay, long last, long suggested,
			CapturedOutput output) {
		this.application = new TestApplication(TestApplication.settings(delay, 2000, 6000, 10000, 4000), this.server);
		this.application.startAndBecomeReady();
		this.application.time().at(Duration.ofMillis(delay - 100), this.application::request);
		this.application.time().at(Duration.ofMillis(delay + 100), this.application::request);
		this.application.time().at(Duration.ofMillis(last), this.application::request);
		this.application.close();
		assertThat(output).containsOnlyOnce(
				"; 3 finished, 0 aborted, 2 late, the last by HTTP %.1f s after the refusal: gracewrap.load-balancer-delay=%ds would have covered them"
					.formatted(last / 1000.0, suggested));
	}

	@Test
	void theReportCountsTheRefusalFromTheStop(CapturedOutput output) {
		this.application.startAndBecomeReady().drain().drain();
		this.application.time().advance(Duration.ofHours(1));
		this.application.close();
		assertThat(output).contains("Drain state STOPPED at 0.000 s: refusing 0.000 s,");
	}

	@Test
	void theReportIsTheLastWord(@TempDir Path directory, CapturedOutput output) throws Exception {
		Path file = directory.resolve("termination-log");
		this.application.withTerminationLog(file).startAndBecomeReady();
		this.application.request();
		this.application.time().at(Duration.ofMillis(500), this.application::request);
		this.application.close();
		String report = "Drain state STOPPED at 1.000 s: refusing 1.000 s, draining 0.000 s, closing 0.000 s;"
				+ " 1 finished, 0 aborted";
		Awaitility.await().untilAsserted(() -> assertThat(file).hasContent(report));
		assertThat(output).containsOnlyOnce(report);
	}

	@Test
	void theLastWordsOfTheWatchdogSayWhereTheDrainStands(@TempDir Path directory) throws Exception {
		Path file = directory.resolve("termination-log");
		this.application.withTerminationLog(file).startAndBecomeReady();
		this.server.setDrained(false);
		this.application.begin();
		this.application.time()
			.at(Duration.ofMillis(3000), () -> this.application.watchdog().lastWords().accept("halted"));
		this.application.time()
			.at(Duration.ofMillis(9000), () -> this.application.watchdog().lastWords().accept("halted again"));
		this.application.close();
		Awaitility.await()
			.untilAsserted(() -> assertThat(file).content()
				.contains(
						"Drain state REFUSING at 3.000 s: refusing 3.000 s, draining 0.000 s, closing 0.000 s;"
								+ " 0 finished, 0 aborted; halted\n",
						"Drain state DRAINING at 9.000 s: refusing 6.000 s, draining 3.000 s, closing 0.000 s;"
								+ " 0 finished, 0 aborted; halted again\n",
						"Drain state STOPPED at 11.000 s:"));
	}

	@ParameterizedTest
	@EnumSource(names = { "REFUSING", "DRAINING", "STOPPING", "STOPPED" })
	void aLogThatThrowsDoesNotStopTheSequence(DrainState state, @TempDir Path directory, CapturedOutput output)
			throws Exception {
		Path file = Files.createFile(directory.resolve("termination-log"));
		this.application.withTerminationLog(file).withLog((message, status) -> {
			if (status.state() == state) {
				throw new NoClassDefFoundError("log of " + state);
			}
		}).startAndBecomeReady();
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
		Awaitility.await().untilAsserted(() -> assertThat(file).content().startsWith("Drain state STOPPED"));
		assertThat(output).containsOnlyOnce("The log of the drain failed");
	}

	@Test
	void aWatchdogThatCannotBeArmedDoesNotKeepTheApplicationFromDraining(CapturedOutput output) {
		this.application.watchdog().failToArm();
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
		assertThat(output).contains("The drain is not watched");
	}

	@Test
	void aHandlerThatIsNamedMayWaitForWhatAnotherRequestHoldsUntilItIsCut(CapturedOutput output) {
		this.application.startAndBecomeReady();
		CountDownLatch cut = new CountDownLatch(1);
		this.application.begin().handledBy("/orders", new Object() {

			@Override
			public String toString() {
				return awaited(cut);
			}

		});
		this.application.begin().onAbort(cut::countDown);
		this.application.close();
		Awaitility.await()
			.untilAsserted(
					() -> assertThat(output).contains("Still in flight: GET /orders handled by one that could wait"));
	}

	@Test
	void allThatIsStuckIsSeenBeforeAnyOfItIsCut(CapturedOutput output) {
		this.application.startAndBecomeReady();
		InFlight first = this.application.begin();
		InFlight second = this.application.begin();
		first.onAbort(() -> second.handledBy("/moved", null));
		second.onAbort(() -> first.handledBy("/moved", null));
		this.application.close();
		Awaitility.await()
			.untilAsserted(() -> assertThat(
					output.getOut().lines().filter((line) -> line.contains("Still in flight: GET /orders/{id}")))
				.hasSize(2));
		assertThat(output).doesNotContain("Still in flight: GET /moved");
	}

	private static String awaited(CountDownLatch latch) {
		try {
			return latch.await(10, TimeUnit.SECONDS) ? "one that could wait" : "one that was not cut";
		}
		catch (InterruptedException ex) {
			return "one that was interrupted";
		}
	}

	@Test
	void theThreadThatClosesTheContextIsNotInterruptedForWhatItWorksOnItself(CapturedOutput output) {
		this.application.startAndBecomeReady();
		InFlight own = this.application.registry().begin("POST", "/close");
		InFlight other = this.application.begin();
		AtomicBoolean cut = new AtomicBoolean();
		other.onAbort(() -> cut.set(true));
		this.application.close();
		assertThat(Thread.interrupted()).isFalse();
		assertThat(cut).isTrue();
		assertThat(this.application.entered(DrainState.STOPPING)).as("the moment that answers get").hasMillis(11000);
		Awaitility.await().untilAsserted(() -> assertThat(output).contains("Still in flight: POST /close"));
		own.close();
	}

	@Test
	void isTheFirstToHearThatTheContextCloses() {
		this.application.with((context) -> context.addApplicationListener(new EarlyListener()));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(this.application.notes()).containsSubsequence("DRAINING to STOPPING", "early listener",
				"context closed");
	}

	@ParameterizedTest
	@ValueSource(longs = { 3, 10 })
	void waitsForWhatIsInFlightUntilTheDrainDeadline(long seconds) {
		this.application = new TestApplication(TestApplication.settings(1000, 500, 2000, seconds * 1000, 4000),
				this.server);
		this.application.startAndBecomeReady();
		AtomicInteger aborted = new AtomicInteger();
		InFlight request = this.application.begin();
		request.onAbort(() -> {
			aborted.incrementAndGet();
			request.close();
		});
		this.application.time().at(Duration.ofMillis(seconds * 1000 - 1), () -> this.application.note("just before"));
		this.application.close();
		assertThat(aborted).hasValue(1);
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(seconds);
		assertThat(this.server.timeLeft()).isZero();
		assertThat(this.application.notes()).containsSubsequence("just before", "DRAINING to STOPPING");
	}

	@Test
	void waitsForParticipantsUntilTheDrainDeadline() {
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		this.application.close();
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(10);
	}

	@Test
	void waitsForWhatBeginsInTheMomentInWhichNothingIsLeft() {
		AtomicInteger asked = new AtomicInteger();
		this.application = new TestApplication(TestApplication.settings(), new TestParticipant() {

			@Override
			public boolean isDrained() {
				if (asked.incrementAndGet() == 2) {
					InFlight late = GraceWrapLifecycleTests.this.application.begin();
					GraceWrapLifecycleTests.this.application.time().at(Duration.ofMillis(3300), late::close);
				}
				return true;
			}

		});
		this.application.startAndBecomeReady();
		Drain drain = this.application.drain();
		this.application.close();
		assertThat(this.application.entered(DrainState.DRAINING)).hasSeconds(1);
		assertThat(this.application.entered(DrainState.STOPPING)).hasMillis(3300);
		assertThat(drain.status().finished()).isOne();
	}

	@Test
	void whatEndsInTheMomentInWhichItWouldBeCutIsNotNamed(CapturedOutput output) {
		AtomicReference<InFlight> request = new AtomicReference<>();
		this.application = new TestApplication(TestApplication.settings(), new TestParticipant() {

			@Override
			public boolean isDrained() {
				if (GraceWrapLifecycleTests.this.application.time().elapsed().toSeconds() >= 10) {
					request.get().close();
				}
				return true;
			}

		});
		this.application.startAndBecomeReady();
		Drain drain = this.application.drain();
		request.set(this.application.begin());
		this.application.close();
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(10);
		assertThat(drain.status()).satisfies((status) -> {
			assertThat(status.finished()).isOne();
			assertThat(status.aborted()).isZero();
		});
		assertThat(output).doesNotContain("still in flight");
	}

	@ParameterizedTest
	@ValueSource(longs = { 2000, 4000 })
	void givesAnswersThatCuttingBringsAboutAMomentToLeave(long hardStop) {
		this.application = new TestApplication(TestApplication.settings(1000, 500, 6000, 10000, hardStop), this.server);
		this.application.startAndBecomeReady();
		this.application.begin();
		this.application.close();
		assertThat(this.application.entered(DrainState.STOPPING)).hasMillis(10000 + hardStop / 4);
	}

	@Test
	void goesOnAsSoonAsWhatWasCutHasLeft() {
		this.application.startAndBecomeReady();
		InFlight request = this.application.begin();
		this.application.time().at(Duration.ofMillis(10300), request::close);
		this.application.close();
		assertThat(this.application.entered(DrainState.STOPPING)).hasMillis(10300);
	}

	@Test
	void whatWasCutCountsAsAbortedAndNotAsDrained() {
		this.application.startAndBecomeReady();
		Drain drain = this.application.drain();
		InFlight finishes = this.application.begin();
		InFlight stream = this.application.begin();
		stream.stream(() -> {
		});
		InFlight stuck = this.application.begin();
		stuck.onAbort(stuck::close);
		stream.onAbort(stream::close);
		this.application.time().at(Duration.ofMillis(9999), finishes::close);
		this.application.close();
		assertThat(this.application.registry().drained()).isOne();
		assertThat(this.application.registry().endedStreams()).isZero();
		DrainStatus status = drain.status();
		assertThat(status.finished()).isOne();
		assertThat(status.aborted()).isEqualTo(2);
	}

	@Test
	void waitsAfterTheDrainForThoseThatAreNotReadyToClose() {
		this.application.startAndBecomeReady();
		this.server.setReadyToClose(false);
		this.application.time()
			.at(Duration.ofMillis(1500),
					() -> assertThat(this.application.drain().state()).isEqualTo(DrainState.STOPPING));
		this.application.time().at(Duration.ofMillis(2500), () -> this.server.setReadyToClose(true));
		this.application.close();
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(1);
		assertThat(this.server.timeLeft()).hasMillis(7500);
		assertThat(this.application.entered(DrainState.STOPPED)).hasMillis(2500);
	}

	@Test
	void leavesTwoFifthsAtMostOfTheHardStopTimeToThoseThatAreNotReadyToClose() {
		this.application.startAndBecomeReady();
		this.server.setReadyToClose(false);
		this.application.close();
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(1);
		assertThat(this.application.entered(DrainState.STOPPED)).isEqualTo(Duration.ofMillis(10000 + 4000 * 2 / 5));
	}

	@Test
	void namesAndInterruptsWhatIsStillInFlight(CapturedOutput output) throws Exception {
		this.application.startAndBecomeReady();
		CountDownLatch working = new CountDownLatch(1);
		FutureTask<String> work = new FutureTask<>(() -> {
			try (InFlight request = this.application.registry().begin("POST", "/orders/{id}")) {
				request.handledBy("/orders/{id}", "OrderController#pay");
				working.countDown();
				new CountDownLatch(1).await();
				return "answered";
			}
			catch (InterruptedException ex) {
				return "interrupted";
			}
		});
		Thread thread = new Thread(work, "worker-7");
		thread.start();
		working.await();
		this.application.close();
		assertThat(work.get()).isEqualTo("interrupted");
		Awaitility.await()
			.untilAsserted(() -> assertThat(output).contains("1 still in flight after 10.000 s, cutting them")
				.contains("Still in flight: POST /orders/{id} handled by OrderController#pay,"
						+ " in flight for 10.0 s, on thread 'worker-7'")
				.containsPattern("\tat \\S*GraceWrapLifecycleTests\\.")
				.contains("0 finished, 1 aborted"));
	}

	@Test
	void cutsAllButNamesOnlyAsManyAsAnyoneReads(CapturedOutput output) {
		this.application.startAndBecomeReady();
		AtomicInteger aborted = new AtomicInteger();
		for (int i = 0; i < 120; i++) {
			InFlight request = this.application.begin();
			request.onAbort(() -> {
				aborted.incrementAndGet();
				request.close();
				throw new IllegalStateException("client gone");
			});
		}
		this.application.close();
		assertThat(aborted).hasValue(120);
		Awaitility.await()
			.untilAsserted(() -> assertThat(output).contains("... and 20 more").contains("0 finished, 120 aborted"));
		assertThat(output.getOut().lines().filter((line) -> line.contains("Still in flight: "))).hasSize(100);
	}

	@Test
	void closeOfAChildContextIsIgnored() {
		this.application.startAndBecomeReady();
		GenericApplicationContext child = new GenericApplicationContext(this.application.context());
		child.refresh();
		child.close();
		assertThat(this.application.notes()).containsExactly("context closed");
		assertThat(this.application.drain().state()).isEqualTo(DrainState.SERVING);
		assertThat(this.server.asked()).isEmpty();
	}

	@Test
	void stopWithoutCloseDoesNotDrain() {
		this.application.startAndBecomeReady();
		this.application.context().stop();
		assertThat(this.application.lifecycle().isRunning()).isFalse();
		assertThat(this.application.notes()).isEmpty();
		assertThat(this.application.drain().state()).isEqualTo(DrainState.SERVING);
		this.application.context().start();
		assertThat(this.application.lifecycle().isRunning()).isTrue();
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
	}

	@Test
	void isNotPausedWithTheContext() {
		this.application.startAndBecomeReady();
		assertThat(this.application.lifecycle().isPauseable()).isFalse();
		this.application.context().pause();
		assertThat(this.application.lifecycle().isRunning()).isTrue();
		assertThat(this.application.notes()).isEmpty();
	}

	@Test
	void drainsOnceThoughTheContextIsClosedAndStoppedAgain() {
		this.application.startAndBecomeReady();
		GraceWrapLifecycle lifecycle = this.application.lifecycle();
		this.application.close();
		lifecycle.stop();
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
		assertThat(this.application.notes()).containsOnlyOnce("watchdog armed", "DRAINING to STOPPING",
				"STOPPING to STOPPED");
	}

	@Test
	void stopDrainsIfTheEventNeverCame() {
		this.application
			.with((context) -> context.registerBean(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
					SimpleApplicationEventMulticaster.class, () -> new SimpleApplicationEventMulticaster() {

						@Override
						protected void invokeListener(ApplicationListener<?> listener, ApplicationEvent event) {
							if (!(event instanceof ContextClosedEvent)) {
								super.invokeListener(listener, event);
							}
						}

					}));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(this.application.notes()).contains("DRAINING to STOPPING").doesNotContain("context closed");
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
	}

	@Test
	void listenerThatStopsTheContextOnceMoreDoesNotWaitForItself() {
		this.application
			.with((context) -> context.addApplicationListener(new ApplicationListener<DrainStateChangedEvent>() {

				@Override
				public void onApplicationEvent(DrainStateChangedEvent event) {
					if (event.getState() == DrainState.DRAINING) {
						context.stop();
					}
				}

			}));
		this.application = this.application.startAndBecomeReady();
		long begun = System.nanoTime();
		this.application.close();
		assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
	}

	@Test
	void threadThatStopsBesideTheOneThatClosesWaitsForTheDrain() throws Exception {
		CountDownLatch draining = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		this.application = new TestApplication(TestApplication.settings(), new DrainParticipant() {

			@Override
			public void drain() {
				draining.countDown();
				Uninterruptibles.awaitUninterruptibly(goOn);
			}

		});
		this.application.startAndBecomeReady();
		Thread closing = new Thread(this.application::close);
		closing.start();
		draining.await();
		Drain drain = this.application.drain();
		GraceWrapLifecycle lifecycle = this.application.lifecycle();
		FutureTask<DrainState> stop = new FutureTask<>(() -> {
			lifecycle.stop();
			return drain.state();
		});
		Thread stopping = new Thread(stop);
		stopping.start();
		while (stopping.getState() != Thread.State.TIMED_WAITING) {
			assertThat(stopping.isAlive()).isTrue();
			Thread.onSpinWait();
		}
		goOn.countDown();
		assertThat(stop.get()).isGreaterThanOrEqualTo(DrainState.STOPPING);
		closing.join();
	}

	@ParameterizedTest
	@EnumSource(names = { "REFUSING", "DRAINING", "STOPPING", "STOPPED" })
	void listenerThatThrowsDoesNotStopTheSequence(DrainState state) {
		this.application
			.with((context) -> context.addApplicationListener(new ApplicationListener<DrainStateChangedEvent>() {

				@Override
				public void onApplicationEvent(DrainStateChangedEvent event) {
					if (event.getState() == state) {
						throw new NoClassDefFoundError("listener of " + state);
					}
				}

			}));
		this.application.startAndBecomeReady();
		Drain drain = this.application.drain();
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
		assertThat(drain.state()).isEqualTo(DrainState.STOPPED);
	}

	@Test
	void whoeverIsNotDrainedInTimeIsNamed(CapturedOutput output) {
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		this.application.close();
		assertThat(output).containsOnlyOnce("Nothing is in flight any more, but not drained in time: test participant")
			.doesNotContain("not ready to close");
	}

	@Test
	void whoeverIsNotDrainedInTimeIsNamedBesideWhatIsStuck(CapturedOutput output) {
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		InFlight stuck = this.application.begin();
		stuck.suspend();
		stuck.onAbort(stuck::close);
		this.application.close();
		assertThat(output).contains("1 still in flight").containsOnlyOnce("Not drained in time: test participant");
	}

	@ParameterizedTest
	@ValueSource(ints = { 3, 5 })
	void aStreamThatHadToBeCutEndsNoDrainOfAnyoneElse(int seconds) {
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, 10000, 1000), this.server);
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		this.application.time().at(Duration.ofMillis(1), () -> this.application.registry().streamsCut());
		this.application.time().at(Duration.ofSeconds(seconds), () -> this.server.setDrained(true));
		this.application.close();
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(seconds);
	}

	@Test
	void aBeanThatIsGoneBeforeItHearsOfTheEndIsNoProblem(CapturedOutput output) {
		this.application = new TestApplication(TestApplication.settings(), this.server)
			.with((context) -> context.addApplicationListener((event) -> {
				if (event instanceof DrainStateChangedEvent change && change.getState() == DrainState.STOPPED) {
					throw new BeanCreationNotAllowedException("listener", "Singletons are being destroyed");
				}
			}));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(output).contains("Drain state STOPPED at").doesNotContain("A listener of the drain state");
	}

	@Test
	void whoeverIsNotReadyToCloseInTimeIsNamed(CapturedOutput output) {
		this.application.startAndBecomeReady();
		this.server.setReadyToClose(false);
		this.application.close();
		assertThat(output)
			.containsOnlyOnce("The application context closes although not ready to close: test participant")
			.doesNotContain("not drained in time");
	}

	@Test
	void participantThatThrowsDoesNotStopTheSequence(CapturedOutput output) {
		this.application = new TestApplication(TestApplication.settings(), new ThrowingParticipant(), this.server);
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		this.application.time().at(Duration.ofSeconds(2), () -> this.server.setDrained(true));
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(2);
		assertThat(output).containsOnlyOnce("throwing participant failed to refuse")
			.containsOnlyOnce("throwing participant failed to drain")
			.containsOnlyOnce("throwing participant failed to stop")
			.containsOnlyOnce("throwing participant could not tell whether it is drained");
	}

	@ParameterizedTest
	@ValueSource(ints = { Ordered.HIGHEST_PRECEDENCE, Ordered.LOWEST_PRECEDENCE })
	void listenerOfReadinessThatThrowsDoesNotStopTheSequence(int order, CapturedOutput output) {
		this.application.with((context) -> context.addApplicationListener(new ThrowingReadinessListener(order)));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
		assertThat(this.application.entered(DrainState.DRAINING)).hasSeconds(1);
		assertThat(output).containsOnlyOnce("Readiness could not be refused");
	}

	@Test
	void participantsThatCannotBeCreatedDoNotKeepTheContextFromClosing(CapturedOutput output) {
		GenericApplicationContext context = this.application.startAndBecomeReady().context();
		Drain drain = new Drain(context,
				this.application.context().getBean("applicationAvailability", ApplicationAvailability.class),
				TestApplication.settings(), this.application.registry(), () -> {
					throw new IllegalStateException("no participants");
				}, DrainLog.PLAIN, this.application.time());
		GraceWrapLifecycle lifecycle = new GraceWrapLifecycle(context, drain, Duration.ofSeconds(30),
				new TerminationLog(""), this.application.watchdog());
		lifecycle.onApplicationEvent(new ContextClosedEvent(context));
		assertThat(output).contains("The drain failed, the application context closes without it");
	}

	@Test
	void participantThatHangsIsWatchedFromTheFirstMoment() {
		AtomicReference<Duration> deadline = new AtomicReference<>();
		this.application = new TestApplication(TestApplication.settings(), new DrainParticipant() {

			@Override
			public void refuse() {
				deadline.set(GraceWrapLifecycleTests.this.application.watchdog().deadline());
			}

		});
		this.application.startAndBecomeReady();
		this.application.time().advance(Duration.ofSeconds(5));
		this.application.close();
		assertThat(deadline.get()).as("armed when the first participant is asked").hasSeconds(5 + 14);
	}

	@ParameterizedTest
	@CsvSource({ "25000, 5000, 30", "3000, 2000, 5" })
	void watchdogIsArmedForTheWholeBudget(long drain, long hardStop, long budget) {
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, drain, hardStop), this.server);
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(this.application.watchdog().deadline()).hasSeconds(budget);
		assertThat(this.application.watchdog().hardStopTimeout()).hasMillis(hardStop);
	}

	@Test
	void drainOfTheUserThatHangsDoesNotKeepTheWatchdogFromBeingArmed() throws Exception {
		CountDownLatch refusing = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		CountDownLatch armed = new CountDownLatch(1);
		this.application = new TestApplication(TestApplication.settings(), new DrainParticipant() {

			@Override
			public void refuse() {
				refusing.countDown();
				Uninterruptibles.awaitUninterruptibly(goOn);
			}

		});
		this.application.startAndBecomeReady();
		Thread user = new Thread(this.application.drain()::drain);
		user.start();
		refusing.await();
		Thread closing = new Thread(this.application::close);
		closing.start();
		Thread watching = new Thread(() -> {
			while (!this.application.notes().contains("watchdog armed") && !Thread.interrupted()) {
				Thread.onSpinWait();
			}
			armed.countDown();
		});
		watching.start();
		assertThat(armed.await(20, TimeUnit.SECONDS)).isTrue();
		goOn.countDown();
		user.join();
		closing.join();
	}

	@Test
	void asynchronousMulticasterDoesNotTakeTheDrainOffTheClosingThread() {
		AtomicReference<Thread> drainedBy = new AtomicReference<>();
		this.application = new TestApplication(TestApplication.settings(), this.server, new DrainParticipant() {

			@Override
			public void drain() {
				drainedBy.set(Thread.currentThread());
			}

		});
		asynchronous(this.application, new SimpleAsyncTaskExecutor())
			.with((context) -> context.registerBean("bean", NotingBean.class, this.application));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(drainedBy).hasValue(Thread.currentThread());
		assertThat(this.application.notes()).containsSubsequence("DRAINING to STOPPING", "bean stopped");
	}

	@Test
	void asynchronousMulticasterDoesNotKeepReadinessFlippedBack() {
		BlockingQueue<Runnable> listeners = new LinkedBlockingQueue<>();
		Runnable callListeners = () -> {
			while (!listeners.isEmpty()) {
				listeners.remove().run();
			}
		};
		asynchronous(this.application, listeners::add).startAndBecomeReady();
		callListeners.run();
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
		List<ReadinessState> seen = new ArrayList<>();
		this.application.time().at(Duration.ofMillis(200), () -> {
			callListeners.run();
			seen.add(this.application.readiness());
			this.application.publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
			callListeners.run();
			seen.add(this.application.readiness());
		});
		this.application.time().at(Duration.ofMillis(240), () -> {
			callListeners.run();
			seen.add(this.application.readiness());
		});
		this.application.close();
		assertThat(seen).hasSize(3).containsOnly(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void interruptEndsTheWaiting() {
		this.application.startAndBecomeReady();
		this.application.begin();
		this.server.setDrained(false);
		this.application.time().at(Duration.ofMillis(400), Thread.currentThread()::interrupt);
		this.application.close();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.application.entered(DrainState.DRAINING)).hasMillis(400);
		assertThat(this.application.entered(DrainState.STOPPING)).hasMillis(400);
		assertThat(this.server.asked()).containsExactly("refuse", "drain", "stop");
	}

	@Test
	void interruptWhileDrainingEndsTheWaiting() {
		this.application.startAndBecomeReady();
		AtomicInteger aborted = new AtomicInteger();
		this.application.begin().onAbort(aborted::incrementAndGet);
		this.application.time().at(Duration.ofMillis(7000), Thread.currentThread()::interrupt);
		this.application.close();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.application.entered(DrainState.DRAINING)).hasSeconds(6);
		assertThat(this.application.entered(DrainState.STOPPING)).hasSeconds(7);
		assertThat(aborted).as("before its time").hasValue(0);
	}

	@ParameterizedTest
	@CsvSource({ "30000, 4000, 12000", "5000, 4000, 5000", "30000, 2000, 11000" })
	void phasesGetNoMoreThanIsLeft(long configured, long hardStop, long expected) {
		RecordingLifecycleProcessor processor = new RecordingLifecycleProcessor();
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, 10000, hardStop), this.server)
			.withPhaseTimeout(Duration.ofMillis(configured))
			.with((context) -> context.registerBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME,
					RecordingLifecycleProcessor.class, () -> processor));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(processor.timeouts).containsExactly(expected);
	}

	@Test
	void phasesGetLittleAfterTheDeadline() {
		RecordingLifecycleProcessor processor = new RecordingLifecycleProcessor();
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, 10000, 4000), this.server)
			.with((context) -> context.registerBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME,
					RecordingLifecycleProcessor.class, () -> processor));
		this.application.startAndBecomeReady();
		this.application.begin();
		this.application.close();
		assertThat(processor.timeouts).containsExactly(1000L);
	}

	@ParameterizedTest
	@CsvSource({ "0, false, 10000", "8000, false, 4000", "10000, false, 2000", "0, true, 11980", "8000, true, 4000" })
	void phasesOfAChildContextThatClosesWithItsParentGetWhatIsLeft(long taken, boolean configured, long expected) {
		RecordingLifecycleProcessor processor = new RecordingLifecycleProcessor();
		GenericApplicationContext child = new GenericApplicationContext();
		if (configured) {
			child.registerBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME,
					RecordingLifecycleProcessor.class, () -> processor);
		}
		else {
			child.getBeanFactory()
				.registerSingleton(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME, processor);
			processor.setBeanFactory(child.getBeanFactory());
		}
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, 10000, 4000), this.server)
			.with((context) -> context.registerBean("parent", ParentOfContext.class,
					() -> new ParentOfContext(context, child)));
		this.application.startAndBecomeReady();
		GenericApplicationContext other = new GenericApplicationContext(this.application.context());
		other.refresh();
		other.close();
		assertThat(processor.timeouts).isEmpty();
		this.server.setDrained(false);
		this.application.time().at(Duration.ofMillis(taken), () -> this.server.setDrained(true));
		this.application.close();
		assertThat(processor.timeouts).containsExactly(expected);
	}

	@Test
	void phasesOfAChildContextThatIsDrainedAsWellAreItsOwn() {
		RecordingLifecycleProcessor processor = new RecordingLifecycleProcessor();
		GenericApplicationContext child = new GenericApplicationContext();
		child.registerBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME, RecordingLifecycleProcessor.class,
				() -> processor);
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, 10000, 4000), this.server)
			.with((context) -> context.registerBean("parent", ParentOfContext.class,
					() -> new ParentOfContext(context, child)));
		child.registerBean(GraceWrapLifecycle.class, () -> mock(GraceWrapLifecycle.class));
		this.application.startAndBecomeReady();
		this.application.close();
		assertThat(processor.timeouts).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void theWatchdogIsToldWhenBeansAreDestroyed(boolean drains) {
		this.application.startAndBecomeReady();
		if (drains) {
			this.application.close();
		}
		assertThat(this.application.watchdog().isClosing()).isEqualTo(drains);
	}

	@Test
	void phasesGetNothingWhenNothingIsLeft() {
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, 1000, 0), this.server)
			.with((context) -> context.registerBean("bean", HangingBean.class));
		this.application.startAndBecomeReady();
		this.server.setDrained(false);
		long begun = System.nanoTime();
		this.application.close();
		assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
	}

	@Test
	void readinessThatALateRunnerFlipsBackIsRefusedAgainAtOnce() {
		this.application.startAndBecomeReady();
		List<ReadinessState> seen = new ArrayList<>();
		Runnable late = () -> {
			this.application.publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
			seen.add(this.application.readiness());
		};
		this.application.time().at(Duration.ofMillis(500), late);
		this.application.time().at(Duration.ofMillis(1500), late);
		this.server.setDrained(false);
		this.application.close();
		assertThat(seen).containsExactly(ReadinessState.REFUSING_TRAFFIC, ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void contextThatIsNotAWebContextRefusesTraffic() {
		this.application = new TestApplication(TestApplication.settings());
		AtomicReference<ReadinessState> whenStopped = new AtomicReference<>();
		this.application.with((context) -> context.registerBean("bean", SmartLifecycle.class,
				() -> new StopListener(() -> whenStopped.set(this.application.readiness()))));
		this.application.startAndBecomeReady();
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
		this.application.close();
		assertThat(this.application.notes()).contains("readiness REFUSING_TRAFFIC");
		assertThat(whenStopped).hasValue(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void readinessThatIsRefusedAlreadyIsNotRefusedAgain() {
		this.application.startAndBecomeReady();
		this.application.publishReadiness(ReadinessState.REFUSING_TRAFFIC);
		this.application.close();
		assertThat(this.application.notes()).containsOnlyOnce("readiness REFUSING_TRAFFIC");
	}

	@Test
	void contextThatFailsToStartReportsNoDrain(CapturedOutput output) {
		this.application.with((context) -> context.registerBean("broken", DisposableBean.class, () -> {
			context.getBean(GraceWrapLifecycle.class);
			throw new IllegalStateException("broken");
		}));
		try {
			this.application.start();
		}
		catch (Exception ex) {
			assertThat(ex).hasRootCauseMessage("broken");
		}
		assertThat(output).doesNotContain("Drain state");
		assertThat(this.application.notes()).doesNotContain("SERVING to STOPPED");
		assertThat(this.server.asked()).isEmpty();
	}

	private static TestApplication asynchronous(TestApplication application, Executor executor) {
		return application
			.with((context) -> context.registerBean(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
					SimpleApplicationEventMulticaster.class, () -> {
						SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
						multicaster.setTaskExecutor(executor);
						return multicaster;
					}));
	}

	/**
	 * Notes when it is asked, between the notes of the application.
	 */
	private static final class NotingParticipant implements DrainParticipant {

		private TestApplication application;

		@Override
		public boolean isReachable() {
			return true;
		}

		@Override
		public void refuse() {
			this.application.note("participant asked to refuse");
		}

		@Override
		public void drain() {
			this.application.note("participant asked to drain");
		}

		@Override
		public void stop(Duration timeLeft) {
			this.application.note("participant asked to stop");
		}

	}

	/**
	 * Fails at everything.
	 */
	private static final class ThrowingParticipant implements DrainParticipant {

		@Override
		public boolean isReachable() {
			throw new IllegalStateException("isReachable");
		}

		@Override
		public void refuse() {
			throw new IllegalStateException("refuse");
		}

		@Override
		public void drain() {
			throw new NoClassDefFoundError("drain");
		}

		@Override
		public boolean isDrained() {
			throw new IllegalStateException("isDrained");
		}

		@Override
		public void stop(Duration timeLeft) {
			throw new StackOverflowError("stop");
		}

		@Override
		public String toString() {
			return "throwing participant";
		}

	}

	/**
	 * A bean of the earliest phase to stop, and among the last to be destroyed.
	 */
	static final class NotingBean implements SmartLifecycle, DisposableBean {

		private final TestApplication application;

		private volatile boolean running;

		NotingBean(TestApplication application) {
			this.application = application;
		}

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.application.note("bean stopped");
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public void destroy() {
			this.application.note("bean destroyed");
		}

	}

	/**
	 * A bean that never says that it has stopped.
	 */
	static final class HangingBean implements SmartLifecycle {

		@Override
		public void start() {
		}

		@Override
		public void stop() {
		}

		@Override
		public void stop(Runnable callback) {
		}

		@Override
		public boolean isRunning() {
			return true;
		}

	}

	/**
	 * Runs something when it is stopped.
	 *
	 * @param action what to run
	 */
	private record StopListener(Runnable action) implements SmartLifecycle {

		@Override
		public void start() {
		}

		@Override
		public void stop() {
			this.action.run();
		}

		@Override
		public boolean isRunning() {
			return true;
		}

	}

	/**
	 * Ordered before all but the very first.
	 */
	private final class EarlyListener implements ApplicationListener<ContextClosedEvent>, PriorityOrdered {

		@Override
		public void onApplicationEvent(ContextClosedEvent event) {
			GraceWrapLifecycleTests.this.application.note("early listener");
		}

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE + 1;
		}

	}

	/**
	 * Fails when readiness is refused, before or after the availability bean hears of it.
	 *
	 * @param order the order
	 */
	private record ThrowingReadinessListener(
			int order) implements ApplicationListener<AvailabilityChangeEvent<ReadinessState>>, PriorityOrdered {

		@Override
		public void onApplicationEvent(AvailabilityChangeEvent<ReadinessState> event) {
			if (event.getState() == ReadinessState.REFUSING_TRAFFIC) {
				throw new IllegalStateException("readiness");
			}
		}

		@Override
		public int getOrder() {
			return this.order;
		}

	}

	/**
	 * Has a context of its own while it runs, as the management server has.
	 */
	private static final class ParentOfContext implements SmartLifecycle {

		private final GenericApplicationContext child;

		ParentOfContext(GenericApplicationContext context, GenericApplicationContext child) {
			this.child = child;
			child.setParent(context);
		}

		@Override
		public void start() {
			this.child.refresh();
		}

		@Override
		public void stop() {
			this.child.close();
		}

		@Override
		public boolean isRunning() {
			return this.child.isActive();
		}

	}

	/**
	 * Remembers the timeouts that it is given.
	 */
	private static final class RecordingLifecycleProcessor extends DefaultLifecycleProcessor {

		private final List<Long> timeouts = new ArrayList<>();

		@Override
		public void setTimeoutPerShutdownPhase(long timeoutPerShutdownPhase) {
			this.timeouts.add(timeoutPerShutdownPhase);
			super.setTimeoutPerShutdownPhase(timeoutPerShutdownPhase);
		}

	}

}
