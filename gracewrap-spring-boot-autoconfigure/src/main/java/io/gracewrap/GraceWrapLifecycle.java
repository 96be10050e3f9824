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
import java.util.Locale;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;

/**
 * Runs the drain, from the first moment of the stop to the last: as the first listener of
 * the {@link ContextClosedEvent} of its own context, because everything else still lives
 * then. A lifecycle phase would be too late: schedulers, meter registries and gRPC
 * servers stop before or beside the first one.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class GraceWrapLifecycle
		implements SmartLifecycle, ApplicationListener<ContextClosedEvent>, PriorityOrdered, DisposableBean {

	private static final Log logger = LogFactory.getLog(GraceWrapLifecycle.class);

	/** How often conditions that cannot signal are looked at. */
	static final long TICK = TimeUnit.MILLISECONDS.toNanos(20);

	/** How often to say what is waited for. */
	private static final long PROGRESS = TimeUnit.SECONDS.toNanos(5);

	/** The watchdog has the log to write as well, before it halts. */
	private static final Duration A_MOMENT = Duration.ofMillis(100);

	/** At a regular end nothing else has to be done any more. */
	private static final Duration LAST_PATIENCE = Duration.ofMillis(500);

	/** That of Spring, for a context to which nothing gives another one. */
	private static final Duration PHASE_TIMEOUT = Duration.ofSeconds(10);

	private final ConfigurableApplicationContext context;

	private final Drain drain;

	private final Duration phaseTimeout;

	private final TerminationLog terminationLog;

	private final Watchdog watchdog;

	private final FutureTask<Void> stop = new FutureTask<>(this::drainAll, null);

	private final Runnable report = this::report;

	private volatile @Nullable Thread draining;

	private volatile boolean running;

	private volatile boolean reportFollows;

	/**
	 * Create the lifecycle of a drain.
	 * @param context the application context that is drained when it closes
	 * @param drain the drain
	 * @param phaseTimeout how long each lifecycle phase may take to stop, as configured
	 * @param terminationLog path of the file that gets the report at the end, empty for
	 * none
	 */
	public GraceWrapLifecycle(ConfigurableApplicationContext context, Drain drain, Duration phaseTimeout,
			String terminationLog) {
		this(context, drain, phaseTimeout, new TerminationLog(terminationLog),
				new Watchdog(drain.time(), Watchdog.LATEST, () -> !context.isActive()));
	}

	GraceWrapLifecycle(ConfigurableApplicationContext context, Drain drain, Duration phaseTimeout,
			TerminationLog terminationLog, Watchdog watchdog) {
		this.context = context;
		this.drain = drain;
		this.phaseTimeout = phaseTimeout;
		this.terminationLog = terminationLog;
		this.watchdog = watchdog;
	}

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			drainOnce();
		}
		else if (this.stop.isDone()) {
			limitPhasesOfChild(event.getApplicationContext());
		}
	}

	/**
	 * A child, such as that of the management server, stops in a phase of its parent and
	 * has a time of its own, beyond all that is left (issue 5). One that is drained as
	 * well has its own limit.
	 * @param child the child that closes
	 */
	private void limitPhasesOfChild(ApplicationContext child) {
		if (child.getBeanNamesForType(GraceWrapLifecycle.class, false, false).length == 0) {
			limitPhases(child, child.containsBeanDefinition(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME)
					? this.phaseTimeout : PHASE_TIMEOUT);
		}
	}

	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	private void drainOnce() {
		this.stop.run();
		if (Thread.currentThread() == this.draining) {
			// Someone who takes part in the drain stops the context once more.
			return;
		}
		try {
			this.stop.get(this.drain.timeLeft().toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (TimeoutException ex) {
			logger.debug("The thread that drains has not ended in time", ex);
		}
		catch (Throwable ex) {
			logger.warn("The drain failed, the application context closes without it", ex);
		}
	}

	private void drainAll() {
		this.draining = Thread.currentThread();
		try {
			drainStepByStep();
		}
		finally {
			this.draining = null;
		}
	}

	private void drainStepByStep() {
		this.drain.startClock();
		armWatchdog();
		this.drain.refuse();
		await(() -> this.drain.windowLeft() <= 0);
		this.drain.enter(DrainState.DRAINING);
		this.drain.participants().ask("drain", DrainParticipant::drain);
		abort(awaitDrained());
		this.drain.enter(DrainState.STOPPING);
		awaitReadyToClose();
		this.drain.participants().ask("stop", (participant) -> participant.stop(this.drain.timeLeft()));
		hastenWriters();
		limitPhases(this.context, this.phaseTimeout);
	}

	private void armWatchdog() {
		try {
			this.watchdog.arm(this.drain.hardStopDeadline(), this.drain.settings().hardStopTimeout().toNanos(),
					(reason) -> this.terminationLog.write(this.drain.end().report() + "; " + reason, A_MOMENT));
		}
		catch (Throwable ex) {
			logger.warn("The drain is not watched", ex);
		}
	}

	/**
	 * Wait until the condition holds, the drain deadline has passed, or the thread has
	 * been interrupted because someone wants the context closed at once.
	 * @param condition what to wait for
	 */
	private void await(BooleanSupplier condition) {
		TimeSource time = this.drain.time();
		long left = this.drain.timeLeft().toNanos();
		long reported = time.nanoTime();
		while (left > 0 && !condition.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
			this.drain.refusing();
			if (time.nanoTime() - reported >= PROGRESS) {
				this.drain.reportProgress();
				reported = time.nanoTime();
			}
			time.pause(Math.min(left, TICK));
			left = this.drain.timeLeft().toNanos();
		}
	}

	/**
	 * Wait until nothing is left, also of what has begun in that very moment.
	 * @return what is in flight although nothing is waited for any longer
	 */
	private List<InFlight> awaitDrained() {
		List<InFlight> left;
		do {
			await(this.drain::isDrained);
			left = this.drain.registry().snapshot();
		}
		while (!this.drain.isDrained() && !this.drain.timeLeft().isZero() && !Thread.currentThread().isInterrupted());
		return left;
	}

	/**
	 * Name what is still in flight, then cut it, and give the answers that this brings
	 * about a moment to leave.
	 * @param remaining what is still in flight
	 */
	private void abort(List<InFlight> remaining) {
		if (remaining.isEmpty()) {
			if (!this.drain.isDrained()) {
				warnOf("Nothing is in flight any more, but not drained in time: ",
						this.drain.participants().namesOfUndrained());
			}
			return;
		}
		if (Thread.currentThread().isInterrupted()) {
			logger.warn(remaining.size() + " still in flight, but the thread that closes the application context has"
					+ " been interrupted: they are not waited for");
			return;
		}
		List<InFlight> left = remaining.stream().filter(InFlight::giveUp).toList();
		if (left.isEmpty()) {
			return;
		}
		this.drain.aborted(left.size());
		TimeSource time = this.drain.time();
		logger.warn(String.format(Locale.ROOT, "%d still in flight after %.3f s, cutting them", left.size(),
				this.drain.elapsed()));
		Cutter.cut("Still in flight: ", left, time.nanoTime());
		long until = time.nanoTime() + this.drain.settings().hardStopTimeout().toNanos() / 4;
		while (!this.drain.isDrained() && time.nanoTime() - until < 0 && !Thread.currentThread().isInterrupted()) {
			time.pause(TICK);
		}
		if (!this.drain.isDrained()) {
			warnOf("Not drained in time: ", this.drain.participants().namesOfUndrained());
		}
	}

	/**
	 * Whoever wants to be waited for now may have what phases and beans do not need.
	 */
	private void awaitReadyToClose() {
		TimeSource time = this.drain.time();
		long until = this.drain.hardStopDeadline() - this.drain.settings().hardStopTimeout().toNanos() * 3 / 5;
		boolean ready = true;
		while (time.nanoTime() - until < 0 && !Thread.currentThread().isInterrupted()) {
			ready = this.drain.participants().areReadyToClose();
			if (ready) {
				return;
			}
			this.drain.refuseReadiness();
			time.pause(TICK);
		}
		if (!ready) {
			warnOf("The application context closes although not ready to close: ",
					this.drain.participants().namesOfUnready());
		}
	}

	/**
	 * Who writes a stream that was cut, to a client that does not read, does not notice
	 * that its connection is closed by now. It is to notice while the server has threads
	 * still: when it has stopped, on Tomcat the two that clean up wait for each other
	 * (issue 5).
	 */
	private void hastenWriters() {
		if (Thread.currentThread().isInterrupted() || !this.drain.registry().areStreamsCut()) {
			return;
		}
		List<InFlight> left = this.drain.registry().streams().stream().filter(InFlight::isOnAnyThread).toList();
		TimeSource time = this.drain.time();
		long until = time.nanoTime() + A_MOMENT.toNanos();
		left.forEach(Cutter::cut);
		while (left.stream().anyMatch(InFlight::isOnAnyThread) && time.nanoTime() - until < 0
				&& !Thread.currentThread().isInterrupted()) {
			time.pause(TICK);
		}
	}

	private static void warnOf(String message, String names) {
		// It may be done meanwhile.
		if (!names.isEmpty()) {
			logger.warn(message + names);
		}
	}

	/**
	 * No phase may take what is not left: half of the hard-stop time stays for the beans
	 * that are destroyed after the phases.
	 * @param closing the context whose phases come
	 * @param most how long each may take if there is time
	 */
	private void limitPhases(ApplicationContext closing, Duration most) {
		if (closing.containsLocalBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME) && closing.getBean(
				AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME) instanceof DefaultLifecycleProcessor processor) {
			long left = this.drain.hardStopDeadline() - this.drain.time().nanoTime()
					- this.drain.settings().hardStopTimeout().toNanos() / 2;
			processor.setTimeoutPerShutdownPhase(
					Math.max(0, Math.min(most.toMillis(), TimeUnit.NANOSECONDS.toMillis(left))));
		}
	}

	@Override
	public void start() {
		this.running = true;
		this.drain.participants().find();
		try {
			SpringApplication.getShutdownHandlers().add(this.report);
			this.reportFollows = true;
		}
		catch (IllegalStateException ex) {
			logger.trace("The JVM is shutting down already", ex);
		}
	}

	/**
	 * Joins the drain if the context closes. A stop, a pause or a checkpoint without that
	 * does not drain.
	 */
	@Override
	public void stop() {
		if (this.context.isClosed()) {
			drainOnce();
		}
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public void destroy() {
		this.watchdog.closing();
		if (this.stop.isDone()) {
			this.drain.enter(DrainState.STOPPED);
		}
		try {
			SpringApplication.getShutdownHandlers().remove(this.report);
			this.reportFollows = false;
		}
		catch (IllegalStateException ex) {
			// The JVM is shutting down: the report has been left to the handler, which
			// runs when the servers and all contexts are gone, unless the JVM was
			// shutting down before this could start.
			logger.trace("The JVM is shutting down", ex);
		}
		if (!this.reportFollows) {
			report();
		}
	}

	private void report() {
		try {
			if (this.stop.isDone()) {
				this.terminationLog.write(this.drain.reportEnd(), LAST_PATIENCE);
			}
		}
		catch (Throwable ex) {
			// Spring Boot would run no other shutdown handler.
			logger.warn("The drain could not be reported", ex);
		}
	}

}
