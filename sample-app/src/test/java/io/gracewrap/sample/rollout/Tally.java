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

package io.gracewrap.sample.rollout;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

import io.gracewrap.sample.rollout.LoadReport.Ending;
import io.gracewrap.sample.rollout.LoadReport.Failure;
import org.jspecify.annotations.Nullable;

/**
 * Counts what happens to clients, from any thread.
 *
 * @author GraceWrap Maintainers
 */
final class Tally {

	private final AtomicLongArray outcomes = new AtomicLongArray(Outcome.values().length);

	private final AtomicLongArray endings = new AtomicLongArray(Ending.values().length);

	private final AtomicInteger begun = new AtomicInteger();

	private final AtomicInteger inFlight = new AtomicInteger();

	private final AtomicLong connections = new AtomicLong();

	private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();

	private volatile @Nullable Long signalled;

	private volatile @Nullable Long routedAway;

	/**
	 * Say when the signal was sent: the instant that failures are timed from.
	 * @param nanoTime the instant
	 */
	void signalledAt(long nanoTime) {
		this.signalled = nanoTime;
	}

	boolean isSignalled() {
		return this.signalled != null;
	}

	/**
	 * Say when the last new connection may be opened.
	 * @param nanoTime the instant
	 */
	void routedAwayAt(long nanoTime) {
		this.routedAway = nanoTime;
	}

	boolean isRoutedAway() {
		Long routedAway = this.routedAway;
		return routedAway != null && System.nanoTime() - routedAway >= 0;
	}

	/**
	 * A stream has begun, and is not counted otherwise until it ends.
	 */
	void begun() {
		this.begun.incrementAndGet();
	}

	/**
	 * Wait until something has been answered, or a stream has begun.
	 * @param atMost how long to wait
	 * @throws InterruptedException if interrupted
	 * @throws TimeoutException if nothing has in time
	 */
	void awaitAnything(Duration atMost) throws InterruptedException, TimeoutException {
		long deadline = System.nanoTime() + atMost.toNanos();
		while (this.begun.get() == 0 && this.outcomes.get(Outcome.ANSWERED.ordinal()) == 0) {
			if (System.nanoTime() - deadline > 0) {
				throw new TimeoutException("Nothing has been answered");
			}
			Thread.sleep(20);
		}
	}

	/**
	 * Wait until streams have begun.
	 * @param count how many
	 * @param atMost how long to wait
	 * @throws InterruptedException if interrupted
	 * @throws TimeoutException if there are less in time
	 */
	void awaitBegun(int count, Duration atMost) throws InterruptedException, TimeoutException {
		long deadline = System.nanoTime() + atMost.toNanos();
		while (this.begun.get() < count) {
			if (System.nanoTime() - deadline > 0) {
				throw new TimeoutException(this.begun + " of " + count + " have begun");
			}
			Thread.sleep(20);
		}
	}

	/**
	 * A new connection is opened.
	 */
	void connected() {
		this.connections.incrementAndGet();
	}

	long connections() {
		return this.connections.get();
	}

	/**
	 * A request is sent, and in flight until it has {@link #returned() returned}.
	 */
	void sent() {
		this.inFlight.incrementAndGet();
	}

	void returned() {
		this.inFlight.decrementAndGet();
	}

	int inFlight() {
		return this.inFlight.get();
	}

	long count(Outcome outcome) {
		return this.outcomes.get(outcome.ordinal());
	}

	void answered() {
		this.outcomes.incrementAndGet(Outcome.ANSWERED.ordinal());
	}

	void failed(Outcome outcome, int client, String detail) {
		Long signalled = this.signalled;
		Duration after = (signalled != null) ? Duration.ofNanos(System.nanoTime() - signalled) : null;
		this.outcomes.incrementAndGet(outcome.ordinal());
		this.failures.add(new Failure(outcome, client, after, detail));
	}

	/**
	 * A connection has ended. Before the signal that is nobody's affair.
	 * @param ending how
	 */
	void ended(Ending ending) {
		if (isSignalled()) {
			this.endings.incrementAndGet(ending.ordinal());
		}
	}

	/**
	 * Report when all is over: what has not returned has failed.
	 * @return the report
	 */
	LoadReport lastReport() {
		for (int i = inFlight(); i > 0; i--) {
			failed(Outcome.OTHER, 0, "no answer");
		}
		return report();
	}

	LoadReport report() {
		Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
		for (Outcome outcome : Outcome.values()) {
			outcomes.put(outcome, this.outcomes.get(outcome.ordinal()));
		}
		Map<Ending, Long> endings = new EnumMap<>(Ending.class);
		for (Ending ending : Ending.values()) {
			endings.put(ending, this.endings.get(ending.ordinal()));
		}
		return new LoadReport(outcomes, List.copyOf(this.failures), endings);
	}

}
