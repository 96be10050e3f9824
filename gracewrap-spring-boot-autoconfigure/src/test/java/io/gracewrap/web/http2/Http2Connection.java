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

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.ClientConnection;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * A connection that speaks HTTP/2 and shows its frames.
 *
 * @author GraceWrap Maintainers
 */
final class Http2Connection implements Session.Listener, AutoCloseable {

	final List<GoAwayFrame> goAways = new CopyOnWriteArrayList<>();

	private final CompletableFuture<Void> accepted = new CompletableFuture<>();

	private final CompletableFuture<Void> goneAway = new CompletableFuture<>();

	private final CompletableFuture<List<GoAwayFrame>> closed = new CompletableFuture<>();

	private final Set<CompletableFuture<Response>> unanswered = ConcurrentHashMap.newKeySet();

	private final int port;

	private final boolean secure;

	private final Session session;

	private volatile int lastAnswered;

	private Http2Connection(HTTP2Client client, int port, boolean secure) throws Exception {
		this.port = port;
		this.secure = secure;
		SslContextFactory.Client ssl = client.getClientConnector().getSslContextFactory();
		this.session = await(client.connect(secure ? ssl : null,
				new InetSocketAddress(InetAddress.getLoopbackAddress(), port), this));
		await(this.accepted);
	}

	/**
	 * Open a connection.
	 * @param client the client
	 * @param port the port of the server
	 * @param secure whether it uses TLS
	 * @return the connection, on which the server has begun to speak
	 * @throws Exception with an {@link java.io.IOException} as its cause if the server
	 * does not accept it
	 */
	static Http2Connection open(HTTP2Client client, int port, boolean secure) throws Exception {
		return new Http2Connection(client, port, secure);
	}

	static <T> T await(CompletableFuture<T> future) throws Exception {
		return future.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	@Override
	public void onSettings(Session session, SettingsFrame frame) {
		this.accepted.complete(null);
	}

	@Override
	public void onGoAway(Session session, GoAwayFrame frame) {
		this.goAways.add(frame);
		this.goneAway.complete(null);
	}

	@Override
	public void onClose(Session session, GoAwayFrame frame, Callback callback) {
		end();
		callback.succeeded();
	}

	@Override
	public void onFailure(Session session, Throwable failure, Callback callback) {
		end();
		callback.succeeded();
	}

	/**
	 * Streams do not outlive their connection: Jetty's client says nothing of one that
	 * begins in the instant in which it ends. It also ends a connection that it has been
	 * asked to leave before it passes on the last bytes of its last stream.
	 */
	private void end() {
		this.accepted.completeExceptionally(new EOFException("The server has not said a word"));
		List<GoAwayFrame> goAways = List.copyOf(this.goAways);
		this.closed.complete(goAways);
		this.unanswered.forEach((response) -> response
			.completeExceptionally(new EOFException("The connection has ended without an answer, after " + goAways)));
	}

	/**
	 * Whether the server has said that it processes no stream after the last that it has
	 * answered, so that a client may send one again.
	 * @return whether it has named its last stream
	 */
	boolean isUnprocessed() {
		return this.goAways.stream()
			.anyMatch((goAway) -> !goAway.isGraceful() && goAway.getLastStreamId() <= this.lastAnswered);
	}

	/**
	 * Whether a stream that failed has not been sent, because GOAWAY came first.
	 * @param ex why the stream failed
	 * @return whether the server cannot know of it
	 */
	boolean isUnsent(Exception ex) {
		return ex.getCause() instanceof IllegalStateException unsent && "session closed".equals(unsent.getMessage());
	}

	boolean hasGoneAway() {
		return this.goneAway.isDone();
	}

	void awaitGoAway() throws Exception {
		await(this.goneAway);
	}

	/**
	 * Wait until the connection is closed.
	 * @return what it has been told before
	 * @throws Exception if it stays open
	 */
	List<GoAwayFrame> awaitClose() throws Exception {
		return await(this.closed);
	}

	Response get(String path) throws Exception {
		return await(send(path));
	}

	CompletableFuture<Response> send(String path) {
		CompletableFuture<Response> response = new CompletableFuture<>();
		this.unanswered.add(response);
		response.whenComplete((answer, failure) -> this.unanswered.remove(response));
		MetaData.Request request = new MetaData.Request("GET",
				HttpURI.from((this.secure ? "https" : "http") + "://localhost:" + this.port + path), HttpVersion.HTTP_2,
				HttpFields.EMPTY);
		this.session.newStream(new HeadersFrame(request, null, true), new ResponseListener(response))
			.whenComplete((stream, failure) -> {
				if (failure != null) {
					response.completeExceptionally(failure);
				}
			});
		return response;
	}

	@Override
	public void close() {
		this.session.close(0, "", Callback.NOOP);
	}

	/**
	 * A response.
	 *
	 * @param status the status
	 * @param headers the headers
	 * @param body the body
	 */
	record Response(int status, HttpFields headers, String body) {

	}

	private final class ResponseListener implements Stream.Listener {

		private final CompletableFuture<Response> response;

		private final ByteArrayOutputStream body = new ByteArrayOutputStream();

		private MetaData.Response head;

		private ResponseListener(CompletableFuture<Response> response) {
			this.response = response;
		}

		@Override
		public void onHeaders(Stream stream, HeadersFrame frame) {
			this.head = (MetaData.Response) frame.getMetaData();
			Http2Connection.this.unanswered.remove(this.response);
			if (frame.isEndStream()) {
				complete(stream);
			}
			else {
				stream.demand();
			}
		}

		@Override
		public void onDataAvailable(Stream stream) {
			Stream.Data data = stream.readData();
			if (data == null) {
				stream.demand();
				return;
			}
			DataFrame frame = data.frame();
			byte[] bytes = new byte[frame.getByteBuffer().remaining()];
			frame.getByteBuffer().get(bytes);
			this.body.writeBytes(bytes);
			data.release();
			if (frame.isEndStream()) {
				complete(stream);
			}
			else {
				stream.demand();
			}
		}

		private void complete(Stream stream) {
			Http2Connection.this.lastAnswered = stream.getId();
			this.response.complete(new Response(this.head.getStatus(), this.head.getHttpFields(),
					this.body.toString(StandardCharsets.UTF_8)));
		}

		@Override
		public void onReset(Stream stream, ResetFrame frame, Callback callback) {
			this.response.completeExceptionally(new IllegalStateException("The stream was reset: " + frame));
			callback.succeeded();
		}

		@Override
		public void onFailure(Stream stream, int error, String reason, Throwable failure, Callback callback) {
			this.response.completeExceptionally(new IllegalStateException(reason, failure));
			callback.succeeded();
		}

	}

}
