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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

/**
 * Asks the readiness probe of a server many times a second, each time on a connection of
 * its own, from the signal until the server accepts none.
 *
 * @author GraceWrap Maintainers
 */
final class Probes {

	private static final Duration INTERVAL = Duration.ofMillis(50);

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private final List<Probe> probes = new CopyOnWriteArrayList<>();

	private final Thread thread;

	private Probes(ServerProcess process, long signalledAt) {
		this.thread = new Thread(() -> probe(process, signalledAt), "probes");
		this.thread.setDaemon(true);
	}

	static Probes start(ServerProcess process, long signalledAt) {
		Probes probes = new Probes(process, signalledAt);
		probes.thread.start();
		return probes;
	}

	private void probe(ServerProcess process, long signalledAt) {
		boolean accepted = true;
		while (accepted) {
			long begin = System.nanoTime();
			int status = 0;
			try (HttpConnection connection = HttpConnection.open(process.port())) {
				status = connection.exchange(HttpConnection.get(process.readiness()), TIMEOUT).status();
			}
			catch (IOException ex) {
				accepted = !(ex instanceof ConnectException);
			}
			this.probes.add(new Probe(Duration.ofNanos(begin - signalledAt), status,
					Duration.ofNanos(System.nanoTime() - begin)));
			try {
				Thread.sleep(INTERVAL.toMillis());
			}
			catch (InterruptedException ex) {
				return;
			}
		}
	}

	/**
	 * Return the probes once the server accepts none any more.
	 * @return all of them
	 * @throws InterruptedException if interrupted
	 */
	List<Probe> end() throws InterruptedException {
		this.thread.join(TIMEOUT.toMillis());
		this.thread.interrupt();
		return List.copyOf(this.probes);
	}

	/**
	 * A probe.
	 *
	 * @param sinceSignal when it was asked
	 * @param status the status, or 0 if there was no answer
	 * @param time how long the answer took
	 */
	record Probe(Duration sinceSignal, int status, Duration time) {

	}

	/**
	 * What the probes of one window were answered.
	 *
	 * @param answered how many were answered
	 * @param unanswered how many were not
	 * @param refusedAfter when the first one that was refused was answered, since the
	 * signal, or {@code null} if none was
	 * @param acceptedAfterwards how many were not refused afterwards
	 * @param median the time half of the answers took at most
	 * @param most the time 99 of 100 answers took at most
	 */
	record Summary(long answered, long unanswered, @Nullable Duration refusedAfter, long acceptedAfterwards,
			Duration median, Duration most) {

		private static final int REFUSED = 503;

		/**
		 * Sum up the probes that were asked in the window.
		 * @param probes all probes
		 * @param window the end of the window, since the signal
		 * @return what they were answered
		 */
		static Summary of(List<Probe> probes, Duration window) {
			List<Probe> all = probes.stream().filter((probe) -> probe.sinceSignal().compareTo(window) < 0).toList();
			List<Probe> answered = all.stream().filter((probe) -> probe.status() > 0).toList();
			@Nullable Duration refused = answered.stream()
				.filter((probe) -> probe.status() == REFUSED)
				.map((probe) -> probe.sinceSignal().plus(probe.time()))
				.findFirst()
				.orElse(null);
			long accepted = answered.stream()
				.filter((probe) -> refused != null && probe.sinceSignal().compareTo(refused) > 0
						&& probe.status() != REFUSED)
				.count();
			List<Duration> times = answered.stream().map(Probe::time).sorted().toList();
			return new Summary(answered.size(), all.size() - answered.size(), refused, accepted, share(times, 0.5),
					share(times, 0.99));
		}

		private static Duration share(List<Duration> sorted, double share) {
			return sorted.isEmpty() ? Duration.ZERO : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
		}

		@Override
		public String toString() {
			return "%d answered, %d not; %s, %d not 503 afterwards; half within %d ms, 99 %% within %d ms".formatted(
					this.answered, this.unanswered,
					(this.refusedAfter != null) ? "503 after " + this.refusedAfter.toMillis() + " ms" : "never 503",
					this.acceptedAfterwards, this.median.toMillis(), this.most.toMillis());
		}

	}

}
