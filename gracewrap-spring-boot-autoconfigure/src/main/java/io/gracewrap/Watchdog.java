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

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Ends a JVM that is shutting down and hangs, a moment before its time is up and after
 * saying what hangs. Without it Kubernetes would kill the process with 137 and no word.
 *
 * @author GraceWrap Maintainers
 */
class Watchdog {

	/** What the JVM itself exits with after SIGTERM. */
	private static final int EXIT_CODE = 143;

	/** Time for the report and the halt, out of the hard-stop time. */
	private static final long MOST_MARGIN = TimeUnit.MILLISECONDS.toNanos(400);

	private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(200);

	private static final Log logger = LogFactory.getLog(Watchdog.class);

	/**
	 * The latest that any context of this JVM is given: the watchdog of one that has
	 * closed leaves the others their time.
	 */
	static final AtomicReference<@Nullable Long> LATEST = new AtomicReference<>();

	private final TimeSource time;

	private final AtomicReference<@Nullable Long> latest;

	private final BooleanSupplier contextClosed;

	/** Made before memory may be exhausted. Never started. */
	private final Thread probe = new Thread(() -> {
	});

	private volatile @Nullable Thread watched;

	private volatile boolean over;

	private volatile boolean closesAlone;

	private volatile boolean leftAlone;

	private volatile long armedAt;

	/**
	 * Create a watchdog.
	 * @param time tells the time
	 * @param latest the latest that any context of this JVM is given
	 * @param contextClosed whether the context has closed: what hangs then is another
	 * shutdown hook, or another context whose time is not up, and logging may be gone
	 */
	Watchdog(TimeSource time, AtomicReference<@Nullable Long> latest, BooleanSupplier contextClosed) {
		this.time = time;
		this.latest = latest;
		this.contextClosed = contextClosed;
	}

