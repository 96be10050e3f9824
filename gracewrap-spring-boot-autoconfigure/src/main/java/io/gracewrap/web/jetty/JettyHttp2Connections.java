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

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import io.gracewrap.web.server.Patience;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/2 connections of Jetty, which is not always there with its HTTP/2. Jetty's own
 * graceful shutdown of a session would name the last stream as soon as none is open, and
 * then fail slow streams after a while.
 *
 * @author GraceWrap Maintainers
 */
final class JettyHttp2Connections {

	private static final long AFTER_GOAWAY = Patience.AFTER_GOAWAY.toNanos();

	private static final long FIRST_REQUEST = Patience.FIRST_REQUEST.toMillis();

	private final LongSupplier nanoTime;

	private final Map<Connection, Long> goneAway = new ConcurrentHashMap<>();

	/** Those that are being told which stream is their last. */
	private final Set<Connection> dismissing = ConcurrentHashMap.newKeySet();

	/** Those that have been told. */
	private final Set<Connection> dismissed = ConcurrentHashMap.newKeySet();

	JettyHttp2Connections() {
		this(System::nanoTime);
	}

	JettyHttp2Connections(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	boolean contains(Connection connection) {
		return connection instanceof HTTP2Connection;
	}

	void goAway(Collection<Connection> connections) {
		this.goneAway.keySet().retainAll(connections);
		connections.stream().filter(this::contains).forEach(this::goAway);
	}

	private @Nullable Long goAway(Connection connection) {
		if (session(connection).getBytesWritten() == 0) {
			// The first frame must be SETTINGS, which is sent when the client has begun.
			return null;
		}
		return this.goneAway.computeIfAbsent(connection, (unaware) -> {
			// No last stream yet, so that none is lost that is on its way.
			session(unaware).frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP);
			return this.nanoTime.getAsLong();
		});
	}

	boolean closeIfIdle(Connection connection, boolean unread, boolean patient) {
		if (!this.dismissing.contains(connection)) {
			Long asked = goAway(connection);
			boolean unaware = (asked != null) ? this.nanoTime.getAsLong() - asked < AFTER_GOAWAY
					: patient || hasJustBegun(connection);
			if (unaware || (patient && unread)) {
				return true;
			}
		}
		HTTP2Session session = session(connection);
		if (session.getStreamCount() > 0) {
			return false;
		}
		if (this.dismissed.contains(connection)) {
			connection.getEndPoint().close();
			return false;
		}
		// Closed at a later look, when this has been written: a stream that it still
		// counts in may not have been registered yet.
		// Asked for once: a session that is closing calls back at once if asked again.
		if (this.dismissing.add(connection)) {
			session.close(ErrorCode.NO_ERROR.code, "", Callback.from(() -> this.dismissed.add(connection)));
		}
		return patient;
	}

	// Its handshake may have ended when patience had.
	private static boolean hasJustBegun(Connection connection) {
		return connection.getEndPoint() instanceof AbstractEndPoint endPoint && endPoint.getIdleFor() < FIRST_REQUEST;
	}

	private HTTP2Session session(Connection connection) {
		return ((HTTP2Connection) connection).getSession();
	}

}
