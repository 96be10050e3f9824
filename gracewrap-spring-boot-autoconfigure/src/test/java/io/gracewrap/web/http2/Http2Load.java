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

package io.gracewrap.web.http2;

import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.web.RunningApplication;
import org.eclipse.jetty.http2.client.HTTP2Client;

/**
 * Clients that go on sending on their connection until it is asked to go, and then on
 * another, until none is accepted any more.
 *
 * @author GraceWrap Maintainers
 */
final class Http2Load implements AutoCloseable {

	private static final int THREADS = 10;

	final AtomicInteger answered = new AtomicInteger();

	final AtomicInteger connections = new AtomicInteger();

	final AtomicInteger unprocessed = new AtomicInteger();

	final List<Throwable> failures = new CopyOnWriteArrayList<>();

	private final List<Thread> threads = new ArrayList<>();

	private final GraceWrap graceWrap;

	private volatile boolean stopped;

	Http2Load(HTTP2Client client, RunningApplication application, boolean secure) {
		this.graceWrap = application.bean(GraceWrap.class);
		for (int i = 0; i < THREADS; i++) {
			Thread thread = new Thread(() -> run(client, application.port(), secure), "load-" + i);
			thread.start();
			this.threads.add(thread);
		}
	}

	private void run(HTTP2Client client, int port, boolean secure) {
		while (!this.stopped) {
			Http2Connection connection;
			try {
				connection = Http2Connection.open(client, port, secure);
			}
			catch (Exception ex) {
				// Jetty's client never says that its handshake was cut.
				boolean cut = ex.getCause() instanceof IOException || ex instanceof TimeoutException;
				if (isServingConnections() || !cut) {
					this.failures.add(ex);
					return;
				}
				if (ex.getCause() instanceof ConnectException) {
					return;
				}
				continue;
			}
			this.connections.incrementAndGet();
			while (!connection.hasGoneAway() && !this.stopped) {
				try {
					connection.get("/load");
					this.answered.incrementAndGet();
				}
				catch (Exception ex) {
					if (connection.isUnsent(ex)) {
						break;
					}
					if (!connection.isUnprocessed()) {
						this.failures.add(ex);
						return;
					}
					// This thread has been held up since it was asked to go: the stream
					// came when its connection was closing, and is sent again.
					this.unprocessed.incrementAndGet();
					break;
				}
			}
			connection.close();
		}
	}

	/**
	 * Asked when a connection has failed: a state that is entered later does not excuse
	 * it.
	 * @return whether every new connection has to work
	 */
	private boolean isServingConnections() {
		return this.graceWrap.state().compareTo(DrainState.DRAINING) < 0;
	}

	void awaitEnd() throws InterruptedException {
		for (Thread thread : this.threads) {
			thread.join();
		}
	}

	@Override
	public void close() throws InterruptedException {
		this.stopped = true;
		awaitEnd();
	}

}
