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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.gracewrap.sample.rollout.LoadReport.Ending;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 clients, several to a connection. A connection that the server asks to go by
 * GOAWAY gets no more streams, and is replaced while the pod is routed to.
 *
 * @author GraceWrap Maintainers
 */
final class Http2Load implements Clients {

	private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

	private static final Duration THINK_TIME = Duration.ofMillis(20);

	private final int port;

	private final String target;

	private final Consumer<String> answers;

	private final HTTP2Client client = new HTTP2Client();

	private final Tally tally = new Tally();

	private final Connection[] connections;

	private final ClientThreads clients;

	/**
	 * Create the load.
	 * @param port where the server listens
	 * @param connections how many connections
	 * @param streams how many clients share one
	 * @param target what they ask for
	 * @param answers fails if the answer is not the whole one
	 */
	Http2Load(int port, int connections, int streams, String target, Consumer<String> answers) {
		this.port = port;
		this.target = target;
		this.answers = answers;
		this.connections = new Connection[connections];
		this.clients = new ClientThreads(connections * streams, this::ask);
	}

	private void ask(int client) {
		int number = client % this.connections.length;
		Pace pace = new Pace();
		while (!this.clients.isStopped()) {
			Connection connection;
			pace.sent();
			try {
				connection = connection(number);
			}
			catch (Exception ex) {
				this.tally.failed(Outcome.REFUSED, client, String.valueOf(ex.getMessage()));
				this.clients.pause(pace.rest().plus(THINK_TIME));
				continue;
			}
			if (connection == null) {
				return;
			}
			exchange(connection, client, pace);
			this.clients.pause(pace.rest().plus(Load.exponential(THINK_TIME).get()));
		}
	}

	/**
	 * Return the connection that takes a new stream.
	 * @param number the number of the connection
	 * @return the connection, {@code null} if there is none and no new one may be opened
	 * @throws Exception if it cannot be opened
	 */
	private @Nullable Connection connection(int number) throws Exception {
		synchronized (this.connections) {
			Connection connection = this.connections[number];
			if (connection == null || connection.leaving) {
				connection = this.tally.isRoutedAway() ? null : connect();
				this.connections[number] = connection;
			}
			return connection;
		}
	}

	private Connection connect() throws Exception {
		Connection connection = new Connection();
		connection.session = this.client
			.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.port), connection)
			.get(10, TimeUnit.SECONDS);
		return connection;
	}

	private void exchange(Connection connection, int client, Pace pace) {
		Exchange exchange = new Exchange();
		HttpFields.Mutable fields = HttpFields.build();
		MetaData.Request request = new MetaData.Request("GET",
				HttpURI.from("http://localhost:" + this.port + this.target), HttpVersion.HTTP_2, fields);
		try {
			if (!send(connection, request, exchange)) {
				return;
			}
			int status = exchange.answered.get(ANSWER_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
			if (status / 100 == 2) {
				this.answers.accept(exchange.body.toString(StandardCharsets.UTF_8));
				this.tally.answered();
				pace.answered();
			}
			else {
				this.tally.failed(Outcome.ofStatus(status), client, "status " + status);
			}
		}
		catch (ExecutionException ex) {
			this.tally.failed(Outcome.RESET, client, String.valueOf(ex.getCause()));
			connection.leaving = true;
		}
		catch (TimeoutException ex) {
			this.tally.failed(Outcome.OTHER, client, "no answer");
		}
		catch (IllegalStateException ex) {
			this.tally.failed(Outcome.OTHER, client, "wrong answer: " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Send a request, unless the connection is to get no more: the client knows before it
	 * can say so.
	 * @param connection the connection
	 * @param request the request
	 * @param exchange hears of the answer
	 * @return {@code false} if nothing was sent because the server has sent GOAWAY
	 * @throws ExecutionException if it could not be sent otherwise
	 * @throws InterruptedException if interrupted
	 * @throws TimeoutException if it could not be sent in time
	 */
	private boolean send(Connection connection, MetaData.Request request, Exchange exchange)
			throws ExecutionException, InterruptedException, TimeoutException {
		try {
			connection.session.newStream(new HeadersFrame(request, null, true), exchange)
				.get(ANSWER_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
			return true;
		}
		catch (ExecutionException ex) {
			if (!(ex.getCause() instanceof IllegalStateException) || !connection.goneAway.await(1, TimeUnit.SECONDS)) {
				throw ex;
			}
			return false;
		}
	}

	@Override
	public void start() throws Exception {
		this.client.start();
		this.clients.start();
	}

	@Override
	public Tally tally() {
		return this.tally;
	}

	@Override
	public LoadReport end(Duration atMost) throws InterruptedException {
		this.clients.end(atMost);
		return this.tally.report();
	}

	@Override
	public void close() {
		this.clients.stop();
		try {
			this.client.stop();
		}
		catch (Exception ex) {
			// Nobody waits for anything from it any more.
		}
	}

	private final class Connection implements Session.Listener {

		@SuppressWarnings("NullAway.Init")
		private volatile Session session;

		private volatile boolean leaving;

		private final CountDownLatch goneAway = new CountDownLatch(1);

		@Override
		public void onGoAway(Session session, GoAwayFrame frame) {
			if (!this.leaving) {
				this.leaving = true;
				Http2Load.this.tally.ended(Ending.SAID_CLOSE);
			}
			this.goneAway.countDown();
		}

		@Override
		public void onClose(Session session, GoAwayFrame frame, Callback callback) {
			closed();
			callback.succeeded();
		}

		@Override
		public void onFailure(Session session, Throwable failure, Callback callback) {
			closed();
			callback.succeeded();
		}

		private void closed() {
			if (!this.leaving) {
				this.leaving = true;
				Http2Load.this.tally.ended(Ending.CLOSED_IDLE);
			}
		}

	}

	/**
	 * Hears of the answer.
	 */
	private static final class Exchange implements Stream.Listener {

		private final CompletableFuture<Integer> answered = new CompletableFuture<>();

		private final ByteArrayOutputStream body = new ByteArrayOutputStream();

		private volatile int status;

		@Override
		public void onHeaders(Stream stream, HeadersFrame frame) {
			if (frame.getMetaData() instanceof MetaData.Response response) {
				this.status = response.getStatus();
				if (response.getHttpFields().contains(HttpHeader.CONNECTION)) {
					this.answered
						.completeExceptionally(new IllegalStateException("HTTP/2 forbids the connection header"));
				}
			}
			if (frame.isEndStream()) {
				this.answered.complete(this.status);
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
			byte[] bytes = new byte[data.frame().remaining()];
			data.frame().getByteBuffer().get(bytes);
			this.body.writeBytes(bytes);
			data.release();
			if (data.frame().isEndStream()) {
				this.answered.complete(this.status);
			}
			else {
				stream.demand();
			}
		}

		@Override
		public void onReset(Stream stream, ResetFrame frame, Callback callback) {
			this.answered.completeExceptionally(new IllegalStateException("reset " + frame.getError()));
			callback.succeeded();
		}

		@Override
		public void onFailure(Stream stream, int error, String reason, Throwable failure, Callback callback) {
			this.answered.completeExceptionally(new IllegalStateException("failed " + reason));
			callback.succeeded();
		}

	}

}
