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

package io.gracewrap.web.tomcat;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.server.Patience;
import org.apache.coyote.Processor;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's own protocol, with access to its connections: a paused connector leaves idle
 * ones open and answers their next request with nothing. Tomcat creates it by name.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public class DrainableHttp11NioProtocol extends Http11NioProtocol {

	private static final Set<String> HTTP2 = Set.of("h2", "h2c");

	private static final long ON_ITS_WAY = Patience.ON_ITS_WAY.toMillis();

	private static final long FIRST_REQUEST = Patience.FIRST_REQUEST.toMillis();

	private static final long HANDSHAKE = Patience.HANDSHAKE.toMillis();

	private static final long AFTER_GOAWAY = Patience.AFTER_GOAWAY.toNanos();

	/** Between the end of a stream and that of its last write, in milliseconds. */
	private static final long WRITING = 100;

	/** When Tomcat has begun to ignore new streams. */
	private static final long AT_LAST = TimeUnit.SECONDS.toNanos(4);

	private final Map<SocketWrapperBase<NioChannel>, GoAway> goneAway = new ConcurrentHashMap<>();

	private volatile boolean draining;

	/** On each connection. Tomcat says one as soon as its listening socket is closed. */
	private volatile int requestsAllowed;

	/**
	 * Create the protocol.
	 */
	public DrainableHttp11NioProtocol() {
		super(new DrainableNioEndpoint());
	}

	/**
	 * Begin or end to serve what comes on connections while the server is paused, and
	 * connections that come while it stops to listen.
	 * @param draining whether it is drained
	 */
	void setDraining(boolean draining) {
		if (draining && !this.draining) {
			this.requestsAllowed = getMaxKeepAliveRequests();
		}
		this.draining = draining;
		((DrainableNioEndpoint) getEndpoint()).setDraining(draining);
	}

	/**
	 * Not while it is drained: a paused protocol cuts a response that ends with a file,
	 * and drops or refuses the next request of a connection that it serves (issue 5).
	 */
	@Override
	public boolean isPaused() {
		return super.isPaused() && !this.draining;
	}

	/**
	 * Close connections on which no request is in progress.
	 * @param patient whether a request of which only a part has arrived is waited for
	 * @return whether requests are about to begin
	 */
	boolean closeIdleConnections(boolean patient) {
		boolean beginning = false;
		for (SocketWrapperBase<NioChannel> connection : getEndpoint().getConnections()) {
			if (connection.getLock().tryLock()) {
				try {
					beginning |= closeIfIdle((NioSocketWrapper) connection, patient);
				}
				finally {
					connection.getLock().unlock();
				}
			}
			else {
				// A worker holds the lock for as long as it serves the connection. It
				// may still be reading the head of a request.
				beginning |= patient;
			}
		}
		return beginning;
	}

	private boolean closeIfIdle(NioSocketWrapper connection, boolean patient) {
		Processor http2 = http2(connection);
		if (http2 != null) {
			return closeIfIdle(connection, http2, patient);
		}
		if (connection.getCurrentProcessor() instanceof Processor processor) {
			boolean begun = processor.isAsync() || processor.isUpgrade();
			if (begun || !hasSentFile(connection)) {
				return !begun && patient;
			}
		}
		if (!connection.getSocket().isHandshakeComplete()) {
			return patient || ((hasBegunHandshake(connection) || hasUnreadBytes(connection))
					&& isWithin(connection.getLastRead(), HANDSHAKE));
		}
		// The poller is not interested in reading what it has given to a worker.
		if (!connection.interestOpsHas(SelectionKey.OP_READ) || hasUnreadBytes(connection)) {
			return !connection.isClosed();
		}
		boolean unused = isUnused(connection);
		// A handshake may have ended when patience had, or a response whose headers were
		// sent before anything could be announced.
		if ((patient || !unused || connection.getSocket() instanceof SecureNioChannel)
				&& (unused ? isWithin(connection.getLastRead(), FIRST_REQUEST)
						: isWithin(Math.max(connection.getLastRead(), connection.getLastWrite()), ON_ITS_WAY))) {
			return true;
		}
		connection.close();
		return false;
	}

	private static boolean hasBegunHandshake(NioSocketWrapper connection) {
		// It is made when the client has said hello.
		return connection.getSocket() instanceof SecureNioChannel secure && secure.getSslEngine() != null;
	}

	private static boolean isWithin(long since, long millis) {
		// By a clock that may have been set back.
		long age = System.currentTimeMillis() - since;
		return age >= 0 && age < millis;
	}

	/**
	 * Whether no request has come yet: its client may be slow (issue 5). Tomcat counts
	 * how many more may come, and tells it only while it counts; unless there may be any
	 * number, when a request that took less than a millisecond is not seen.
	 * @param connection the connection, locked
	 * @return whether none has come
	 */
	private boolean isUnused(NioSocketWrapper connection) {
		int left = connection.decrementKeepAlive() + 1;
		connection.setKeepAliveLeft(left);
		boolean all = left == this.requestsAllowed || left == getMaxKeepAliveRequests();
		return all && (left > 0 || connection.getLastRead() == connection.getLastWrite());
	}

	/**
	 * The processor of a request whose response was a file stays until the next one. That
	 * of half a head has read last.
	 * @param connection the connection
	 * @return whether it has sent a file, and nothing has come since
	 */
	private boolean hasSentFile(NioSocketWrapper connection) {
		return connection.getSendfileData() == null && connection.getLastWrite() > connection.getLastRead();
	}

	private boolean closeIfIdle(NioSocketWrapper connection, Processor http2, boolean patient) {
		GoAway goAway = goAway(connection, http2);
		if ((patient || goAway.sinceAsked() < AFTER_GOAWAY)
				&& (goAway.sinceSent() < AFTER_GOAWAY || hasUnreadBytes(connection))) {
			return true;
		}
		// As if it had been idle for too long, which no connection with streams ever is.
		// A stream ends before the last of it is written, so not at once, unless its
		// client goes on with streams that are ignored.
		http2.timeoutAsync((goAway.sinceAsked() < AT_LAST)
				? System.currentTimeMillis() + http2KeepAliveTimeout() - WRITING : Long.MAX_VALUE);
		return false;
	}

	private long http2KeepAliveTimeout() {
		for (UpgradeProtocol protocol : findUpgradeProtocols()) {
			if (protocol instanceof Http2Protocol http2) {
				return http2.getKeepAliveTimeout();
			}
		}
		return 0;
	}

	/**
	 * Ask the clients of HTTP/2 connections to open new streams elsewhere.
	 */
	void goAway() {
		Set<SocketWrapperBase<NioChannel>> connections = getEndpoint().getConnections();
		this.goneAway.keySet().retainAll(connections);
		for (SocketWrapperBase<NioChannel> connection : connections) {
			Processor http2 = http2(connection);
			if (http2 != null) {
				goAway(connection, http2);
			}
		}
	}

	private GoAway goAway(SocketWrapperBase<NioChannel> connection, Processor http2) {
		return this.goneAway.computeIfAbsent(connection, (unaware) -> {
			long now = System.nanoTime();
			try {
				// Would wait for a client that does not read.
				return new GoAway(now, CompletableFuture.runAsync(http2::pause, getExecutor())
					.handle((sent, ex) -> System.nanoTime()));
			}
			catch (RejectedExecutionException ex) {
				// The connector has stopped.
				return new GoAway(now, CompletableFuture.completedFuture(now));
			}
		});
	}

	private @Nullable Processor http2(SocketWrapperBase<NioChannel> connection) {
		return (connection.getCurrentProcessor() instanceof Processor processor && processor.isUpgrade()
				&& HTTP2.contains(processor.getUpgradeToken().getProtocol())) ? processor : null;
	}

	private boolean hasUnreadBytes(NioSocketWrapper connection) {
		try {
			return connection.getSocket().getIOChannel().socket().getInputStream().available() > 0;
		}
		catch (IOException | RuntimeException ex) {
			return false;
		}
	}

	/**
	 * Whether a connection is being served, and be it only to write the end of a response
	 * that the application has finished: by a worker, or by the poller, which sends files
	 * when no worker holds the lock any more (issue 5).
	 * @return whether any connection is being served
	 */
	boolean hasBusyConnections() {
		return getEndpoint().getConnections().stream().anyMatch(this::isBusy);
	}

	private boolean isBusy(SocketWrapperBase<NioChannel> connection) {
		return connection.getLock().isLocked() || this.goneAway.containsKey(connection)
				|| ((NioSocketWrapper) connection).getSendfileData() != null;
	}

	boolean hasConnections() {
		return !getEndpoint().getConnections().isEmpty();
	}

	/**
	 * Close the connections of asynchronous responses that have begun, and those of
	 * HTTP/2 that have not been idle since they were asked to go: when it stops, Tomcat
	 * tells what waits that its time is over a moment before it closes the connections,
	 * and half of a response would be ended in that moment as if it was the whole (issue
	 * 5).
	 */
	void closeUnfinished() {
		for (SocketWrapperBase<NioChannel> connection : getEndpoint().getConnections()) {
			if (connection.getLock().tryLock()) {
				try {
					if (isUnfinished(connection)) {
						cut(connection);
					}
				}
				finally {
					connection.getLock().unlock();
				}
			}
		}
	}

	/**
	 * Close the channel alone, and leave the rest to the stop: a thread may still be
	 * writing what Tomcat would use for other requests again.
	 * @param connection the connection
	 */
	private static void cut(SocketWrapperBase<NioChannel> connection) {
		try {
			connection.getSocket().getIOChannel().close();
		}
		catch (IOException | RuntimeException ex) {
			connection.close();
		}
	}

	private boolean isUnfinished(SocketWrapperBase<NioChannel> connection) {
		return http2(connection) != null || (connection.getCurrentProcessor() instanceof Processor processor
				&& processor.isAsync() && processor.getRequest().getResponse().isCommitted());
	}

	/**
	 * Limit how long the stop of the connector waits for its workers.
	 * @param millis milliseconds
	 */
	void setExecutorTerminationTimeout(long millis) {
		getEndpoint().setExecutorTerminationTimeoutMillis(millis);
	}

	/**
	 * When a client was asked to go: a busy machine sends it later than that.
	 */
	private record GoAway(long asked, CompletableFuture<Long> sent) {

		long sinceAsked() {
			return System.nanoTime() - this.asked;
		}

		long sinceSent() {
			long now = System.nanoTime();
			return now - this.sent.getNow(now);
		}

	}

}
