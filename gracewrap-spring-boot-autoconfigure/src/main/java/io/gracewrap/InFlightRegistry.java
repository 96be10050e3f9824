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

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Knows everything that is in flight. While the application serves, a request costs one
 * entry and shares no lock with any other.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class InFlightRegistry {

	private final Set<InFlight> inFlight = ConcurrentHashMap.newKeySet();

	private final Set<InFlight> streams = ConcurrentHashMap.newKeySet();

	private final boolean endStreams;

	private final TimeSource time;

	private final LongAdder finished = new LongAdder();

	private final LongAdder streamsEnded = new LongAdder();

	private volatile boolean watched;

	private volatile boolean streamsCut;

	private volatile long lastArrival;

	/**
	 * Create an empty registry that ends streams.
	 */
	public InFlightRegistry() {
		this(true);
	}

	/**
	 * Create an empty registry.
	 * @param endStreams whether streams are ended when traffic is refused, instead of
	 * being in flight like everything else
	 */
	public InFlightRegistry(boolean endStreams) {
		this(endStreams, TimeSource.SYSTEM);
	}

	InFlightRegistry(boolean endStreams, TimeSource time) {
		this.endStreams = endStreams;
		this.time = time;
	}

	/**
	 * Begin a request, or other work, on the calling thread.
	 * @param kind what it is, such as the HTTP method
	 * @param route the pattern of its route, if that is known already
	 * @return what is in flight now, until it is closed
	 */
	public InFlight begin(String kind, @Nullable String route) {
		return begin(kind, route, true);
	}

	/**
	 * Begin a request, or other work, on the calling thread.
	 * @param kind what it is, such as the HTTP method
	 * @param route the pattern of its route, if that is known already
	 * @param prolongs whether the load-balancer window is prolonged for it; not if its
	 * client keeps its connection however long the window is
	 * @return what is in flight now, until it is closed
	 */
	public InFlight begin(String kind, @Nullable String route, boolean prolongs) {
		long now = this.time.nanoTime();
		InFlight begun = new InFlight(this, kind, route, now, prolongs);
		this.inFlight.add(begun);
		// Registered before the flag is read: a request that slips past the flag is seen
		// in flight.
		if (this.watched && prolongs) {
			this.lastArrival = now;
		}
		return begun;
	}

	/**
	 * Return how many requests and other work are in flight, streams apart.
	 * @return the number, exact when nothing begins or ends meanwhile
	 */
	public int count() {
		return this.inFlight.size();
	}

	/**
	 * Whether nothing but streams is in flight.
	 * @return whether the count is zero
	 */
	public boolean isEmpty() {
		return this.inFlight.isEmpty();
	}

	/**
	 * Whether anything is in flight for which the load-balancer window is prolonged.
	 * @return whether the window must stay open
	 */
	boolean prolongsWindow() {
		return this.inFlight.stream().anyMatch(InFlight::prolongs);
	}

	/**
	 * Return how many streams are open.
	 * @return the number, zero if streams are in flight like everything else
	 */
	public int streamCount() {
		return this.streams.size();
	}

	/**
	 * Streams did not end when they were told to, and have been cut.
	 */
	void streamsCut() {
		this.streamsCut = true;
	}

	boolean areStreamsCut() {
		return this.streamsCut;
	}

	void moveToStreams(InFlight stream) {
		if (this.endStreams && this.inFlight.contains(stream)) {
			this.streams.add(stream);
			this.inFlight.remove(stream);
		}
	}

	void remove(InFlight ended) {
		if (this.inFlight.remove(ended)) {
			if (this.watched) {
				this.finished.increment();
			}
		}
		else if (this.streams.remove(ended) && this.watched) {
			this.streamsEnded.increment();
		}
	}

	/**
	 * From now on remember when requests arrive, and count those that finish.
	 * @param since the time to count as the last arrival until one comes
	 */
	void watch(long since) {
		this.lastArrival = since;
		this.watched = true;
	}

	long lastArrival() {
		return this.lastArrival;
	}

	long finished() {
		return this.finished.sum();
	}

	long streamsEnded() {
		return this.streamsEnded.sum();
	}

	List<InFlight> streams() {
		return List.copyOf(this.streams);
	}

	/**
	 * Return everything that is open.
	 * @return what is in flight, and the streams
	 */
	List<InFlight> snapshot() {
		return Stream.concat(this.inFlight.stream(), this.streams.stream()).distinct().toList();
	}

}
