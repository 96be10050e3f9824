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
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * One request, or one piece of other work, that is in flight until it is closed. Closing
 * it more than once has no further effect. It knows what a person on call needs and
 * nothing that could hold a secret: the route pattern, never the raw path or query.
 * <p>
 * All methods may be called from any thread.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class InFlight implements AutoCloseable {

	private static final int TOP_FRAMES = 12;

	private static final AtomicReferenceFieldUpdater<InFlight, @Nullable Thread> THREAD = AtomicReferenceFieldUpdater
		.newUpdater(InFlight.class, Thread.class, "thread");

	private static final AtomicReferenceFieldUpdater<InFlight, Control> CONTROL = AtomicReferenceFieldUpdater
		.newUpdater(InFlight.class, Control.class, "control");

	private final InFlightRegistry registry;

	/**
	 * The method of an HTTP request, or the protocol of anything else: one field, because
	 * with two an entry takes 8 bytes more for each request (issue 5).
	 */
	private final Object kind;

	private final long begun;

	private final boolean prolongs;

	private boolean open = true;

	private volatile boolean aborted;

	private @Nullable String route;

	private @Nullable Object handler;

	private volatile @Nullable Thread thread;

	private volatile @Nullable Thread interrupted;

	private volatile @Nullable Control control;

	private @Nullable Runnable end;

	InFlight(InFlightRegistry registry, Object kind, @Nullable String route, long begun, boolean prolongs) {
		this.registry = registry;
		this.kind = kind;
		this.route = route;
		this.begun = begun;
		this.prolongs = prolongs;
		THREAD.lazySet(this, Thread.currentThread());
	}

	/**
	 * Return what this came by.
	 * @return the protocol
	 */
	public Protocol protocol() {
		return (this.kind instanceof Protocol protocol) ? protocol : Protocol.HTTP;
	}

	/**
	 * Return what this is, for people: method and route pattern, never the raw path.
	 * @return such as {@code GET /orders/{id}}
	 */
	public String name() {
		askWhatHandlesThis();
		return title();
	}

	private synchronized String title() {
		return this.kind + " " + ((this.route != null) ? this.route : "(no route)");
	}

	private void askWhatHandlesThis() {
		Control control = this.control;
		if (control != null) {
			try {
				control.beforeDescribe(this);
			}
			catch (Throwable ex) {
				// Then it is described by what is known.
			}
		}
	}

	/**
	 * Return how long this has been in flight.
	 * @return its age
	 */
	public Duration age() {
		return Duration.ofNanos(this.registry.now() - this.begun);
	}

	boolean prolongs() {
		return this.prolongs;
	}

	/**
	 * Say what handles this request.
	 * @param route the pattern of the route, never the raw path
	 * @param handler the handler; its {@code toString()} is logged if it gets stuck
	 */
	public synchronized void handledBy(@Nullable String route, @Nullable Object handler) {
		this.route = route;
		this.handler = handler;
	}

	/**
	 * Say what is to be asked about this, and told at the drain deadline.
	 * @param control takes the place of the one before
	 */
	public void controlledBy(Control control) {
		CONTROL.lazySet(this, control);
	}

	/**
	 * The calling thread now works on this, and is the one to interrupt at the drain
	 * deadline.
	 */
	public void resume() {
		THREAD.lazySet(this, Thread.currentThread());
	}

	/**
	 * The calling thread no longer works on this, which goes on elsewhere. If another
	 * thread has taken over already, that one stays.
	 */
	public void suspend() {
		Thread current = Thread.currentThread();
		if (this.thread == current) {
			THREAD.compareAndSet(this, current, null);
		}
		clearInterruptOf(current);
	}

	/**
	 * Say how to end this when no thread works on it at the drain deadline, and nothing
	 * else about it.
	 * @param abort what to run, on a thread that cuts all that is stuck, one after the
	 * other; must return quickly
	 * @see #controlledBy(Control)
	 */
	public void onAbort(Runnable abort) {
		controlledBy(new Control() {

			@Override
			public void abort() {
				abort.run();
			}

		});
	}

	/**
	 * Say that this has no end of its own, such as an event stream or a WebSocket
	 * session. It is not waited for and no longer counted as being in flight, but ended
	 * when the application refuses traffic. Where streams are to be kept open, it stays
	 * in flight until the drain deadline, and is ended then, unless something
	 * {@linkplain #controlledBy controls} it.
	 * @param end ends it in the way its client expects; is run at most once, must return
	 * quickly, and may be run on any thread
	 */
	public void stream(Runnable end) {
		synchronized (this) {
			if (!this.open) {
				return;
			}
			this.end = end;
			// Under the lock, so that closing this finds it where it is.
			this.registry.moveToStreams(this);
		}
	}

	/**
	 * End this stream, unless that has been asked for already.
	 * @return whether it was asked now
	 */
	boolean end() {
		Runnable end;
		synchronized (this) {
			end = this.end;
			if (!this.open || end == null) {
				return false;
			}
			this.end = null;
		}
		end.run();
		return true;
	}

	@Override
	public void close() {
		synchronized (this) {
			clearInterruptOf(Thread.currentThread());
			if (!this.open) {
				return;
			}
			this.open = false;
			THREAD.lazySet(this, null);
		}
		this.registry.remove(this);
	}

	/**
	 * An interrupt of ours must not outlive its request: the thread still has to write
	 * the answer, and belongs to a pool.
	 * @param current the calling thread
	 */
	private void clearInterruptOf(Thread current) {
		if (this.interrupted == current) {
			synchronized (this) {
				if (this.interrupted == current) {
					this.interrupted = null;
					Thread.interrupted();
				}
			}
		}
	}

	/**
	 * It counts as aborted from now on, however it ends.
	 * @return {@code false} if it has ended already
	 */
	synchronized boolean giveUp() {
		this.aborted = this.open;
		return this.open;
	}

	/**
	 * Whether the calling thread has been interrupted because this is cut, and still
	 * works on it. The interrupt itself may have been swallowed since.
	 * @return whether it has been interrupted
	 */
	public boolean isInterrupted() {
		Thread current = Thread.currentThread();
		if (this.interrupted != current) {
			return false;
		}
		synchronized (this) {
			// It may have been named by mistake for a moment.
			return this.interrupted == current;
		}
	}

	boolean isOnThread(Thread thread) {
		return this.thread == thread;
	}

	boolean isOnAnyThread() {
		return this.thread != null;
	}

	boolean isAborted() {
		return this.aborted;
	}

	/**
	 * Cut this: interrupt its thread, or if none works on it, abort it. A thread that has
	 * gone on to other work is not interrupted.
	 */
	void abort() {
		try {
			Control control = controlIfOpen();
			if (control != null) {
				control.beforeAbort();
			}
		}
		finally {
			cut();
		}
	}

	private void cut() {
		Control control;
		synchronized (this) {
			if (!this.open) {
				return;
			}
			if (interruptThread()) {
				return;
			}
			control = this.control;
		}
		if (control != null) {
			control.abort();
		}
		else {
			end();
		}
	}

	/**
	 * Interrupt the thread that works on this, but never one that has gone on to other
	 * work. A thread that leaves gives up {@code thread} first and reads
	 * {@code interrupted} then; here {@code interrupted} is written first and
	 * {@code thread} read again, so that at least one of the two sees the other. A thread
	 * that finds itself named waits for the lock, and with it for its interrupt.
	 * @return {@code false} if no thread works on it
	 */
	private boolean interruptThread() {
		Thread before = this.interrupted;
		for (Thread thread = this.thread; thread != null; thread = this.thread) {
			this.interrupted = thread;
			if (this.thread == thread) {
				thread.interrupt();
				return true;
			}
			this.interrupted = before;
		}
		return false;
	}

	private synchronized @Nullable Control controlIfOpen() {
		return this.open ? this.control : null;
	}

	/**
	 * See what this is and where its thread stands. The control is asked without the
	 * lock, because it may wait for the thread that is about to end this.
	 * @param now the time to tell its age by
	 * @return what can be told of it
	 */
	Description describe(long now) {
		askWhatHandlesThis();
		String title;
		Object handler;
		synchronized (this) {
			title = title();
			handler = this.handler;
		}
		String age = String.format(Locale.ROOT, ", in flight for %.1f s", TimeSource.seconds(now - this.begun));
		Thread thread = this.thread;
		StackTraceElement[] stack = (thread != null) ? thread.getStackTrace() : new StackTraceElement[0];
		if (thread == null || this.thread != thread) {
			// One that has left meanwhile may show the stack of other work.
			return new Description(title, handler, age + ", on no known thread");
		}
		String where = ", on thread '" + thread.getName() + '\'';
		return new Description(title, handler,
				Arrays.stream(stack)
					.limit(TOP_FRAMES)
					.map((frame) -> System.lineSeparator() + "\tat " + frame)
					.collect(Collectors.joining("", age + where, "")));
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other;
	}

	/**
	 * Its own, because the JVM has to make that of {@link Object} up when it is asked for
	 * the first time, which would be a good part of what a request costs.
	 */
	@Override
	public int hashCode() {
		return (int) ((this.begun * 0x9E3779B97F4A7C15L) >>> Integer.SIZE);
	}

	/**
	 * What something in flight is controlled by, beyond the thread that works on it.
	 *
	 * @since 0.1.0
	 */
	public interface Control {

		/**
		 * Find out what handles this, where that becomes known unnoticed, and say it by
		 * {@link InFlight#handledBy}. Run before this is described, on any thread.
		 * @param inFlight what is to be described
		 */
		default void beforeDescribe(InFlight inFlight) {
		}

		/**
		 * Do what is to be done at the drain deadline before this is cut, whether a
		 * thread works on it or not. Run on a thread that cuts all that is stuck, one
		 * after the other; must return quickly.
		 */
		default void beforeAbort() {
		}

		/**
		 * End this, because no thread works on it that could be interrupted at the drain
		 * deadline. Run on a thread that cuts all that is stuck, one after the other;
		 * must return quickly.
		 */
		default void abort() {
		}

	}

	/**
	 * What was seen of something in flight. Only its text asks the handler, whose own
	 * {@code toString()} may wait for what the stuck thread holds (issue 5).
	 *
	 * @param title kind and route
	 * @param handler what handles it, if that is known
	 * @param state its age, and its thread with the top frames
	 */
	record Description(String title, @Nullable Object handler, String state) {

		@Override
		public String toString() {
			return (this.handler != null) ? this.title + " handled by " + text(this.handler) + this.state
					: this.title + this.state;
		}

		private static String text(Object handler) {
			try {
				return handler.toString();
			}
			catch (Throwable ex) {
				return handler.getClass().getName();
			}
		}

	}

}
