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
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

	private final InFlightSet inFlight = new InFlightSet();

	private final Set<InFlight> streams = ConcurrentHashMap.newKeySet();

	private final boolean endStreams;

	private final TimeSource time;

	private final LongAdder finished = new LongAdder();

	private final LongAdder streamsEnded = new LongAdder();

	private final Map<Protocol, LongAdder> begun = adders();

	private final Map<Protocol, LongAdder> late = adders();

	private volatile boolean watched;

	private volatile long refusedAt;

	private volatile long lateFrom;

	private volatile long lateUntil;

	private volatile @Nullable Late lastLate;

	private volatile long finishedBefore;

	private volatile long streamsEndedBefore;

	private volatile long[] lateBefore = new long[Protocol.values().length];

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

	private static Map<Protocol, LongAdder> adders() {
		Map<Protocol, LongAdder> adders = new EnumMap<>(Protocol.class);
		for (Protocol protocol : Protocol.values()) {
			adders.put(protocol, new LongAdder());
		}
		return adders;
	}

	/**
	 * Begin an HTTP request on the calling thread.
	 * @param method its method
	 * @param route the pattern of its route, if that is known already
	 * @return what is in flight now, until it is closed
	 */
	public InFlight begin(String method, @Nullable String route) {
		return begin(Protocol.HTTP, method, route, true);
	}

	/**
	 * Begin a call, a session or other work on the calling thread.
	 * @param protocol what it came by
	 * @param route the pattern of its route, or its name
	 * @param prolongs whether the load-balancer window is prolonged for it; not if its
	 * client keeps its connection however long the window is
	 * @return what is in flight now, until it is closed
	 */
	public InFlight begin(Protocol protocol, @Nullable String route, boolean prolongs) {
		return begin(protocol, protocol, route, prolongs);
	}

	private InFlight begin(Protocol protocol, Object kind, @Nullable String route, boolean prolongs) {
		long now = this.time.nanoTime();
		InFlight begun = new InFlight(this, kind, route, now, prolongs);
		this.inFlight.add(begun);
		adder(this.begun, protocol).increment();
		// Registered before the flag is read: a request that slips past the flag is seen
		// in flight.
		if (this.watched && prolongs) {
			arrived(protocol, now);
		}
		return begun;
	}

	private void arrived(Protocol protocol, long now) {
		if (protocol == Protocol.WORK) {
			// Schedulers go on until the drain is over. It is waited for, but no client
			// has come.
			return;
		}
		this.lastArrival = now;
		if (protocol.isRequest() && now - this.lateFrom >= 0 && now - this.lateUntil < 0) {
			// In this order, so that none is counted without its time.
			this.lastLate = new Late(protocol, now);
			adder(this.late, protocol).increment();
		}
	}

	private static LongAdder adder(Map<Protocol, LongAdder> adders, Protocol protocol) {
		return Objects.requireNonNull(adders.get(protocol));
	}

	/**
	 * Return how many have begun since the application was started.
	 * @param protocol what they came by
	 * @return the number, which never gets smaller
	 */
	public long begun(Protocol protocol) {
		return adder(this.begun, protocol).sum();
	}

	/**
	 * Return how many have arrived when the least load-balancer delay was over, since the
	 * application was started.
	 * @param protocol what they came by
	 * @return the number, which never gets smaller
	 */
	public long late(Protocol protocol) {
		return adder(this.late, protocol).sum();
	}

	/**
	 * Return how many have finished while traffic was refused, since the application was
	 * started, streams apart.
	 * @return the number, which never gets smaller
	 */
	public long drained() {
		return this.finished.sum();
	}

	/**
	 * Return how many streams have ended while traffic was refused, since the application
	 * was started.
	 * @return the number, which never gets smaller
	 */
	public long endedStreams() {
		return this.streamsEnded.sum();
	}

	/**
	 * Return how many are in flight, streams apart.
	 * @param protocol what they came by
	 * @return the number, exact when nothing begins or ends meanwhile
	 */
	public int count(Protocol protocol) {
		return (int) this.inFlight.stream().filter((candidate) -> candidate.protocol() == protocol).count();
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

	/**
	 * Whether streams had to be cut since traffic is refused. A server may never get rid
	 * of one whose client does not read.
	 * @return whether any did not end when it was told to
	 */
	public boolean areStreamsCut() {
		return this.streamsCut;
	}

	void moveToStreams(InFlight stream) {
		if (this.endStreams && this.inFlight.contains(stream)) {
			this.streams.add(stream);
			this.inFlight.remove(stream);
		}
	}

	void remove(InFlight ended) {
		boolean counts = this.watched && !ended.isAborted();
		if (this.inFlight.remove(ended)) {
			if (counts) {
				this.finished.increment();
			}
		}
		else if (this.streams.remove(ended) && counts) {
			this.streamsEnded.increment();
		}
	}

	/**
	 * From now on remember when requests arrive, and count those that finish.
	 * @param now the time
	 * @param quietSince the time to count as the last arrival until one comes
	 * @param lateFrom the time from which on requests are late
	 * @param lateUntil the time from which on no delay that can be set would cover them
	 */
	void watch(long now, long quietSince, long lateFrom, long lateUntil) {
		this.finishedBefore = this.finished.sum();
		this.streamsEndedBefore = this.streamsEnded.sum();
		this.lateBefore = Arrays.stream(Protocol.values()).mapToLong(this::late).toArray();
		this.lastLate = null;
		this.streamsCut = false;
		this.refusedAt = now;
		this.lateFrom = lateFrom;
		this.lateUntil = lateUntil;
		this.lastArrival = quietSince;
		this.watched = true;
	}

	void unwatch() {
		this.watched = false;
	}

	long now() {
		return this.time.nanoTime();
	}

	long lastArrival() {
		return this.lastArrival;
	}

	long finished() {
		return this.finished.sum() - this.finishedBefore;
	}

	long streamsEnded() {
		return this.streamsEnded.sum() - this.streamsEndedBefore;
	}

	LateRequests lateRequests() {
		long[] before = this.lateBefore;
		Map<Protocol, Long> counts = new EnumMap<>(Protocol.class);
		for (Protocol protocol : Protocol.values()) {
			if (protocol.isRequest()) {
				counts.put(protocol, late(protocol) - before[protocol.ordinal()]);
			}
		}
		Late last = this.lastLate;
		return (last != null) ? new LateRequests(counts, Duration.ofNanos(last.at() - this.refusedAt), last.protocol())
				: new LateRequests(counts, null, null);
	}

	/**
	 * Return the streams in the order in which they are to end: a session of SockJS says
	 * that it closes by a response that is a stream itself.
	 * @return the streams that are open, sessions first
	 */
	List<InFlight> streams() {
		return this.streams.stream()
			.sorted(Comparator.comparing((stream) -> stream.protocol() == Protocol.HTTP))
			.toList();
	}

	/**
	 * Return everything that is open.
	 * @return what is in flight, and the streams
	 */
	public List<InFlight> snapshot() {
		return Stream.concat(this.inFlight.stream(), this.streams.stream()).distinct().toList();
	}

	/**
	 * The last request that was late.
	 */
	private record Late(Protocol protocol, long at) {

	}

}
