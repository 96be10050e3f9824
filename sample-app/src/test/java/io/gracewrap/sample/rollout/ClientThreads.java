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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * One thread for each client, until they are told to stop.
 *
 * @author GraceWrap Maintainers
 */
final class ClientThreads {

	private static final Duration RAMP = Duration.ofMillis(500);

	private static final long STACK_SIZE = 512 * 1024;

	private final List<Thread> threads = new ArrayList<>();

	private final CountDownLatch stopped = new CountDownLatch(1);

	/**
	 * Create the threads.
	 * @param count how many
	 * @param client what each does, given its number, after a moment of its own
	 */
	ClientThreads(int count, IntConsumer client) {
		for (int i = 0; i < count; i++) {
			int number = i;
			this.threads.add(new Thread(null, () -> {
				if (!pause(Duration.ofNanos(ThreadLocalRandom.current().nextLong(RAMP.toNanos())))) {
					client.accept(number);
				}
			}, "client-" + number, STACK_SIZE));
		}
	}

	void start() {
		this.threads.forEach(Thread::start);
	}

	boolean isStopped() {
		return this.stopped.getCount() == 0;
	}

	/**
	 * Let time pass, or less if the clients are to stop.
	 * @param time how long
	 * @return whether the clients are to stop
	 */
	boolean pause(Duration time) {
		try {
			return this.stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return true;
		}
	}

	/**
	 * Wait until all clients have finished, and stop those that have not.
	 * @param atMost how long to wait
	 * @throws InterruptedException if interrupted
	 */
	void end(Duration atMost) throws InterruptedException {
		long deadline = System.nanoTime() + atMost.toNanos();
		for (Thread thread : this.threads) {
			thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
		}
		stop();
		for (Thread thread : this.threads) {
			thread.join(Math.max(1, TimeUnit.SECONDS.toMillis(60)));
		}
	}

	void stop() {
		this.stopped.countDown();
	}

}
