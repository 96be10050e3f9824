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
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * A number of requests that twenty clients send one after the other, over keep-alive
 * connections and without any retry. A client whose connection has gone opens a new one:
 * to the pod while it is routed to, elsewhere afterwards.
 *
 * @author GraceWrap Maintainers
 */
final class BatchLoad implements Clients {

	private static final int CLIENTS = 20;

	private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

	private final Elsewhere elsewhere = new Elsewhere();

	private final Tally tally = new Tally();

	private final String request;

	private final AtomicInteger left;

	private final Forwarder service;

	private final ClientThreads clients;

	/**
	 * Create a load.
	 * @param port where the server listens
	 * @param count how many requests
	 * @param target what they ask for
	 * @throws IOException if there is no elsewhere
	 */
	BatchLoad(int port, int count, String target) throws IOException {
		this.request = HttpConnection.get(target);
		this.left = new AtomicInteger(count);
		this.service = new Forwarder(() -> this.tally.isRoutedAway() ? this.elsewhere.port() : port,
				this.tally::connected);
		this.clients = new ClientThreads(CLIENTS, this::run);
	}

	/**
	 * Return how long the requests take together if all is well.
	 * @param count how many requests
	 * @param each how long each takes
	 * @return the time
	 */
	static Duration time(int count, Duration each) {
		return each.multipliedBy(count).dividedBy(CLIENTS);
	}

	private void run(int client) {
		HttpConnection connection = null;
		Pace pace = new Pace();
		while (!this.clients.pause(pace.rest()) && this.left.getAndDecrement() > 0) {
			connection = exchange(client, connection, pace);
		}
		if (connection != null) {
			connection.close();
		}
	}

	private @Nullable HttpConnection exchange(int client, @Nullable HttpConnection used, Pace pace) {
		HttpConnection connection = used;
		this.tally.sent();
		pace.sent();
		try {
			if (connection == null) {
				connection = HttpConnection.open(this.service.port());
			}
			HttpAnswer answer = connection.exchange(this.request, ANSWER_TIMEOUT);
			Outcome outcome = Outcome.ofStatus(answer.status());
			if (outcome == Outcome.ANSWERED) {
				this.tally.answered();
				if (!answer.text().equals(Elsewhere.TEXT)) {
					pace.answered();
				}
			}
			else {
				this.tally.failed(outcome, client, "status " + answer.status());
			}
			if (!answer.saysClose() && connection.idle(pace.rest().plusMillis(1))) {
				return connection;
			}
			connection.close();
		}
		catch (IOException ex) {
			this.tally.failed((ex instanceof ConnectException) ? Outcome.REFUSED : HttpConnection.outcome(ex), client,
					String.valueOf(ex.getMessage()));
			if (connection != null) {
				connection.close();
			}
		}
		finally {
			this.tally.returned();
		}
		return null;
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
		for (int i = this.left.get(); i > 0; i--) {
			this.tally.failed(Outcome.OTHER, 0, "not sent in time");
		}
		return this.tally.lastReport();
	}

	@Override
	public void close() {
		this.clients.stop();
		this.service.close();
		this.elsewhere.close();
	}

}
