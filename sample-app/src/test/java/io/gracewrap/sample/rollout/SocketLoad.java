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

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.gracewrap.sample.rollout.LoadReport.Ending;
import org.jspecify.annotations.Nullable;

/**
 * Clients with a WebSocket session each, which reconnect while the pod is routed to. A
 * session counts as answered if it was closed with status 1001, going away.
 *
 * @author GraceWrap Maintainers
 */
final class SocketLoad implements Clients {

	private static final int GOING_AWAY = 1001;

	private static final Duration RETRY = Duration.ofMillis(500);

	private final URI uri;

	private final HttpClient client = HttpClient.newHttpClient();

	private final Tally tally = new Tally();

	private final ClientThreads clients;

	SocketLoad(int port, int sessions) {
		this.uri = URI.create("ws://localhost:" + port + "/feed/socket");
		this.clients = new ClientThreads(sessions, this::listen);
	}

	private void listen(int client) {
		do {
			CompletableFuture<Integer> closed = new CompletableFuture<>();
			try {
				WebSocket session = this.client.newWebSocketBuilder()
					.buildAsync(this.uri, new Listener(closed))
					.get(30, TimeUnit.SECONDS);
				this.tally.begun();
				int status = await(closed);
				session.abort();
				if (status == GOING_AWAY) {
					this.tally.answered();
					this.tally.ended(Ending.SAID_CLOSE);
				}
				else {
					this.tally.failed(Outcome.CUT_SHORT, client, "close code " + status);
					this.tally.ended(Ending.FAILED);
				}
			}
			catch (ExecutionException | TimeoutException ex) {
				this.tally.failed(Outcome.RESET, client, String.valueOf(ex.getMessage()));
				this.tally.ended(Ending.FAILED);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return;
			}
		}
		while (!this.clients.pause(RETRY) && !this.tally.isRoutedAway());
	}

	private int await(CompletableFuture<Integer> closed)
			throws InterruptedException, ExecutionException, TimeoutException {
		while (true) {
			try {
				return closed.get(100, TimeUnit.MILLISECONDS);
			}
			catch (TimeoutException ex) {
				if (this.clients.isStopped()) {
					throw ex;
				}
			}
		}
	}

	@Override
	public void start() {
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
	}

	private record Listener(CompletableFuture<Integer> closed) implements WebSocket.Listener {

		@Override
		public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
			this.closed.complete(statusCode);
			return null;
		}

		@Override
		public void onError(WebSocket webSocket, Throwable error) {
			this.closed.completeExceptionally(error);
		}

	}

}
