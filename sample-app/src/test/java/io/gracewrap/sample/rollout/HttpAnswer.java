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

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A complete HTTP/1.1 answer, read to its last byte and not one further. An answer that
 * only the end of its connection delimits, as Jetty gives when it is to close it, counts
 * as complete however much of it came: whoever reads it has to look at what it says.
 *
 * @param status the status code
 * @param headers the headers by lower-case name, repeated ones joined by a comma
 * @param body the body
 * @author GraceWrap Maintainers
 */
record HttpAnswer(int status, Map<String, String> headers, byte[] body) {

	private static final int MAX_LINE = 16 * 1024;

	/**
	 * Read the next answer.
	 * @param in where from
	 * @return the answer
	 * @throws EOFException if the stream ended before the answer was complete
	 * @throws ProtocolException if it is no HTTP/1.1 answer
	 * @throws IOException if reading failed
	 */
	static HttpAnswer read(InputStream in) throws IOException {
		while (true) {
			int status = status(line(in));
			Map<String, String> headers = headers(in);
			if (status >= 200) {
				return new HttpAnswer(status, headers, body(in, status, headers));
			}
		}
	}

	private static int status(String line) throws ProtocolException {
		if (!line.matches("HTTP/1\\.1 [1-5]\\d\\d( .*)?")) {
			throw new ProtocolException("Not a status line: " + line);
		}
		return Integer.parseInt(line.substring(9, 12));
	}

	private static Map<String, String> headers(InputStream in) throws IOException {
		Map<String, String> headers = new TreeMap<>();
		for (String line = line(in); !line.isEmpty(); line = line(in)) {
			int colon = line.indexOf(':');
			if (colon < 1) {
				throw new ProtocolException("Not a header: " + line);
			}
			headers.merge(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim(),
					(first, second) -> first + ", " + second);
		}
		return headers;
	}

	private static byte[] body(InputStream in, int status, Map<String, String> headers) throws IOException {
		if (status == 204 || status == 304) {
			return new byte[0];
		}
		if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
			return chunks(in);
		}
		String length = headers.get("content-length");
		if (length == null) {
			if (!saysClose(headers)) {
				throw new ProtocolException("Neither a length nor an end");
			}
			return in.readAllBytes();
		}
		return exactly(in, number(length, 10));
	}

	private static byte[] chunks(InputStream in) throws IOException {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		while (true) {
			String size = line(in);
			int extension = size.indexOf(';');
			byte[] chunk = exactly(in, number(((extension < 0) ? size : size.substring(0, extension)).trim(), 16));
			if (chunk.length == 0) {
				headers(in);
				return body.toByteArray();
			}
			body.write(chunk);
			if (!line(in).isEmpty()) {
				throw new ProtocolException("A chunk is longer than it says");
			}
		}
	}

	private static int number(String text, int radix) throws ProtocolException {
		try {
			return Integer.parseUnsignedInt(text, radix);
		}
		catch (NumberFormatException ex) {
			throw new ProtocolException("Not a length: " + text);
		}
	}

	private static byte[] exactly(InputStream in, int length) throws IOException {
		byte[] bytes = in.readNBytes(length);
		if (bytes.length < length) {
			throw new EOFException("The answer ended after " + bytes.length + " of " + length + " bytes");
		}
		return bytes;
	}

	private static String line(InputStream in) throws IOException {
		ByteArrayOutputStream line = new ByteArrayOutputStream(64);
		for (int next = in.read(); next != '\n'; next = in.read()) {
			if (next < 0) {
				throw new EOFException((line.size() > 0) ? "The answer ended within a line" : "No answer");
			}
			if (line.size() > MAX_LINE) {
				throw new ProtocolException("A line without end");
			}
			line.write(next);
		}
		String text = line.toString(StandardCharsets.ISO_8859_1);
		return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
	}

	/**
	 * Whether the server said that it will close the connection.
	 * @return {@code true} if the client must not use the connection again
	 */
	boolean saysClose() {
		return saysClose(this.headers);
	}

	private static boolean saysClose(Map<String, String> headers) {
		String connection = headers.get("connection");
		return connection != null && connection.toLowerCase(Locale.ROOT).matches("(.*,)?\\s*close\\s*(,.*)?");
	}

	String text() {
		return new String(this.body, StandardCharsets.UTF_8);
	}

}
