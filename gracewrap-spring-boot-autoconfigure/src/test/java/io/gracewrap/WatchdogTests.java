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
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Watchdog}.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(30)
@ExtendWith(OutputCaptureExtension.class)
class WatchdogTests {

	private static final long HARD_STOP = TimeUnit.SECONDS.toNanos(5);

	private final GatedTime time = new GatedTime();

	private final List<String> lastWords = new CopyOnWriteArrayList<>();

	private final TestWatchdog watchdog = new TestWatchdog(this.time);

	@Test
	void haltsAJvmThatIsShuttingDown(CapturedOutput output) throws Exception {
		this.watchdog.shuttingDown = true;
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		assertThat(output).contains("Closing the application context is still not done after 29.6 s,"
				+ " halting the JVM with exit code 143.");
		assertThat(this.lastWords).singleElement()
			.asString()
			.startsWith("Closing the application context is still not done after 29.6 s,"
					+ " halting the JVM with exit code 143.");
	}

	@Test
	void theLastWordsAreOneLineThatNamesWhatHangs() throws Exception {
		this.watchdog.shuttingDown = true;
		Bean bean = new Bean();
		Thread closing = closing(bean::sleepForEver);
		bean.entered.await();
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		assertThat(this.lastWords).singleElement()
			.asString()
			.endsWith(" Thread 'closing' hangs in " + Bean.class.getName() + ".sleepForEver:")
			.doesNotContain("\n", "\t");
		closing.interrupt();
		closing.join();
	}