	/**
	 * Watch the calling thread, which closes the context.
	 * @param deadline when the JVM must be gone
	 * @param hardStopTimeout how long before that the drain is over, in nanoseconds
	 * @param lastWords hears in one line why the JVM is halted; must return quickly
	 */
	void arm(long deadline, long hardStopTimeout, Consumer<String> lastWords) {
		this.armedAt = this.time.nanoTime();
		this.watched = Thread.currentThread();
		long margin = Math.min(MOST_MARGIN, hardStopTimeout / 4);
		long due = deadline - margin;
		this.latest.accumulateAndGet(due, (known, mine) -> (known == null || mine - known > 0) ? mine : known);
		Thread thread = new Thread(() -> watch(due, margin, hardStopTimeout, lastWords), "gracewrap-watchdog");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * The context destroys its beans. If the JVM is not shutting down, nothing is left to
	 * watch once it has closed: what ends the JVM then, such as {@code System.exit} right
	 * behind it, has all the time that it needs.
	 */
	void closing() {
		this.closesAlone = !isJvmShuttingDown();
	}

	private void watch(long due, long margin, long hardStopTimeout, Consumer<String> lastWords) {
		pauseUntil(due);
		if (!isOver() && !isJvmShuttingDown()) {
			report(false, margin, lastWords);
			// Someone may still want the JVM to end, and would wait for this context.
			while (!isOver() && !isJvmShuttingDown()) {
				this.time.pause(LOOK_AGAIN);
			}
			// Other contexts begin to close now, and are given their time.
			this.leftAlone = true;
			pauseUntil(this.time.nanoTime() + hardStopTimeout - margin);
		}
		if (!isOver()) {
			try {
				report(true, margin, lastWords);
			}
			finally {
				halt(EXIT_CODE);
			}
		}
	}

	private void pauseUntil(long due) {
		long left = left(due);
		while (left > 0 && !isOver()) {
			this.time.pause(Math.min(left, LOOK_AGAIN));
			left = left(due);
		}
	}

	/**
	 * Whether the context has closed in a JVM that was not shutting down then: nothing is
	 * left to watch. Not before, because any of its beans may hang.
	 * @return whether it has
	 */
	private boolean isOver() {
		if (!this.over && this.contextClosed.getAsBoolean()) {
			this.over = this.closesAlone || !isJvmShuttingDown();
		}
		return this.over;
	}

	/**
	 * Report on a thread of its own, because whatever hangs may hang the logging too.
	 * @param halt whether the JVM is halted then
	 * @param margin how long there is, in nanoseconds
	 * @param lastWords hears why
	 */
	private void report(boolean halt, long margin, Consumer<String> lastWords) {
		try {
			Thread reporter = new Thread(() -> report(halt, lastWords), "gracewrap-watchdog-report");
			reporter.setDaemon(true);
			start(reporter);
			reporter.join(Math.max(50, TimeUnit.NANOSECONDS.toMillis(margin * 3 / 4)));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (OutOfMemoryError ex) {
			// There is no thread to report on, and less for what logging needs.
		}
	}

	private long left(long due) {
		long now = this.time.nanoTime();
		Long latest = this.latest.get();
		boolean othersCount = this.leftAlone || this.contextClosed.getAsBoolean();
		return (latest != null && othersCount) ? Math.max(due - now, latest - now) : due - now;
	}

	boolean isJvmShuttingDown() {
		try {
			addShutdownHook(this.probe);
			Runtime.getRuntime().removeShutdownHook(this.probe);
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
		catch (OutOfMemoryError ex) {
			// What would be thrown has found no memory.
			return true;
		}
	}

	void addShutdownHook(Thread hook) {
		Runtime.getRuntime().addShutdownHook(hook);
	}

	void start(Thread reporter) {
		reporter.start();
	}

	void halt(int exitCode) {
		Runtime.getRuntime().halt(exitCode);
	}

	private void report(boolean halt, Consumer<String> lastWords) {
		boolean contextClosed = this.contextClosed.getAsBoolean();
		String report = String.format(Locale.ROOT, "%s still not done after %.1f s, %s.%s",
				contextClosed ? "The application context has closed but the JVM is"
						: "Closing the application context is",
				TimeSource.seconds(this.time.nanoTime() - this.armedAt),
				halt ? "halting the JVM with exit code " + EXIT_CODE : "the JVM is not shutting down and is left alone",
				describeWhatHangs(contextClosed));
		try {
			if (halt) {
				// First, because the log may hang.
				lastWords
					.accept(report.lines().filter((line) -> !line.startsWith("\t")).collect(Collectors.joining(" ")));
			}
		}
		finally {
			if (contextClosed) {
				System.err.println(report);
			}
			else {
				logger.error(report);
			}
		}
	}

	private String describeWhatHangs(boolean contextClosed) {
		Thread watched = this.watched;
		if (watched != null && watched.isAlive() && !contextClosed) {
			return describe(watched) + describeLock(watched);
		}
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> !thread.isDaemon() && !thread.getName().equals("DestroyJavaVM"))
			.map(this::describe)
			.collect(Collectors.joining());
	}

	private String describe(Thread thread) {
		StackTraceElement[] stack = thread.getStackTrace();
		String culprit = Arrays.stream(stack)
			.filter(Watchdog::isForeign)
			.findFirst()
			.map((frame) -> " in " + frame.getClassName() + "." + frame.getMethodName())
			.orElse("");
		return String.format("%nThread '%s' hangs%s:%s", thread.getName(), culprit,
				Arrays.stream(stack)
					.map((frame) -> System.lineSeparator() + "\tat " + frame)
					.collect(Collectors.joining()));
	}

	/**
	 * The first frame that belongs to neither the JDK nor Spring is most likely the one
	 * that hangs.
	 * @param frame the stack frame
	 * @return whether it is the application's or a library's
	 */
	private static boolean isForeign(StackTraceElement frame) {
		String name = frame.getClassName();
		return !(name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith("sun.")
				|| name.startsWith("org.springframework."));
	}

	private String describeLock(Thread thread) {
		ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
		if (info == null || info.getLockOwnerId() == -1) {
			return "";
		}
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((owner) -> owner.getId() == info.getLockOwnerId())
			.map((owner) -> String.format("%nIt waits for %s, held by:%s", info.getLockName(), describe(owner)))
			.collect(Collectors.joining());
	}

}
