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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.gracewrap.sample.rollout.LoadReport.Ending;
import org.jspecify.annotations.Nullable;

/**
 * Clients as kube-proxy makes them behave: each thinks, asks and waits for its answer
 * over one keep-alive connection. While the pod is routed to they may open new
 * connections; afterwards they use the ones they have until the server says
 * {@code Connection: close} or closes an idle one. Nothing is ever retried, and a client
 * whose request fails does not ask again any sooner.
 *
 * @author GraceWrap Maintainers
 */
final class Load implements Clients {

	private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

	private static final Duration RAMP = Duration.ofMillis(500);

	private static final long STACK_SIZE = 128 * 1024;

	private final InetSocketAddress address;

	private final Supplier<String> requests;

	private final Supplier<Duration> thinkTime;

	private final Consumer<HttpAnswer> answers;

	private final List<Thread> clients = new ArrayList<>();

	private final CountDownLatch stopped = new CountDownLatch(1);

	private final Tally tally = new Tally();

	/**
	 * Create a load.
	 * @param port where the server listens
	 * @param connections how many clients, each with one connection
	 * @param requests where each request comes from
	 * @param thinkTime how long a client thinks before its next request
	 * @param answers what to do with each 2xx answer
	 */
	Load(int port, int connections, Supplier<String> requests, Supplier<Duration> thinkTime,
			Consumer<HttpAnswer> answers) {
		this(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), connections, requests, thinkTime, answers);
	}

	Load(InetSocketAddress address, int connections, Supplier<String> requests, Supplier<Duration> thinkTime,
			Consumer<HttpAnswer> answers) {
		this.address = address;
		this.requests = requests;
		this.thinkTime = thinkTime;
		this.answers = answers;
		for (int i = 0; i < connections; i++) {
			int number = i;
			this.clients.add(new Thread(null, () -> new Client(number).run(), "client-" + number, STACK_SIZE));
		}
	}

	static Supplier<Duration> exponential(Duration mean) {
		return () -> Duration
			.ofNanos((long) (-mean.toNanos() * Math.log(1 - ThreadLocalRandom.current().nextDouble())));
	}

	static Supplier<Duration> uniform(Duration most) {
		return () -> Duration.ofNanos((long) (most.toNanos() * ThreadLocalRandom.current().nextDouble()));
	}

	@Override
	public void start() {
		this.clients.forEach(Thread::start);
	}

	@Override
	public Tally tally() {
		return this.tally;
	}

	@Override
	public LoadReport end(Duration atMost) throws InterruptedException {
		long deadline = System.nanoTime() + atMost.toNanos();
		for (Thread client : this.clients) {
			client.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
		}
		this.stopped.countDown();
		for (Thread client : this.clients) {
			client.join();
		}
		return this.tally.report();
	}

	@Override
	public void close() {
		this.stopped.countDown();
	}

	private boolean isStopped() {
		return this.stopped.getCount() == 0;
	}

	private final class Client {

		private final int number;

		private final Pace pace = new Pace();

		private @Nullable HttpConnection connection;

		Client(int number) {
			this.number = number;
		}

		void run() {
			try {
				pause(uniform(RAMP).get());
				while (!isStopped() && (this.connection != null || !Load.this.tally.isRoutedAway())) {
					HttpConnection connection = (this.connection != null) ? this.connection : connect();
					if (connection != null) {
						this.connection = connection;
						exchange(connection);
					}
					think();
				}
				end(Ending.LEFT_OPEN);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		private @Nullable HttpConnection connect() {
			Load.this.tally.connected();
			this.pace.sent();
			try {
				return HttpConnection.open(Load.this.address);
			}
			catch (IOException ex) {
				fail((ex instanceof ConnectException) ? Outcome.REFUSED : HttpConnection.outcome(ex),
						String.valueOf(ex.getMessage()));
				return null;
			}
		}

		private void exchange(HttpConnection connection) {
			HttpAnswer answer;
			Load.this.tally.sent();
			this.pace.sent();
			try {
				answer = connection.exchange(Load.this.requests.get(), ANSWER_TIMEOUT);
			}
			catch (IOException ex) {
				fail(HttpConnection.outcome(ex), String.valueOf(ex.getMessage()));
				end(Ending.FAILED);
				return;
			}
			finally {
				Load.this.tally.returned();
			}
			Outcome outcome = Outcome.ofStatus(answer.status());
			if (outcome == Outcome.ANSWERED) {
				accept(answer);
			}
			else {
				fail(outcome, "status " + answer.status());
			}
			if (answer.saysClose()) {
				end(Ending.SAID_CLOSE);
			}
		}

		private void accept(HttpAnswer answer) {
			try {
				Load.this.answers.accept(answer);
				Load.this.tally.answered();
				this.pace.answered();
			}
			catch (RuntimeException ex) {
				fail(Outcome.OTHER, "not what was asked for: " + ex.getMessage());
			}
		}

		private void think() throws InterruptedException {
			Duration time = this.pace.rest().plus(Load.this.thinkTime.get());
			HttpConnection connection = this.connection;
			if (connection == null) {
				pause(time);
				return;
			}
			long until = System.nanoTime() + time.toNanos();
			try {
				if (!connection.idle(time)) {
					end(Ending.CLOSED_IDLE);
					pause(Duration.ofNanos(until - System.nanoTime()));
				}
			}
			catch (ProtocolException ex) {
				fail(Outcome.OTHER, String.valueOf(ex.getMessage()));
				end(Ending.FAILED);
			}
		}

		private void pause(Duration time) throws InterruptedException {
			Load.this.stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
		}

		private void fail(Outcome outcome, String detail) {
			Load.this.tally.failed(outcome, this.number, detail);
		}

		private void end(Ending ending) {
			if (this.connection != null) {
				this.connection.close();
				this.connection = null;
				Load.this.tally.ended(ending);
			}
		}

	}

}
