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
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;

/**
 * The drain of one application context: its state, its clock, and what takes part. The
 * order of events is {@link GraceWrapLifecycle}'s affair.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class Drain implements GraceWrap, ApplicationListener<AvailabilityChangeEvent<ReadinessState>> {

	private static final Log logger = LogFactory.getLog(Drain.class);

	/** Between a preStop hook and its SIGTERM. */
	private static final long AT_ONCE = TimeUnit.SECONDS.toNanos(5);

	private final ApplicationContext context;

	private final ApplicationAvailability availability;

	private final DrainSettings settings;

	private final InFlightRegistry registry;

	private final DrainParticipants participants;

	private final DrainLog log;

	private final TimeSource time;

	private final Lock refusingLock = new ReentrantLock();

	private final Set<String> warnings = ConcurrentHashMap.newKeySet();

	private volatile DrainState state = DrainState.SERVING;

	private final Map<DrainState, Long> times = new EnumMap<>(DrainState.class);

	private long stateSince;

	private final AtomicInteger aborted = new AtomicInteger();

	private volatile boolean everReady;

	/** What the application itself has said last. */
	private volatile boolean ready;

	/** What anybody has said last. Availability may hear of it later. */
	private volatile @Nullable ReadinessState heard;

	/** Somebody has accepted traffic meanwhile, and others may hear of that last. */
	private volatile boolean contradicted;

	/** Who publishes a refusal just now. */
	private volatile @Nullable Thread publishing;

	private volatile boolean stopping;

	private volatile long refusedAt;

	private volatile long stoppedAt;

	private int waiting;

	private @Nullable Long waitingSince;

	private long waitedUntil;

	/**
	 * Create the drain of an application context.
	 * @param context the application context
	 * @param availability tells the readiness of the application; asked for before this
	 * object, so that it hears of changes first
	 * @param settings the times
	 * @param registry what is in flight
	 * @param participants what takes part, in order; asked for when all beans exist, so
	 * that a participant may depend on this object
	 * @param log where to say how it goes
	 */
	public Drain(ApplicationContext context, ApplicationAvailability availability, DrainSettings settings,
			InFlightRegistry registry, Supplier<List<DrainParticipant>> participants, DrainLog log) {
		this(context, availability, settings, registry, participants, log, TimeSource.SYSTEM);
	}

	Drain(ApplicationContext context, ApplicationAvailability availability, DrainSettings settings,
			InFlightRegistry registry, Supplier<List<DrainParticipant>> participants, DrainLog log, TimeSource time) {
		this.context = context;
		this.availability = availability;
		this.settings = settings;
		this.registry = registry;
		this.participants = new DrainParticipants(participants, this::warnOnce);
		this.log = log;
		this.time = time;
		this.stateSince = time.nanoTime();
	}

	DrainParticipants participants() {
		return this.participants;
	}

	@Override
	public DrainState state() {
		return this.state;
	}

	/**
	 * Whether clients are to be moved elsewhere: true in every state but
	 * {@link DrainState#SERVING}.
	 * @return whether traffic is refused
	 */
	public boolean isRefusing() {
		return this.state != DrainState.SERVING;
	}

	@Override
	public Duration timeLeft() {
		return this.stopping ? Duration.ofNanos(Math.max(0, drainDeadline() - this.time.nanoTime()))
				: this.settings.drainTimeout();
	}

	@Override
	public InFlight begin(String name) {
		return this.registry.begin(Protocol.WORK, name, true);
	}

	@Override
	public void drain() {
		if (refuse()) {
			long refusal = this.refusedAt;
			Thread thread = new Thread(() -> keepRefusing(refusal), "gracewrap-drain");
			thread.setDaemon(true);
			thread.start();
		}
	}

	@Override
	public void resume() {
		synchronized (this) {
			if (this.state != DrainState.REFUSING || this.stopping) {
				return;
			}
			changeState(DrainState.SERVING);
			this.registry.unwatch();
			this.waitingSince = null;
		}
		tellParticipants();
		announce(DrainState.REFUSING, DrainState.SERVING);
		acceptReadiness();
	}

	/**
	 * Nobody stops the application yet who would do this.
	 * @param refusal which refusal it is: the next has a thread of its own
	 */
	private void keepRefusing(long refusal) {
		while (!this.stopping && isRefusing() && this.refusedAt == refusal) {
			refusing();
			TimeSource.SYSTEM.pause(GraceWrapLifecycle.TICK);
		}
	}

	/**
	 * Begin to refuse traffic.
	 * @return whether it was not refused before
	 */
	boolean refuse() {
		synchronized (this) {
			if (this.state != DrainState.SERVING) {
				return false;
			}
			this.warnings.clear();
			long now = this.time.nanoTime();
			this.refusedAt = now;
			this.registry.watch(now, now - this.settings.quietPeriod().toNanos(),
					now + this.settings.loadBalancerDelay().toNanos(), now + this.settings.drainTimeout().toNanos());
			changeState(DrainState.REFUSING);
		}
		refuseReadiness();
		// Before listeners of the application take their time.
		tellParticipants();
		announce(DrainState.SERVING, DrainState.REFUSING);
		return true;
	}

	/**
	 * Tell those who take part whether traffic is refused, once more if another thread
	 * has changed that meanwhile: whoever comes last says what holds.
	 */
	private void tellParticipants() {
		boolean refusing;
		do {
			refusing = isRefusing();
			if (refusing) {
				this.participants.ask("refuse", DrainParticipant::refuse);
			}
			else {
				this.participants.ask("accept", DrainParticipant::accept);
			}
		}
		while (refusing != isRefusing());
	}

	/**
	 * Go on refusing traffic: whatever may have flipped readiness back, and let those who
	 * take part move their clients on.
	 */
	void refusing() {
		refuseReadiness();
		if (this.state == DrainState.REFUSING && this.refusingLock.tryLock()) {
			try {
				this.participants.refusing(Duration.ofNanos(Math.max(0, leastDelayLeft())));
			}
			finally {
				this.refusingLock.unlock();
			}
		}
	}

	/**
	 * Begin to drain, and wait until no more requests come and none is in flight, or
	 * until traffic is no longer refused, but never longer than the maximum of the
	 * load-balancer delay. A preStop hook is part of the pod's grace period, so what was
	 * waited for is taken off the times of a stop that follows at once.
	 * @throws InterruptedException if interrupted
	 */
	public void drainAndWait() throws InterruptedException {
		long begun = this.time.nanoTime();
		synchronized (this) {
			if (!isFollowedAtOnceBy(begun)) {
				this.waitingSince = begun;
			}
			this.waiting++;
		}
		try {
			drain();
			long most = this.settings.maxLoadBalancerDelay().toNanos();
			while (this.state == DrainState.REFUSING && !isQuiet() && this.time.nanoTime() - begun < most) {
				TimeUnit.NANOSECONDS.sleep(GraceWrapLifecycle.TICK);
			}
		}
		finally {
			synchronized (this) {
				this.waiting--;
				this.waitedUntil = this.time.nanoTime();
			}
		}
	}

	/**
	 * Whether someone waits, or has done so until just now.
	 * @param now the time
	 * @return whether what begins now goes with it
	 */
	private boolean isFollowedAtOnceBy(long now) {
		return this.waitingSince != null && (this.waiting > 0 || now - this.waitedUntil < AT_ONCE);
	}

	/**
	 * The clock starts: this is t0.
	 */
	synchronized void startClock() {
		long now = this.time.nanoTime();
		Long since = this.waitingSince;
		long waited = (since != null && isFollowedAtOnceBy(now)) ? now - since : 0;
		this.stoppedAt = now - Math.min(waited, this.settings.maxLoadBalancerDelay().toNanos());
		this.stopping = true;
	}

	/**
	 * Go on to another state, with the lock held.
	 * @param next the state
	 */
	private void changeState(DrainState next) {
		long now = this.time.nanoTime();
		this.times.merge(this.state, now - this.stateSince, Long::sum);
		this.stateSince = now;
		this.state = next;
	}

	void aborted(int count) {
		this.aborted.addAndGet(count);
	}

	/**
	 * Whether what is in flight is being cut, because the drain deadline has passed. A
	 * request that begins now has waited for one of the threads that this sets free: its
	 * handler would only be cut as well.
	 * @return whether requests that begin are to be turned away
	 */
	public boolean isCutting() {
		return this.aborted.get() > 0;
	}

	/**
	 * A request that comes too late is answered in place of its handler. It counts as
	 * aborted.
	 * @see #isCutting()
	 */
	public void turnedAway() {
		this.aborted.incrementAndGet();
		if (this.warnings.add("turned away")) {
			logger.warn("Requests that no thread has taken up before the drain deadline are turned away");
		}
	}

	/**
	 * Return what has become of the drain so far, or, while the application serves, of
	 * the last one.
	 * @return a snapshot
	 */
	public DrainStatus status() {
		DrainState state;
		Map<DrainState, Duration> times = new EnumMap<>(DrainState.class);
		boolean stopping;
		Duration elapsed;
		Duration timeLeft = this.settings.drainTimeout();
		synchronized (this) {
			state = this.state;
			stopping = this.stopping;
			// Nothing is counted on when all is over.
			long now = (state == DrainState.STOPPED) ? this.stateSince : this.time.nanoTime();
			for (DrainState each : DrainState.values()) {
				long time = this.times.getOrDefault(each, 0L) + ((each == state) ? now - this.stateSince : 0);
				times.put(each, Duration.ofNanos(time));
			}
			elapsed = stopping ? Duration.ofNanos(now - this.stoppedAt) : Duration.ZERO;
			timeLeft = stopping ? Duration.ofNanos(Math.max(0, drainDeadline() - now)) : timeLeft;
		}
		Map<Protocol, Integer> inFlight = new EnumMap<>(Protocol.class);
		for (Protocol protocol : Protocol.values()) {
			inFlight.put(protocol, this.registry.count(protocol));
		}
		return new DrainStatus(state, times, stopping, elapsed, timeLeft, inFlight, this.registry.streamCount(),
				this.registry.finished(), this.aborted.get(), this.registry.streamsEnded(),
				this.registry.lateRequests());
	}

	void enter(DrainState next) {
		DrainState previous;
		synchronized (this) {
			previous = this.state;
			changeState(next);
		}
		announce(previous, next);
	}

	/**
	 * Announce a state, unless another thread has taken the refusal, or its end, back
	 * while those who take part were told: who listens is to hear last what holds.
	 * @param previous the state before
	 * @param next the state
	 */
	private void announce(DrainState previous, DrainState next) {
		if (isRefusing() == (next == DrainState.SERVING)) {
			return;
		}
		// The last state has a line of its own when everything is gone.
		if (next != DrainState.STOPPED) {
			log(String.format(Locale.ROOT, "Drain state %s at %.3f s: %s, %.3f s left", next, elapsed(), inFlight(),
					TimeSource.seconds(timeLeft().toNanos())), status());
		}
		try {
			this.context.publishEvent(new DrainStateChangedEvent(this, previous, next));
		}
		catch (Throwable ex) {
			if (next == DrainState.STOPPED && ex instanceof BeanCreationNotAllowedException) {
				// The bean that listens is gone already.
				logger.debug("A listener of the drain state " + next + " is gone", ex);
				return;
			}
			logger.warn("A listener of the drain state " + next + " failed", ex);
		}
	}

	private void log(String message, DrainStatus status) {
		try {
			this.log.info(message, status);
		}
		catch (Throwable ex) {
			warnOnce("The log of the drain failed", ex);
		}
	}

	private String inFlight() {
		int streams = this.registry.streamCount();
		return this.registry.count() + " in flight" + ((streams > 0) ? " and " + streams + " streams" : "");
	}

	/**
	 * Say how it goes, if there is anything to wait for but load balancers.
	 */
	void reportProgress() {
		if (this.state != DrainState.REFUSING || !this.registry.isEmpty()) {
			log(String.format(Locale.ROOT, "Still %s: %s, %.1f s left", this.state, inFlight(),
					TimeSource.seconds(timeLeft().toNanos())), status());
		}
	}

	/**
	 * Say what has become of it, when the servers have gone as well.
	 * @return the report
	 */
	String reportEnd() {
		DrainStatus status = end();
		log(status.report(), status);
		return status.report();
	}

	/**
	 * Return what has become of it until now: other beans are destroyed, and servers
	 * stop, after the state has been announced as the last.
	 * @return the status
	 */
	synchronized DrainStatus end() {
		if (this.state == DrainState.STOPPED) {
			changeState(DrainState.STOPPED);
		}
		return status();
	}

	double elapsed() {
		return TimeSource.seconds(this.time.nanoTime() - (this.stopping ? this.stoppedAt : this.refusedAt));
	}

	/**
	 * Refuse readiness unless it is refused already, whatever may have flipped it back.
	 */
	void refuseReadiness() {
		try {
			if (isRefusing() && (this.contradicted || isReadinessOtherThan(ReadinessState.REFUSING_TRAFFIC))) {
				this.contradicted = false;
				publishRefusal();
				// If it has been taken back meanwhile.
				acceptReadiness();
			}
		}
		catch (Throwable ex) {
			warnOnce("Readiness could not be refused", ex);
		}
	}

	private void acceptReadiness() {
		try {
			if (!isRefusing() && this.ready && isReadinessOtherThan(ReadinessState.ACCEPTING_TRAFFIC)) {
				AvailabilityChangeEvent.publish(this.context, this, ReadinessState.ACCEPTING_TRAFFIC);
			}
		}
		catch (Throwable ex) {
			logger.warn("A listener of the readiness failed", ex);
		}
	}

	private void publishRefusal() {
		Thread before = this.publishing;
		this.publishing = Thread.currentThread();
		try {
			AvailabilityChangeEvent.publish(this.context, this, ReadinessState.REFUSING_TRAFFIC);
		}
		finally {
			this.publishing = before;
		}
	}

	private boolean isReadinessOtherThan(ReadinessState state) {
		ReadinessState heard = this.heard;
		return (heard != null && heard != state) || this.availability.getReadinessState() != state;
	}

	@Override
	public void onApplicationEvent(AvailabilityChangeEvent<ReadinessState> event) {
		boolean accepting = (event.getState() == ReadinessState.ACCEPTING_TRAFFIC);
		this.heard = event.getState();
		if (event.getSource() != this) {
			this.ready = accepting;
		}
		if (accepting) {
			this.everReady = true;
			if (isRefusing()) {
				// Not to who answers a refusal with this, or it would never end.
				if (this.publishing != Thread.currentThread()) {
					refuseReadiness();
				}
				// Others hear of this event after the answer to it, and are told once
				// more.
				this.contradicted = true;
			}
		}
	}

	/**
	 * With an asynchronous event multicaster {@link #refuseReadiness()} would otherwise
	 * run beside the change it answers.
	 */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	/**
	 * Return how much of the load-balancer window is left.
	 * @return nanoseconds until the window may end if nothing else happens, zero if it is
	 * over
	 */
	long windowLeft() {
		long now = this.time.nanoTime();
		long most = Math.min(this.stoppedAt + this.settings.maxLoadBalancerDelay().toNanos() - now,
				drainDeadline() - now);
		if (most <= 0 || !isAwaitedByAnyone()) {
			return 0;
		}
		long quiet = this.registry.lastArrival() + this.settings.quietPeriod().toNanos() - now;
		long left = Math.max(leastDelayLeft(), quiet);
		if (left <= 0 && !this.registry.prolongsWindow()) {
			return 0;
		}
		return Math.min(Math.max(left, 1), most);
	}

	private long leastDelayLeft() {
		return this.refusedAt + this.settings.loadBalancerDelay().toNanos() - this.time.nanoTime();
	}

	/**
	 * Whether a drain without a stop has come to its end: as when the application stops,
	 * the load-balancer window is over and nothing is in flight.
	 * @return whether nothing is left to wait for
	 */
	public boolean isQuiet() {
		long now = this.time.nanoTime();
		boolean quiet = now - this.registry.lastArrival() - this.settings.quietPeriod().toNanos() >= 0
				|| now - this.refusedAt - this.settings.maxLoadBalancerDelay().toNanos() >= 0;
		return isRefusing() && leastDelayLeft() <= 0 && quiet && this.registry.isEmpty();
	}

	private boolean isAwaitedByAnyone() {
		return this.everReady && this.participants.isAnyReachable();
	}

	/**
	 * Whether nothing is left.
	 * @return whether nothing is in flight and every participant is drained
	 */
	boolean isDrained() {
		return this.participants.areDrained() && this.registry.isEmpty();
	}

	/**
	 * Warn of what is tried again until the drain is over: once is enough to say so.
	 * @param message the message
	 * @param ex the reason
	 */
	private void warnOnce(String message, Throwable ex) {
		if (this.warnings.add(message)) {
			logger.warn(message, ex);
		}
	}

	long drainDeadline() {
		return this.stoppedAt + this.settings.drainTimeout().toNanos();
	}

	long hardStopDeadline() {
		return this.stoppedAt + this.settings.budget().toNanos();
	}

	/**
	 * Return the times of the drain.
	 * @return the settings
	 */
	public DrainSettings settings() {
		return this.settings;
	}

	/**
	 * Return what is in flight.
	 * @return the registry
	 */
	public InFlightRegistry registry() {
		return this.registry;
	}

	TimeSource time() {
		return this.time;
	}

}
