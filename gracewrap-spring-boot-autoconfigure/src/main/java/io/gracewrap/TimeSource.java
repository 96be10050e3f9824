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

package io.gracewrap;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Monotonic time and a way to let it pass, so that unit tests need not sleep.
 *
 * @author GraceWrap Maintainers
 */
interface TimeSource {

	TimeSource SYSTEM = new TimeSource() {

		@Override
		public long nanoTime() {
			return System.nanoTime();
		}

		@Override
		public void pause(long nanos) {
			LockSupport.parkNanos(this, nanos);
		}

	};

	long nanoTime();

	/**
	 * Let at most the given time pass. Returns early if the thread is interrupted.
	 * @param nanos nanoseconds to wait
	 */
	void pause(long nanos);

	static double seconds(long nanos) {
		return nanos / (double) TimeUnit.SECONDS.toNanos(1);
	}

}
