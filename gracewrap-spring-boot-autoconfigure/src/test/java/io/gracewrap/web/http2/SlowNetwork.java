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
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.ClientConnection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Stands between one client and its server, and may keep what the server says from the
 * client for a while.
 *
 * @author GraceWrap Maintainers
 */
final class SlowNetwork implements AutoCloseable {

	private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

	private final CountDownLatch held = new CountDownLatch(1);

	private final CountDownLatch released = new CountDownLatch(1);

	private final Socket server;

	private volatile boolean holding;

	SlowNetwork(int port) throws IOException {
		this.server = new Socket(InetAddress.getLoopbackAddress(), port);
		start(this::connect);
	}

	int port() {
		return this.listener.getLocalPort();
	}

	/**
	 * Let nothing through to the client any more.
	 */
	void hold() {
		this.holding = true;
	}

	/**
	 * Wait until the server has said something that its client does not hear.
	 * @throws InterruptedException if the thread is interrupted
	 */
	void awaitHeld() throws InterruptedException {
		assertThat(this.held.await(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
	}

	void release() {
		this.released.countDown();
	}

	private void connect() throws IOException {
		try (Socket client = this.listener.accept()) {
			start(() -> copy(client.getInputStream(), this.server.getOutputStream(), () -> {
			}));
			copy(this.server.getInputStream(), client.getOutputStream(), this::passOn);
		}
	}

	private void passOn() {
		if (this.holding) {
			this.held.countDown();
			try {
				this.released.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static void copy(InputStream from, OutputStream to, Runnable before) throws IOException {
		byte[] bytes = new byte[8192];
		for (int length = from.read(bytes); length != -1; length = from.read(bytes)) {
			before.run();
			to.write(bytes, 0, length);
			to.flush();
		}
	}

	private static void start(Task task) {
		Thread thread = new Thread(() -> {
			try {
				task.run();
			}
			catch (IOException ex) {
				// One of the two has gone.
			}
		}, "slow-network");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() {
		release();
		try {
			this.listener.close();
			this.server.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private interface Task {

		void run() throws IOException;

	}

}
