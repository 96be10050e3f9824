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
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Ends the streams, which nobody can wait for: one after the other when traffic is
 * refused, so that their clients do not all come back in the same instant, and whatever
 * is open by then when the servers stop.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class StreamDrain implements DrainParticipant {

	private static final Log logger = LogFactory.getLog(StreamDrain.class);

	/** How long a stream that was told to end is waited for. */
	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

	/** How long one that was cut is. */
	private static final long LAST_PATIENCE = TimeUnit.MILLISECONDS.toNanos(200);

	private final InFlightRegistry registry;

	private final long spread;

	private final TimeSource time;

	private volatile Departure departure = new Departure(List.of(), 0);

	private long drainedAt;

	private boolean cut;

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
		this.departure = new Departure(this.registry.streams(), this.time.nanoTime());
	}

	@Override
	public void refusing(Duration windowLeft) {
		this.departure.go(this.time.nanoTime(), this.spread);
	}

	@Override
	public void drain() {
		this.drainedAt = this.time.nanoTime();
		this.registry.streams().forEach(StreamDrain::end);
	}

	@Override
	public boolean isDrained() {
		List<InFlight> streams = this.registry.streams();
		streams.forEach(StreamDrain::end);
		if (this.time.nanoTime() - this.drainedAt < PATIENCE) {
			return streams.isEmpty();
		}
		if (!this.cut && !streams.isEmpty()) {
			this.cut = true;
			long now = this.time.nanoTime();
			streams.forEach((stream) -> cut(stream, now));
		}
		if (this.cut && this.time.nanoTime() - this.drainedAt >= PATIENCE + LAST_PATIENCE) {
			this.registry.streamsCut();
		}
		return true;
	}

	private static void end(InFlight stream) {
		try {
			stream.end();
		}
		catch (Throwable ex) {
			logger.debug("Could not end a stream", ex);
		}
	}

	private static void cut(InFlight stream, long now) {
		try {
			logger.warn("Does not end, cutting it: " + stream.describe(now));
			stream.abort();
		}
		catch (Throwable ex) {
			logger.debug("Could not cut a stream", ex);
		}
	}

	/**
	 * Streams that leave, spread evenly over a time.
	 */
	private static final class Departure {

		private final List<InFlight> streams;

		private final long since;

		private int gone;

		Departure(List<InFlight> streams, long since) {
			this.streams = streams;
			this.since = since;
		}

		void go(long now, long spread) {
			long elapsed = now - this.since;
			int size = this.streams.size();
			long due = (elapsed >= spread) ? size : Math.min(size, 1 + (long) ((double) elapsed / spread * size));
			while (this.gone < due) {
				end(this.streams.get(this.gone++));
			}
		}

	}

}
