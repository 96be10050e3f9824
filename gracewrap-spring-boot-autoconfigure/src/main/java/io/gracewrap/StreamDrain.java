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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Ends the streams, which nobody can wait for: one after the other when traffic is
 * refused, so that their clients do not all come back in the same instant, and those that
 * are opened later when the servers stop.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class StreamDrain implements DrainParticipant {

	private static final Log logger = LogFactory.getLog(StreamDrain.class);

	/** How long a stream that was told to end is waited for. */
	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

	/** Fewer streams than would fill the time over which they are ended take less. */
	private static final long EACH = TimeUnit.MILLISECONDS.toNanos(2);

	/** How long one that was cut is. */
	private static final long LAST_PATIENCE = TimeUnit.MILLISECONDS.toNanos(200);

	private final InFlightRegistry registry;

	private final long spread;

	private final TimeSource time;

	private volatile Departure departure = new Departure(List.of(), 0, 0);

	/** Of those that were opened after the first. */
	private Departure second = new Departure(List.of(), 0, 0);

	private long toldAt;

	private final Set<InFlight> cut = new HashSet<>();

	/**
	 * Create the drain of the streams.
	 * @param registry knows the streams
	 * @param spread the time over which they are ended
	 */
	public StreamDrain(InFlightRegistry registry, Duration spread) {
		this(registry, spread, TimeSource.SYSTEM);
	}

	StreamDrain(InFlightRegistry registry, Duration spread, TimeSource time) {
		this.registry = registry;
		this.spread = spread.toNanos();
		this.time = time;
	}

	/**
	 * Those that are opened from now on stay until the servers stop: a client that was
	 * sent here once more is not sent away twice.
	 */
	@Override
	public void refuse() {
		this.departure = new Departure(this.registry.streams(), this.time.nanoTime(), this.spread);
	}

	/**
	 * Those that are to go have been told, or go now: their clients are on their way.
	 */
	@Override
	public void accept() {
		this.departure.goAll();
		this.departure = new Departure(List.of(), 0, 0);
	}

	@Override
	public void refusing(Duration windowLeft) {
		this.departure.go(this.time.nanoTime());
	}

	@Override
	public void drain() {
		long now = this.time.nanoTime();
		this.toldAt = now;
		this.cut.clear();
		Departure first = this.departure;
		List<InFlight> streams = this.registry.streams().stream().filter((stream) -> !first.contains(stream)).toList();
		this.second = new Departure(streams, now, Math.min(Math.min(this.spread, PATIENCE), streams.size() * EACH));
		isDrained();
	}

	@Override
	public boolean isDrained() {
		long now = this.time.nanoTime();
		Departure first = this.departure;
		Departure second = this.second;
		boolean allAsked = first.go(now) & second.go(now);
		List<InFlight> streams = this.registry.streams();
		for (InFlight stream : streams) {
			// One that has become a stream just now has as long as all others.
			if (!first.contains(stream) && !second.contains(stream) && end(stream)) {
				this.toldAt = now;
			}
		}
		long waited = Math.min(now - this.toldAt, Math.min(first.sinceLast(now), second.sinceLast(now)));
		if (!this.cut.isEmpty() && waited >= PATIENCE + LAST_PATIENCE) {
			// Its server may still be writing one that is no longer known here.
			this.registry.streamsCut();
			return true;
		}
		if (this.registry.streamCount() == 0) {
			return true;
		}
		if (!allAsked || waited < PATIENCE) {
			return false;
		}
		List<InFlight> uncut = streams.stream().filter(Predicate.not(this.cut::contains)).toList();
		if (!uncut.isEmpty()) {
			this.cut.addAll(uncut);
			Cutter.cut("Does not end, cutting it: ", uncut, now);
		}
		return false;
	}

	private static boolean end(InFlight stream) {
		try {
			return stream.end();
		}
		catch (Throwable ex) {
			logger.debug("Could not end a stream", ex);
			return true;
		}
	}

	@Override
	public String toString() {
		return "streams";
	}

	/**
	 * Streams that leave, spread evenly over a time.
	 */
	private static final class Departure {

		private final List<InFlight> streams;

		private final Set<InFlight> all;

		private final long since;

		private final long spread;

		private final Lock lock = new ReentrantLock();

		private int gone;

		/**
		 * Create the departure.
		 * @param streams those that go
		 * @param since when they begin to
		 * @param spread the time over which they go
		 */
		Departure(List<InFlight> streams, long since, long spread) {
			this.streams = streams;
			this.all = Set.copyOf(streams);
			this.since = since;
			this.spread = spread;
		}

		boolean contains(InFlight stream) {
			return this.all.contains(stream);
		}

		/**
		 * Return how long ago the last had to be asked to go.
		 * @param now the time
		 * @return nanoseconds, negative if that is still to come
		 */
		long sinceLast(long now) {
			return this.streams.isEmpty() ? Long.MAX_VALUE : now - this.since - this.spread;
		}

		void goAll() {
			go(this.since + this.spread);
		}

		/**
		 * Ask those to go whose time has come.
		 * @param now the time
		 * @return whether all have been asked
		 */
		boolean go(long now) {
			// Never waits for a thread that is held up by a stream.
			if (!this.lock.tryLock()) {
				return false;
			}
			try {
				long elapsed = now - this.since;
				int size = this.streams.size();
				long due = (elapsed >= this.spread) ? size
						: Math.min(size, 1 + (long) ((double) elapsed / this.spread * size));
				while (this.gone < due) {
					end(this.streams.get(this.gone++));
				}
				return this.gone == size;
			}
			finally {
				this.lock.unlock();
			}
		}

	}

}
