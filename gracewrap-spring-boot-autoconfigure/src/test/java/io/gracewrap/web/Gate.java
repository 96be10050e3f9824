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

package io.gracewrap.web;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Where handlers wait until the test lets them go on.
 *
 * @author GraceWrap Maintainers
 */
public final class Gate {

	private final Semaphore arrivals = new Semaphore(0);

	private volatile CountDownLatch opened = new CountDownLatch(1);

	/**
	 * Arrive, and wait until the gate opens.
	 * @throws InterruptedException if interrupted, which is not the end of all tests
	 */
	public void pass() throws InterruptedException {
		CountDownLatch opened = this.opened;
		this.arrivals.release();
		await(opened.await(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
	}

	/**
	 * Arrive, and go on.
	 */
	public void arrive() {
		this.arrivals.release();
	}

	/**
	 * Wait until handlers have arrived since this was last asked.
	 * @param number how many
	 * @throws InterruptedException if interrupted
	 */
	public void awaitArrivals(int number) throws InterruptedException {
		await(this.arrivals.tryAcquire(number, ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
	}

	private static void await(boolean happened) {
		if (!happened) {
			throw new IllegalStateException("It has not happened in time");
		}
	}

	/**
	 * Let through whoever waits, and close the gate again.
	 */
	public void open() {
		CountDownLatch opened = this.opened;
		this.opened = new CountDownLatch(1);
		opened.countDown();
	}

}
