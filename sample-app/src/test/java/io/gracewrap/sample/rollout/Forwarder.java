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

package io.gracewrap.sample.rollout;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The address of a service, as kube-proxy makes it: a new connection goes to the pod that
 * is among the endpoints at that moment, and stays there until one side ends it. Ends and
 * resets are handed on as they come.
 *
 * @author GraceWrap Maintainers
 */
final class Forwarder implements AutoCloseable {

	private static final int BACKLOG = 512;

	private final ServerSocket socket;

	private final IntSupplier endpoint;

	private final Runnable whenConnected;

	private final Duration latency;

	/** One thread, so that all comes in the order in which it went. */
	private final ScheduledExecutorService wire = Executors.newSingleThreadScheduledExecutor(Forwarder::thread);

	private final ExecutorService threads = Executors.newCachedThreadPool(Forwarder::thread);

	/**
	 * Open the address.
	 * @param endpoint the port that a new connection goes to
	 * @param whenConnected to be run for each new connection
	 * @throws IOException if there is no free port
	 */
	Forwarder(IntSupplier endpoint, Runnable whenConnected) throws IOException {
		this(endpoint, whenConnected, Duration.ZERO);
	}

	/**
	 * Open an address that is far away.
	 * @param endpoint the port that a new connection goes to
	 * @param whenConnected to be run for each new connection
	 * @param latency how long everything takes from one side to the other, but for the
	 * connection itself
	 * @throws IOException if there is no free port
	 */
	Forwarder(IntSupplier endpoint, Runnable whenConnected, Duration latency) throws IOException {
		this.latency = latency;
		this.endpoint = endpoint;
		this.whenConnected = whenConnected;
		this.socket = new ServerSocket(ServerProcess.freePort(), BACKLOG, InetAddress.getLoopbackAddress());
		this.threads.execute(this::accept);
	}

	private static Thread thread(Runnable task) {
		Thread thread = new Thread(null, task, "forwarder", 256 * 1024);
		thread.setDaemon(true);
		return thread;
	}

	int port() {
		return this.socket.getLocalPort();
	}

	private void accept() {
		while (!this.socket.isClosed()) {
			try {
				Socket client = this.socket.accept();
				this.threads.execute(() -> connect(client));
			}
			catch (IOException ex) {
				// It is closed, or the client has gone already.
			}
		}
	}

	private void connect(Socket client) {
		try {
			this.whenConnected.run();
			Socket pod = new Socket(InetAddress.getLoopbackAddress(), this.endpoint.getAsInt());
			client.setTcpNoDelay(true);
			pod.setTcpNoDelay(true);
			Pair pair = new Pair(client, pod);
			this.threads.execute(() -> pair.copy(client, pod));
			pair.copy(pod, client);
		}
		catch (IOException ex) {
			reset(client);
		}
	}

	@Override
	public void close() {
		close(this.socket);
		this.threads.shutdown();
		this.wire.shutdown();
	}

	private static void close(Closeable closeable) {
		try {
			closeable.close();
		}
		catch (IOException ex) {
			// Nobody waits for anything from it any more.
		}
	}

	private static void reset(Socket socket) {
		try {
			socket.setSoLinger(true, 0);
		}
		catch (IOException ex) {
			// It is closed already.
		}
		close(socket);
	}

	/**
	 * Two connections that are one to both ends.
	 */
	private final class Pair {

		private final Socket client;

		private final Socket pod;

		private boolean halfClosed;

		Pair(Socket client, Socket pod) {
			this.client = client;
			this.pod = pod;
		}

		void copy(Socket from, Socket to) {
			byte[] buffer = new byte[8192];
			try {
				InputStream in = from.getInputStream();
				OutputStream out = to.getOutputStream();
				for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
					byte[] bytes = Arrays.copyOf(buffer, length);
					handOn(() -> out.write(bytes));
				}
				handOn(() -> {
					to.shutdownOutput();
					endHalf();
				});
			}
			catch (IOException ex) {
				handOn(() -> {
					throw ex;
				});
			}
		}

		private void handOn(Piece piece) {
			if (Forwarder.this.latency.isZero()) {
				handOnNow(piece);
				return;
			}
			try {
				Forwarder.this.wire.schedule(() -> handOnNow(piece), Forwarder.this.latency.toNanos(),
						TimeUnit.NANOSECONDS);
			}
			catch (RejectedExecutionException ex) {
				handOnNow(piece);
			}
		}

		private void handOnNow(Piece piece) {
			try {
				piece.handOn();
			}
			catch (IOException ex) {
				reset(this.client);
				reset(this.pod);
			}
		}

		private synchronized void endHalf() {
			if (this.halfClosed) {
				close(this.client);
				close(this.pod);
			}
			this.halfClosed = true;
		}

	}

	/**
	 * Something that is said by one side.
	 */
	private interface Piece {

		void handOn() throws IOException;

	}

}
