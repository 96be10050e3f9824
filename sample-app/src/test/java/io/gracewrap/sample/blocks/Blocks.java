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

package io.gracewrap.sample.blocks;

import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Blocks of requests, two and two: one that GraceWrap sees and one that it does not, in
 * random order.
 *
 * @author GraceWrap Maintainers
 */
final class Blocks {

	/**
	 * Less than a tenth of a second each, so that what drifts meets both.
	 */
	private static final int SIZE = 500;

	/** The first of each block, while requests of the one before are still served. */
	private static final int UNTIMED = 50;

	private final Consumer<String> output;

	private final AtomicInteger requests = new AtomicInteger();

	private volatile boolean bypassing;

	private boolean second;

	private boolean begun;

	private long begin;

	private double with;

	private double without;

	Blocks(Consumer<String> output) {
		this.output = output;
	}

	/**
	 * A request begins.
	 * @return whether it passes GraceWrap by
	 */
	boolean bypasses() {
		int number = this.requests.incrementAndGet() % SIZE;
		if (number == UNTIMED) {
			begin();
		}
		else if (number == 0) {
			end();
		}
		return this.bypassing;
	}

	private synchronized void begin() {
		this.begin = System.nanoTime();
		this.begun = true;
	}

	private synchronized void end() {
		// Not begun if another thread was late, which is no measurement.
		double micros = this.begun ? (System.nanoTime() - this.begin) / 1_000.0 / (SIZE - UNTIMED) : Double.NaN;
		this.begun = false;
		if (this.bypassing) {
			this.without = micros;
		}
		else {
			this.with = micros;
		}
		if (!this.second) {
			this.bypassing = !this.bypassing;
		}
		else {
			if (!Double.isNaN(this.with - this.without)) {
				this.output.accept(String.format(Locale.ROOT, "Blocks: %.3f %.3f", this.with, this.without));
			}
			this.bypassing = ThreadLocalRandom.current().nextBoolean();
		}
		this.second = !this.second;
	}

}
