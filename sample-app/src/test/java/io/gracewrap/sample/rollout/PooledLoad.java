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

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Threads that share a pooled client. The service they ask has another pod, so they go on
 * while the one that is rolled out goes: what is answered elsewhere is not counted. Each
 * of them asks once more when the process has gone, as a connection may still be in the
 * pool.
 *
 * @author GraceWrap Maintainers
 */
final class PooledLoad implements Clients {

	private static final Supplier<Duration> THINK_TIME = Load.exponential(Duration.ofMillis(50));

	private final Elsewhere elsewhere = new Elsewhere();

	private final Tally tally = new Tally();

	private final Forwarder service;

	private final PooledClient client;

	private final String path;

	private final @Nullable String json;

	private final Consumer<String> answers;

	private final ClientThreads threads;

	private volatile boolean ending;

	/**
	 * Create a load.
	 * @param kind the client
	 * @param port where the server listens
	 * @param threads how many threads use the client
	 * @param path what they ask for
	 * @param json what they send, or {@code null} for a GET
	 * @param answers what to do with the body of each 2xx answer
	 * @throws IOException if there is no elsewhere
	 */
	PooledLoad(PooledClient.Kind kind, int port, int threads, String path, @Nullable String json,
			Consumer<String> answers) throws IOException {
		this.service = new Forwarder(() -> this.tally.isRoutedAway() ? this.elsewhere.port() : port,
				this.tally::connected);
		this.client = kind.create(this.service.port(), threads);
		this.path = path;
		this.json = json;
		this.answers = answers;
		this.threads = new ClientThreads(threads, this::run);
	}

	private void run(int thread) {
		Pace pace = new Pace();
		boolean last = false;
		while (!last && !this.threads.pause(pace.rest().plus(THINK_TIME.get()))) {
			last = this.ending;
			exchange(thread, pace);
		}
	}

	private void exchange(int thread, Pace pace) {
		this.tally.sent();
		pace.sent();
		try {
			PooledClient.Answer answer = this.client.send(this.path, this.json);
			Outcome outcome = Outcome.ofStatus(answer.status());
			if (outcome != Outcome.ANSWERED) {
				this.tally.failed(outcome, thread, "status " + answer.status());
			}
			else if (!answer.body().equals(Elsewhere.TEXT)) {
				this.answers.accept(answer.body());
				this.tally.answered();
				pace.answered();
			}
		}
		catch (Throwable ex) {
			Throwable cause = rootCause(ex);
			this.tally.failed(outcome(cause), thread, cause.getClass().getSimpleName() + ": " + cause.getMessage());
		}
		finally {
			this.tally.returned();
		}
	}

	private static Throwable rootCause(Throwable ex) {
		Throwable cause = ex;
		while (cause.getCause() != null) {
			cause = cause.getCause();
		}
		return cause;
	}

	private static Outcome outcome(Throwable cause) {
		if (cause instanceof ConnectException) {
			return Outcome.REFUSED;
		}
		if (cause instanceof SocketTimeoutException) {
			return Outcome.OTHER;
		}
		String message = String.valueOf(cause.getMessage());
		if (cause instanceof SocketException || message.contains("reset")) {
			return Outcome.RESET;
		}
		return (cause instanceof EOFException || cause instanceof IOException) ? Outcome.CUT_SHORT : Outcome.OTHER;
	}

	@Override
	public void start() {
		this.threads.start();
	}

	@Override
	public Tally tally() {
		return this.tally;
	}

	@Override
	public LoadReport end(Duration atMost) throws InterruptedException {
		long deadline = System.nanoTime() + atMost.toNanos();
		while (!this.tally.isRoutedAway() && System.nanoTime() - deadline < 0) {
			Thread.sleep(20);
		}
		this.ending = true;
		this.threads.end(atMost);
		return this.tally.lastReport();
	}

	@Override
	public void close() {
		this.threads.stop();
		try {
			this.client.close();
		}
		catch (IOException ex) {
			// The process it has been talking to is gone.
		}
		this.service.close();
		this.elsewhere.close();
	}

}
