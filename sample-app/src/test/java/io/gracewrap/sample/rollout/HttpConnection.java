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

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One keep-alive connection of a client that never retries.
 *
 * @author GraceWrap Maintainers
 */
final class HttpConnection implements AutoCloseable {

	private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

	private final Socket socket;

	private final InputStream in;

	private HttpConnection(Socket socket) throws IOException {
		this.socket = socket;
		this.in = new BufferedInputStream(socket.getInputStream());
	}

	static HttpConnection open(int port) throws IOException {
		return open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

	static HttpConnection open(InetSocketAddress address) throws IOException {
		Socket socket = new Socket();
		try {
			socket.setTcpNoDelay(true);
			socket.connect(address, (int) CONNECT_TIMEOUT.toMillis());
			return new HttpConnection(socket);
		}
		catch (IOException ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Text of a {@code GET} request.
	 * @param target the path and query
	 * @return the request
	 */
	static String get(String target) {
		return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
	}

	/**
	 * Text of a {@code GET} request for an event stream.
	 * @param target the path and query
	 * @return the request
	 */
	static String getEvents(String target) {
		return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
	}

	/**
	 * Text of a {@code POST} request.
	 * @param target the path and query
	 * @param json the body, in ASCII
	 * @return the request
	 */
	static String post(String target, String json) {
		return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
				+ json.length() + "\r\n\r\n" + json;
	}

	/**
	 * Send a request and read its whole answer.
	 * @param request the request
	 * @param timeout how long to wait for each part of the answer
	 * @return the answer
	 * @throws IOException if there was none, or not all of it
	 */
	HttpAnswer exchange(String request, Duration timeout) throws IOException {
		return exchange(request, timeout, () -> {
		});
	}

	/**
	 * Send a request and read its whole answer.
	 * @param request the request
	 * @param timeout how long to wait for each part of the answer
	 * @param begun to be run when the answer begins
	 * @return the answer
	 * @throws IOException if there was none, or not all of it
	 */
	HttpAnswer exchange(String request, Duration timeout, Runnable begun) throws IOException {
		this.socket.setSoTimeout((int) timeout.toMillis());
		this.socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
		this.in.mark(1);
		if (this.in.read() >= 0) {
			begun.run();
			this.in.reset();
		}
		return HttpAnswer.read(this.in);
	}

	/**
	 * Stay idle, and watch whether the server closes the connection meanwhile, as every
	 * connection pool does.
	 * @param time how long
	 * @return {@code false} if the server closed the connection
	 * @throws ProtocolException if the server spoke without having been asked
	 */
	boolean idle(Duration time) throws ProtocolException {
		try {
			this.socket.setSoTimeout((int) Math.max(1, time.toMillis()));
			if (this.in.read() < 0) {
				return false;
			}
		}
		catch (SocketTimeoutException ex) {
			return true;
		}
		catch (IOException ex) {
			return false;
		}
		throw new ProtocolException("The server spoke without having been asked");
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			// Nobody waits for anything from it any more.
		}
	}

	/**
	 * Which kind of failure an exception stands for.
	 * @param failure what an exchange has thrown
	 * @return its kind
	 */
	static Outcome outcome(IOException failure) {
		if (failure instanceof EOFException) {
			return Outcome.CUT_SHORT;
		}
		if (failure instanceof SocketTimeoutException || failure instanceof ProtocolException) {
			return Outcome.OTHER;
		}
		return Outcome.RESET;
	}

}
