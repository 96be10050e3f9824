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
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.apache.tomcat.util.net.Acceptor.AcceptorState;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Serves whom the kernel has let in before the listening socket is closed: Tomcat stops
 * its acceptor first, closes what that accepts at last, and has the kernel reset the
 * rest, requests and all (issue 5).
 *
 * @author GraceWrap Maintainers
 */
final class DrainableNioEndpoint extends NioEndpoint {

	private static final Log logger = LogFactory.getLog(DrainableNioEndpoint.class);

	private volatile boolean draining;

	private volatile @Nullable SocketChannel late;

	void setDraining(boolean draining) {
		this.draining = draining;
	}

	/**
	 * Called for what the acceptor accepts when it has been stopped, and for what cannot
	 * be served.
	 */
	@Override
	protected void destroySocket(SocketChannel socket) {
		if (this.draining && this.late != socket) {
			this.late = socket;
			serve(socket);
		}
		else {
			super.destroySocket(socket);
		}
	}

	@Override
	protected synchronized void doCloseServerSocket() throws IOException {
		try {
			if (this.draining && this.acceptor.getState() == AcceptorState.ENDED && !getUseInheritedChannel()
					&& getServerSocket() instanceof ServerSocketChannel server && server.isOpen()) {
				serveBacklog(server);
			}
		}
		catch (IOException ex) {
			logger.debug("Could not accept all connections that were waiting", ex);
		}
		finally {
			// Once: each time it deletes the file of a Unix domain socket.
			if (getServerSocket() != null) {
				super.doCloseServerSocket();
			}
		}
	}

	/**
	 * Not more than wait there: clients may come as fast as they are served.
	 * @param server the socket that nobody accepts from any more
	 * @throws IOException if no more can be accepted
	 */
	private void serveBacklog(ServerSocketChannel server) throws IOException {
		server.configureBlocking(false);
		// Linux lets one more in than it is told.
		for (int left = getAcceptCount() + 1; left > 0 && this.draining; left--) {
			SocketChannel socket = server.accept();
			if (socket == null) {
				return;
			}
			serve(socket);
		}
	}

	private void serve(SocketChannel socket) {
		if (!setSocketOptions(socket)) {
			closeSocket(socket);
		}
	}

}
