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

import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * Tomcat's own protocol, with access to its connections: a paused connector leaves idle
 * ones open and answers their next request with nothing. Tomcat creates it by name.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public class DrainableHttp11NioProtocol extends Http11NioProtocol {

	/**
	 * Create the protocol.
	 */
	public DrainableHttp11NioProtocol() {
	}

	/**
	 * Close connections on which no request is in progress. A request that is about to
	 * begin is left alone.
	 */
	void closeIdleConnections() {
		for (SocketWrapperBase<NioChannel> connection : getEndpoint().getConnections()) {
			// A worker holds the lock for as long as it serves the connection.
			if (connection.getLock().tryLock()) {
				try {
					closeIfIdle((NioSocketWrapper) connection);
				}
				finally {
					connection.getLock().unlock();
				}
			}
		}
	}

	private void closeIfIdle(NioSocketWrapper connection) {
		// An asynchronous request or an upgraded connection has a processor. Without
		// interest in reading, the poller has seen a request that no worker has taken
		// up yet. Who shakes hands is about to ask.
		if (connection.getCurrentProcessor() != null || !connection.interestOpsHas(SelectionKey.OP_READ)
				|| !connection.getSocket().isHandshakeComplete()) {
			return;
		}
		try {
			if (connection.isReadyForRead()) {
				connection.processSocket(SocketEvent.OPEN_READ, true);
				return;
			}
		}
		catch (IOException | RuntimeException ex) {
			getLog().debug("The connection could not be read", ex);
		}
		connection.close();
	}

	/**
	 * Whether a worker is serving a connection, and be it only to write the end of a
	 * response that the application has finished.
	 * @return whether any connection is being served
	 */
	boolean hasBusyConnections() {
		return getEndpoint().getConnections().stream().anyMatch((connection) -> connection.getLock().isLocked());
	}

	/**
	 * Limit how long the stop of the connector waits for its workers.
	 * @param millis milliseconds
	 */
	void setExecutorTerminationTimeout(long millis) {
		getEndpoint().setExecutorTerminationTimeoutMillis(millis);
	}

}
