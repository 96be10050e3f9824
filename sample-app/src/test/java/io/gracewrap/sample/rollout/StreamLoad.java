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

import java.io.IOException;
import java.time.Duration;

import io.gracewrap.sample.rollout.LoadReport.Ending;

/**
 * Clients that listen to an event stream until the server ends it, and then reconnect
 * while the pod is routed to, as browsers do. A stream counts as answered if it ended
 * with the end of a message and, where it has chunks, of the last one.
 *
 * @author GraceWrap Maintainers
 */
final class StreamLoad implements Clients {

	private static final Duration SILENCE = Duration.ofSeconds(30);

	private static final Duration RETRY = Duration.ofMillis(500);

	private final int port;

	private final Tally tally = new Tally();

	private final ClientThreads clients;

	StreamLoad(int port, int streams) {
		this.port = port;
		this.clients = new ClientThreads(streams, this::listen);
	}

	private void listen(int client) {
		do {
			try (HttpConnection connection = HttpConnection.open(this.port)) {
				HttpAnswer answer = connection.exchange(HttpConnection.getEvents("/feed"), SILENCE, this.tally::begun);
				this.tally.ended(answer.saysClose() ? Ending.SAID_CLOSE : Ending.LEFT_OPEN);
				if (answer.status() == 200 && answer.text().endsWith("\n\n")) {
					this.tally.answered();
				}
				else {
					this.tally.failed(Outcome.CUT_SHORT, client,
							"status " + answer.status() + ", ended within a message");
				}
			}
			catch (IOException ex) {
				this.tally.failed(HttpConnection.outcome(ex), client, String.valueOf(ex.getMessage()));
				this.tally.ended(Ending.FAILED);
			}
		}
		while (!this.clients.pause(RETRY) && !this.tally.isRoutedAway());
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

}