	@Test
	void lastWordsThatFailDoNotKeepTheReportFromTheLog(CapturedOutput output) throws Exception {
		this.watchdog.shuttingDown = true;
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, (reason) -> {
			throw new IllegalStateException("on purpose");
		});
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		assertThat(output).contains("halting the JVM with exit code 143.");
	}

	@Test
	void haltsEvenIfTheLastWordsHang() throws Exception {
		this.watchdog.shuttingDown = true;
		this.watchdog.lastWordsHang = true;
		AtomicReference<@Nullable Thread> hanging = new AtomicReference<>();
		CountDownLatch goOn = new CountDownLatch(1);
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, (reason) -> {
			hanging.set(Thread.currentThread());
			try {
				goOn.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		goOn.countDown();
		Thread reporter = Awaitility.await().until(hanging::get, Objects::nonNull);
		reporter.join();
	}

	@Test
	void onceItsContextHasClosedItLeavesOtherContextsTheirTime() throws Exception {
		TestWatchdog closed = new TestWatchdog(this.time, new AtomicReference<>(this.time.in(Duration.ofSeconds(70))));
		closed.shuttingDown = true;
		closed.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		closed.contextClosed.set(true);
		this.time.open();
		assertThat(closed.outcome()).isEqualTo("halted with 143");
		assertThat(this.time.elapsed()).hasSeconds(70);
	}

	@Test
	void untilItsContextHasClosedItDoesNotCareForOthers() throws Exception {
		TestWatchdog closing = new TestWatchdog(this.time, new AtomicReference<>(this.time.in(Duration.ofSeconds(70))));
		closing.shuttingDown = true;
		closing.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.time.open();
		assertThat(closing.outcome()).isEqualTo("halted with 143");
		assertThat(this.time.elapsed()).isLessThan(Duration.ofSeconds(30));
	}

	@Test
	void leavesAJvmThatIsNotShuttingDownAlone(CapturedOutput output) throws Exception {
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("not halted");
		assertThat(output).contains("the JVM is not shutting down and is left alone");
		assertThat(this.lastWords).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "5000, 34400", "2000, 31400" })
	void haltsAJvmThatIsToldToShutDownLaterWhenTheHardStopTimeoutIsOver(long hardStop, long halted,
			CapturedOutput output) throws Exception {
		this.watchdog.shuttingDownAtLook = 3;
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), TimeUnit.MILLISECONDS.toNanos(hardStop),
				this.lastWords::add);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		assertThat(this.time.elapsed()).hasMillis(halted);
		assertThat(output).contains("the JVM is not shutting down and is left alone",
				"halting the JVM with exit code 143");
		assertThat(this.lastWords).hasSize(1);
	}

	@Test
	void whenTheJvmIsToldToShutDownLaterOtherContextsAreLeftTheirTime() throws Exception {
		TestWatchdog hanging = new TestWatchdog(this.time, new AtomicReference<>(this.time.in(Duration.ofSeconds(70))));
		hanging.shuttingDownAtLook = 3;
		hanging.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.time.open();
		assertThat(hanging.outcome()).isEqualTo("halted with 143");
		assertThat(this.time.elapsed()).hasSeconds(70);
	}

	@Test
	void thisJvmIsNotShuttingDown() {
		assertThat(new Watchdog(this.time, new AtomicReference<>(), () -> false).isJvmShuttingDown()).isFalse();
	}

	@ParameterizedTest
	@CsvSource({ "30000, 5000, 29600", "5000, 2000, 4600", "25200, 200, 25150", "25000, 0, 25000", "0, 0, 0" })
	void leavesAMarginForTheReport(long deadline, long hardStop, long halted) throws Exception {
		this.watchdog.shuttingDown = true;
		this.watchdog.arm(this.time.in(Duration.ofMillis(deadline)), TimeUnit.MILLISECONDS.toNanos(hardStop),
				this.lastWords::add);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		assertThat(this.time.elapsed()).hasMillis(halted);
	}

	@Test
	void endsWhenTheContextHasClosedInAJvmThatIsNotShuttingDown(CapturedOutput output) throws Exception {
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.watchdog.contextClosed.set(true);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("not halted");
		assertThat(this.time.elapsed()).isLessThan(Duration.ofSeconds(1));
		assertThat(output).doesNotContain("still not done");
	}

	/**
	 * As {@code System.exit(SpringApplication.exit(context))} does.
	 */
	@Test
	void endsWhenTheContextHasClosedAndTheJvmIsToldToShutDownRightBehind() throws Exception {
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.time.open();
		this.watchdog.closing();
		this.watchdog.shuttingDown = true;
		this.watchdog.contextClosed.set(true);
		assertThat(this.watchdog.outcome()).isEqualTo("not halted");
		assertThat(this.lastWords).isEmpty();
	}

	@Test
	void haltsAJvmThatIsToldToShutDownWhileABeanHangs() throws Exception {
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.watchdog.shuttingDownAtLook = 2;
		this.time.open();
		this.watchdog.closing();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
	}

	@Test
	void haltsAJvmWithoutMemory() throws Exception {
		Watchdog exhausted = new Watchdog(this.time, new AtomicReference<>(), () -> false) {

			@Override
			void addShutdownHook(Thread hook) {
				throw new OutOfMemoryError("on purpose");
			}

		};
		assertThat(exhausted.isJvmShuttingDown()).isTrue();
	}

	@Test
	void doesNotKeepTheJvmAlive() {
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		assertThat(this.watchdog.thread.isDaemon()).isTrue();
		this.watchdog.contextClosed.set(true);
		this.time.open();
	}

	@Test
	void namesTheMethodThatHangs(CapturedOutput output) throws Exception {
		Bean bean = new Bean();
		Thread closing = closing(bean::sleepForEver);
		bean.entered.await();
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("not halted");
		assertThat(output).contains("Thread 'closing' hangs in " + Bean.class.getName() + ".sleepForEver:")
			.containsPattern("\tat \\S*WatchdogTests\\$Bean\\.sleepForEver\\(");
		closing.interrupt();
		closing.join();
	}

	@Test
	void namesBothSidesOfADeadlock(CapturedOutput output) throws Exception {
		ReentrantLock lock = new ReentrantLock();
		Bean bean = new Bean();
		Thread owner = new Thread(() -> {
			lock.lock();
			bean.sleepForEver();
		}, "owner");
		owner.start();
		bean.entered.await();
		Bean waiting = new Bean();
		Thread closing = closing(() -> waiting.waitFor(lock));
		waiting.entered.await();
		while (!lock.hasQueuedThread(closing)) {
			Thread.onSpinWait();
		}
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("not halted");
		assertThat(output).contains("Thread 'closing' hangs in " + Bean.class.getName() + ".waitFor:")
			.containsPattern("It waits for java\\.util\\.concurrent\\.locks\\.ReentrantLock\\S+, held by:")
			.contains("Thread 'owner' hangs in " + Bean.class.getName() + ".sleepForEver:");
		owner.interrupt();
		closing.interrupt();
		owner.join();
		closing.join();
	}

	@Test
	void namesTheOwnerOfAMonitor(CapturedOutput output) throws Exception {
		Bean bean = new Bean();
		Thread owner = new Thread(bean::sleepForEverInMonitor, "owner");
		owner.start();
		bean.entered.await();
		Thread closing = closing(bean::sleepForEverInMonitor);
		while (closing.getState() != Thread.State.BLOCKED) {
			Thread.onSpinWait();
		}
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("not halted");
		assertThat(output).contains("Thread 'closing' hangs in " + Bean.class.getName() + ".sleepForEverInMonitor:")
			.contains("It waits for " + Bean.class.getName() + "@")
			.contains("Thread 'owner' hangs in " + Bean.class.getName() + ".sleepForEver:");
		owner.interrupt();
		closing.interrupt();
		owner.join();
		closing.interrupt();
		closing.join();
	}

	@Test
	void namesOtherThreadsOnceTheContextHasClosed(CapturedOutput output) throws Exception {
		Bean bean = new Bean();
		Thread hook = new Thread(bean::sleepForEver, "some-hook");
		hook.start();
		bean.entered.await();
		Bean daemonBean = new Bean();
		Thread daemon = new Thread(daemonBean::sleepForEver, "some-daemon");
		daemon.setDaemon(true);
		daemon.start();
		daemonBean.entered.await();
		this.watchdog.shuttingDown = true;
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.watchdog.contextClosed.set(true);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		assertThat(output.getErr()).contains("The application context has closed but the JVM is still not done")
			.contains("Thread 'some-hook' hangs in " + Bean.class.getName() + ".sleepForEver:")
			.doesNotContain("some-daemon");
		hook.interrupt();
		daemon.interrupt();
		hook.join();
	}

	@Test
	void haltsEvenIfTheReportHangs() throws Exception {
		this.watchdog.shuttingDown = true;
		this.watchdog.reportHangs = true;
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
		assertThat(this.time.hanging.await(20, TimeUnit.SECONDS)).as("the report has been tried").isTrue();
		this.time.hangs.countDown();
	}

	@Test
	void haltsEvenIfNoThreadCanBeStarted() throws Exception {
		this.watchdog.shuttingDown = true;
		this.watchdog.exhausted = true;
		this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
		this.time.open();
		assertThat(this.watchdog.outcome()).isEqualTo("halted with 143");
	}

	private Thread closing(Runnable close) throws InterruptedException {
		CountDownLatch armed = new CountDownLatch(1);
		Thread thread = new Thread(() -> {
			this.watchdog.arm(this.time.in(Duration.ofSeconds(30)), HARD_STOP, this.lastWords::add);
			armed.countDown();
			close.run();
		}, "closing");
		thread.start();
		armed.await();
		return thread;
	}

	/**
	 * Holds everyone who waits until it is opened, and then does not hold anyone.
	 */
	private static final class GatedTime extends ManualTime {

		private final CountDownLatch gate = new CountDownLatch(1);

		private final CountDownLatch hanging = new CountDownLatch(1);

		private volatile CountDownLatch hangs = new CountDownLatch(0);

		long in(Duration duration) {
			return nanoTime() + duration.toNanos();
		}

		void open() {
			this.gate.countDown();
		}

		/**
		 * From now on whoever asks for the time hangs.
		 */
		void hang() {
			this.hangs = new CountDownLatch(1);
		}

		@Override
		public long nanoTime() {
			CountDownLatch hangs = this.hangs;
			if (hangs.getCount() > 0) {
				this.hanging.countDown();
				await(hangs);
			}
			return super.nanoTime();
		}

		@Override
		public void pause(long nanos) {
			if (awaitOpen()) {
				super.pause(nanos);
			}
		}

		boolean awaitOpen() {
			return await(this.gate);
		}

		private static boolean await(CountDownLatch latch) {
			try {
				latch.await();
				return true;
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return false;
			}
		}

	}

	/**
	 * A watchdog that barks but does not bite.
	 */
	private static final class TestWatchdog extends Watchdog {

		private final GatedTime time;

		private volatile boolean shuttingDown;

		private volatile boolean reportHangs;

		private volatile boolean lastWordsHang;

		private volatile boolean exhausted;

		private volatile int shuttingDownAtLook;

		private final AtomicInteger looks = new AtomicInteger();

		private final AtomicBoolean contextClosed;

		private volatile String halted = "not halted";

		private Thread thread;

		TestWatchdog(GatedTime time) {
			this(time, new AtomicReference<>());
		}

		TestWatchdog(GatedTime time, AtomicReference<@Nullable Long> latest) {
			this(time, latest, new AtomicBoolean());
		}

		private TestWatchdog(GatedTime time, AtomicReference<@Nullable Long> latest, AtomicBoolean contextClosed) {
			super(time, latest, contextClosed::get);
			this.time = time;
			this.contextClosed = contextClosed;
		}

		@Override
		void arm(long deadline, long hardStopTimeout, Consumer<String> lastWords) {
			Set<Thread> before = Thread.getAllStackTraces().keySet();
			super.arm(deadline, hardStopTimeout, lastWords);
			this.thread = Thread.getAllStackTraces()
				.keySet()
				.stream()
				.filter((thread) -> thread.getName().equals("gracewrap-watchdog") && !before.contains(thread))
				.findFirst()
				.orElseThrow();
		}

		@Override
		boolean isJvmShuttingDown() {
			this.time.awaitOpen();
			if (this.reportHangs) {
				this.time.hang();
			}
			int look = this.looks.incrementAndGet();
			if (this.shuttingDownAtLook > 0) {
				return look >= this.shuttingDownAtLook;
			}
			if (!this.shuttingDown && look > 1) {
				// It has closed at last.
				this.contextClosed.set(true);
			}
			return this.shuttingDown;
		}

		@Override
		void start(Thread reporter) {
			if (this.exhausted) {
				throw new OutOfMemoryError("unable to create native thread");
			}
			super.start(reporter);
			if (!this.reportHangs && !this.lastWordsHang) {
				// On a busy machine it may take longer than it is given.
				try {
					reporter.join();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
		}

		@Override
		void halt(int exitCode) {
			this.halted = "halted with " + exitCode;
		}

		String outcome() throws InterruptedException {
			this.thread.join(TimeUnit.SECONDS.toMillis(20));
			return this.thread.isAlive() ? "watching" : this.halted;
		}

	}

	/**
	 * A bean that does not let the context close.
	 */
	private static final class Bean {

		private final CountDownLatch entered = new CountDownLatch(1);

		void sleepForEver() {
			this.entered.countDown();
			while (!Thread.interrupted()) {
				LockSupport.park(this);
			}
		}

		synchronized void sleepForEverInMonitor() {
			sleepForEver();
		}

		void waitFor(ReentrantLock lock) {
			this.entered.countDown();
			try {
				lock.lockInterruptibly();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
