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

package io.gracewrap.web;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A connection that speaks HTTP/1.x and hides nothing: a test says what is sent and when,
 * and sees what comes back, the end of the connection included.
 *
 * @author GraceWrap Maintainers
 */
public final class ClientConnection implements AutoCloseable {

	/** For everything that a test waits for and that must come. */
	public static final Duration TIMEOUT = Duration.ofSeconds(20);

	private final Socket socket;

	private final InputStream in;

	public ClientConnection(int port) throws IOException {
		this(port, 0);
	}

	public ClientConnection(int port, int receiveBuffer) throws IOException {
		this.socket = new Socket();
		if (receiveBuffer > 0) {
			this.socket.setReceiveBufferSize(receiveBuffer);
		}
		this.socket.setTcpNoDelay(true);
		this.socket.setSoTimeout((int) TIMEOUT.toMillis());
		this.socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
		this.in = new BufferedInputStream(this.socket.getInputStream());
	}

	/**
	 * Send the head of a request.
	 * @param lines request line and headers, but for {@code Host}
	 * @return this connection
	 * @throws IOException if the connection is broken
	 */
	public ClientConnection send(String... lines) throws IOException {
		List<String> all = new ArrayList<>(List.of(lines));
		all.add(1, "Host: localhost");
		return write(String.join("\r\n", all) + "\r\n\r\n");
	}

	public ClientConnection get(String path) throws IOException {
		return send("GET " + path + " HTTP/1.1");
	}

	public ClientConnection write(String bytes) throws IOException {
		this.socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
		this.socket.getOutputStream().flush();
		return this;
	}

	/**
	 * Wait until a response begins, without receiving any of it.
	 * @throws IOException if the connection is broken
	 */
	public void awaitResponse() throws IOException {
		this.in.mark(1);
		if (this.in.read() >= 0) {
			this.in.reset();
		}
	}

	/**
	 * Receive a whole response, and never a byte of the one that follows it.
	 * @return the response
	 * @throws IOException if the connection is broken, or ends too early
	 */
	public Response receive() throws IOException {
		Response head = receiveHead();
		return new Response(head.status(), head.headers(), receiveBody(head));
	}

	/**
	 * Receive the body of a response.
	 * @param head its head
	 * @return the body
	 * @throws IOException if the connection is broken, or ends too early
	 */
	public String receiveBody(Response head) throws IOException {
		return new String(body(head), StandardCharsets.ISO_8859_1);
	}

	/**
	 * Receive the head of a response only.
	 * @return the response without its body
	 * @throws IOException if the connection is broken, or ends too early
	 */
	public Response receiveHead() throws IOException {
		String statusLine = line();
		List<String> headers = new ArrayList<>();
		for (String line = line(); !line.isEmpty(); line = line()) {
			headers.add(line);
		}
		return new Response(Integer.parseInt(statusLine.split(" ")[1]), headers, "");
	}

	private byte[] body(Response head) throws IOException {
		if (head.status() < 200 || head.status() == 204 || head.status() == 304) {
			return new byte[0];
		}
		if (!head.header("Content-Length").isEmpty()) {
			return bytes(Integer.parseInt(head.header("Content-Length").get(0)));
		}
		if (head.header("Transfer-Encoding").isEmpty()) {
			return this.in.readAllBytes();
		}
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		byte[] chunk;
		do {
			chunk = bytes(Integer.parseInt(line(), 16));
			body.write(chunk);
			line();
		}
		while (chunk.length > 0);
		return body.toByteArray();
	}

	/**
	 * Receive bytes as they come.
	 * @param length how many
	 * @return the bytes, all of them
	 * @throws IOException if the connection is broken, or ends too early
	 */
	public byte[] bytes(int length) throws IOException {
		byte[] bytes = this.in.readNBytes(length);
		if (bytes.length < length) {
			throw new EOFException("The connection has ended after %d of %d bytes".formatted(bytes.length, length));
		}
		return bytes;
	}

	private String line() throws IOException {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		for (int b = this.in.read(); b != '\n'; b = this.in.read()) {
			if (b == -1) {
				throw new EOFException("The connection has ended after '" + line + "'");
			}
			line.write(b);
		}
		return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
	}

	/**
	 * Whether the server closes the connection without another byte.
	 * @return whether the connection has ended
	 * @throws IOException if it was reset, or nothing happens
	 */
	public boolean endsHere() throws IOException {
		return this.in.read() == -1;
	}

	/**
	 * Break the connection, so that the server sees a reset.
	 * @throws IOException if it is broken already
	 */
	public void reset() throws IOException {
		this.socket.setSoLinger(true, 0);
		this.socket.close();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	/**
	 * A response.
	 *
	 * @param status the status
	 * @param headers the header lines as they came
	 * @param body the body
	 */
	public record Response(int status, List<String> headers, String body) {

		public List<String> header(String name) {
			String start = name.toLowerCase(Locale.ROOT) + ":";
			return this.headers.stream()
				.filter((line) -> line.toLowerCase(Locale.ROOT).startsWith(start))
				.map((line) -> line.substring(start.length()).strip())
				.toList();
		}

		public boolean announcesClose() {
			return header("Connection").stream().anyMatch("close"::equalsIgnoreCase);
		}

	}

}
