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

import java.time.Duration;

import org.springframework.util.Assert;

/**
 * The times of the drain, complete and consistent.
 *
 * @param loadBalancerDelay least time between the readiness flip and the servers' stop
 * @param quietPeriod how long no request may have arrived before the servers stop
 * @param maxLoadBalancerDelay most time before the servers stop, however busy
 * @param drainTimeout time from the beginning of the stop until what is in flight must be
 * done
 * @param hardStopTimeout time from there until the JVM must be gone
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public record DrainSettings(Duration loadBalancerDelay, Duration quietPeriod, Duration maxLoadBalancerDelay,
		Duration drainTimeout, Duration hardStopTimeout) {

	/**
	 * Create settings, all of them zero or positive.
	 * @throws IllegalArgumentException if a duration is negative
	 */
	public DrainSettings {
		Assert.isTrue(!loadBalancerDelay.isNegative(), "'loadBalancerDelay' must not be negative");
		Assert.isTrue(!quietPeriod.isNegative(), "'quietPeriod' must not be negative");
		Assert.isTrue(!maxLoadBalancerDelay.isNegative(), "'maxLoadBalancerDelay' must not be negative");
		Assert.isTrue(!drainTimeout.isNegative(), "'drainTimeout' must not be negative");
		Assert.isTrue(!hardStopTimeout.isNegative(), "'hardStopTimeout' must not be negative");
	}

	/**
	 * Return the time from the beginning of the stop until the JVM must be gone.
	 * @return drain timeout and hard-stop timeout together
	 */
	public Duration budget() {
		return this.drainTimeout.plus(this.hardStopTimeout);
	}

}
