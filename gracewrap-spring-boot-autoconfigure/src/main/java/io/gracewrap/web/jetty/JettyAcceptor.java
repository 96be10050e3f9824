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

package io.gracewrap.web.jetty;

import java.io.Closeable;
import java.nio.channels.SelectableChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager.AcceptListener;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;

/**
 * Stops a connector of Jetty from accepting connections, and knows of those that it has
 * accepted. They get an endpoint on a thread of Jetty's pool, and wait while all are
 * busy.
 *
 * @author GraceWrap Maintainers
 */
final class JettyAcceptor implements AcceptListener {

	/** How long threads are waited for that accept, in nanoseconds. */
	private static final long THREADS_TIMEOUT = TimeUnit.MILLISECONDS.toNanos(500);

	private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

	/** Between two looks at who waits to be accepted, in milliseconds. */
	private static final long LOOK = 10;

	private static final int MOST_LOOKS = 10;

	private final ServerConnector connector;

	/** All that are open, with an endpoint or not yet. */
	private final Set<SelectableChannel> channels = ConcurrentHashMap.newKeySet();

	private final AtomicInteger numberAccepted = new AtomicInteger();

	private volatile long stoppedAt;

	private JettyAcceptor(ServerConnector connector) {
		this.connector = connector;
	}

	static void addTo(ServerConnector connector) {
		// Jetty registers its beans that listen.
		connector.addBean(new JettyAcceptor(connector));
	}

	@Override
	public void onAccepting(SelectableChannel channel) {
		this.channels.add(channel);
		this.numberAccepted.incrementAndGet();
	}

	@Override
	public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
		this.channels.remove(channel);
	}

	@Override
	public void onClosed(SelectableChannel channel) {
		this.channels.remove(channel);
	}

	/**
	 * Accept nothing any more, but those whom the kernel has let in already: they would
	 * be reset. With {@code server.jetty.max-connections} they may have waited for long
	 * (issue 5).
	 */
	void stop() {
		acceptThoseWhoWait();
		this.stoppedAt = System.nanoTime();
		// Or a thread that has just accepted would go round and round.
		this.connector.setAccepting(false);
		this.connector.close();
		// Where selectors accept, Jetty only takes it from them and leaves it open.
		if (this.connector.getTransport() instanceof Closeable socket) {
			IO.close(socket);
		}
	}

	private void acceptThoseWhoWait() {
		this.connector.setAccepting(true);
		int before = -1;
		try {
			for (int look = 0; look < MOST_LOOKS && this.numberAccepted.get() != before; look++) {
				before = this.numberAccepted.get();
				TimeUnit.MILLISECONDS.sleep(LOOK);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Whether a connection is on its way that the connector does not count yet. To be
	 * asked again and again after the stop, until none is.
	 * @return whether there is, or may be
	 */
	boolean isBusy() {
		if (!this.connector.isShutdown()) {
			// A limit of connections has it accept again when one closes.
			this.connector.setAccepting(false);
			// That would interrupt the threads that accept, and JDK 25 does not close
			// what such a thread has just accepted, but loses it (issue 5). Most end by
			// themselves now, and any other has all this time to hand on what it has.
			if (System.nanoTime() - this.stoppedAt < THREADS_TIMEOUT && hasThreads()) {
				return true;
			}
			// Connections outlive it.
			this.connector.shutdown();
		}
		return hasChannelsWithoutEndPoint();
	}

	private boolean hasThreads() {
		long begin = System.nanoTime();
		try {
			// They do not end with what they run, so each is waited for all this time.
			this.connector.join(1);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return true;
		}
		return System.nanoTime() - begin >= MILLISECOND;
	}

	private boolean hasChannelsWithoutEndPoint() {
		// A connector that has been stopped in between was not told of all.
		this.channels.removeIf((channel) -> !channel.isOpen());
		// In this order, because they move from the one to the other.
		Set<SelectableChannel> accepted = Set.copyOf(this.channels);
		return !this.connector.getConnectedEndPoints()
			.stream()
			.map(EndPoint::getTransport)
			.collect(Collectors.toSet())
			.containsAll(accepted);
	}

}
