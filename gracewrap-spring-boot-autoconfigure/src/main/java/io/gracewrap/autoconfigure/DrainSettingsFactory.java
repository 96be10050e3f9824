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

package io.gracewrap.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import io.gracewrap.DrainSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.diagnostics.FailureAnalyzedException;

/**
 * Completes the properties to consistent settings: what is unset follows what is set, and
 * what cannot be is refused with a value that would fit.
 *
 * @author GraceWrap Maintainers
 */
class DrainSettingsFactory {

	private static final Duration DEFAULT_END_STREAMS_WITHIN = Duration.ofSeconds(1);

	private static final Duration KUBERNETES_DELAY = Duration.ofSeconds(5);

	private static final Duration DEFAULT_DELAY = Duration.ofSeconds(1);

	/** More is a mistake, and far less than a counter of nanoseconds can hold. */
	private static final Duration LONGEST = Duration.ofDays(365);

	private final boolean kubernetes;

	DrainSettingsFactory(boolean kubernetes) {
		this.kubernetes = kubernetes;
	}

	DrainSettings create(GraceWrapProperties properties) {
		Duration drain = properties.getDrainTimeout();
		Duration hardStop = properties.getHardStopTimeout();
		Duration quiet = properties.getQuietPeriod();
		Duration delay = properties.getLoadBalancerDelay();
		Duration mostDelay = properties.getMaxLoadBalancerDelay();
		Duration gracePeriod = properties.getTerminationGracePeriod();
		check("drain-timeout", drain);
		check("hard-stop-timeout", hardStop);
		check("quiet-period", quiet);
		check("load-balancer-delay", delay);
		check("max-load-balancer-delay", mostDelay);
		check("termination-grace-period", gracePeriod);
		check("pre-stop-sleep", properties.getPreStopSleep());
		check("end-streams-within", properties.getEndStreamsWithin());
		Duration within = properties.getEndStreamsWithin();
		if (within != null && within.compareTo(drain) > 0) {
			throw tooLong("end-streams-within", within, "drain-timeout", drain, "in which they must have ended");
		}
		if (mostDelay == null) {
			Duration threeFifths = drain.multipliedBy(3).dividedBy(5);
			mostDelay = (delay != null && delay.compareTo(threeFifths) > 0) ? delay : threeFifths;
			if (mostDelay.compareTo(drain) > 0) {
				throw tooLong("load-balancer-delay", mostDelay, "drain-timeout", drain, "which it is part of");
			}
		}
		else if (mostDelay.compareTo(drain) > 0) {
			throw tooLong("max-load-balancer-delay", mostDelay, "drain-timeout", drain, "which it is part of");
		}
		if (delay == null) {
			delay = this.kubernetes ? KUBERNETES_DELAY : DEFAULT_DELAY;
			delay = (delay.compareTo(mostDelay) > 0) ? mostDelay : delay;
		}
		else if (delay.compareTo(mostDelay) > 0) {
			throw tooLong("load-balancer-delay", delay, "max-load-balancer-delay", mostDelay, "its maximum");
		}
		DrainSettings settings = new DrainSettings(delay, quiet, mostDelay, drain, hardStop);
		checkBudget(settings, gracePeriod, properties.getPreStopSleep(), partsOfTheDrain(properties));
		return settings;
	}

	static Duration endStreamsWithin(GraceWrapProperties properties) {
		Duration within = properties.getEndStreamsWithin();
		if (within != null) {
			return within;
		}
		Duration fifth = properties.getDrainTimeout().dividedBy(5);
		return (fifth.compareTo(DEFAULT_END_STREAMS_WITHIN) < 0) ? fifth : DEFAULT_END_STREAMS_WITHIN;
	}

	static void check(String name, @Nullable Duration value) {
		if (value != null && value.isNegative()) {
			throw new FailureAnalyzedException(
					"The property '%s' is %s, but it must not be negative.".formatted(property(name), print(value)),
					"Set '%s' to zero or more, for example %s.".formatted(property(name), print(value.negated())));
		}
		if (value != null && value.compareTo(LONGEST) > 0) {
			throw new FailureAnalyzedException("The property '%s' is %s, which is longer than any shutdown can take."
				.formatted(property(name), print(value)),
					"Set '%s' to at most %s.".formatted(property(name), print(LONGEST)));
		}
	}

	private static FailureAnalyzedException tooLong(String name, Duration value, String limitName, Duration limit,
			String reason) {
		return new FailureAnalyzedException(
				"The property '%s' is %s, which is longer than '%s' (%s), %s.".formatted(property(name), print(value),
						property(limitName), print(limit), reason),
				"Set '%s' to at most %s, or '%s' to at least %s.".formatted(property(name), print(limit),
						property(limitName), print(value)));
	}

	/**
	 * Find what no drain timeout may be shorter than.
	 * @param properties what has been set
	 * @return the longest of what has to fit into it
	 */
	private static Duration partsOfTheDrain(GraceWrapProperties properties) {
		Duration longest = Duration.ZERO;
		for (Duration part : new @Nullable Duration[] { properties.getLoadBalancerDelay(),
				properties.getMaxLoadBalancerDelay(), properties.getEndStreamsWithin() }) {
			longest = (part != null && part.compareTo(longest) > 0) ? part : longest;
		}
		return longest;
	}

	private static void checkBudget(DrainSettings settings, @Nullable Duration gracePeriod,
			@Nullable Duration preStopSleep, Duration leastDrain) {
		Duration sleep = (preStopSleep != null) ? preStopSleep : Duration.ZERO;
		Duration needed = settings.budget().plus(sleep);
		if (gracePeriod == null || needed.compareTo(gracePeriod) <= 0) {
			return;
		}
		Duration fittingDrain = gracePeriod.minus(needed.minus(settings.drainTimeout()));
		throw new FailureAnalyzedException(
				"The properties %s'%s' (%s) and '%s' (%s) together take %s, which is longer than '%s' (%s): the pod would be killed before it has stopped."
					.formatted(sleep.isZero() ? "" : "'%s' (%s), ".formatted(property("pre-stop-sleep"), print(sleep)),
							property("drain-timeout"), print(settings.drainTimeout()), property("hard-stop-timeout"),
							print(settings.hardStopTimeout()), print(needed), property("termination-grace-period"),
							print(gracePeriod)),
				(fittingDrain.isNegative() || fittingDrain.isZero() || fittingDrain.compareTo(leastDrain) < 0)
						? "Raise '%s' to at least %s, and the pod's terminationGracePeriodSeconds with it, or lower the others."
							.formatted(property("termination-grace-period"), print(needed))
						: "Set '%s' to at most %s, or raise '%s' to at least %s, and the pod's terminationGracePeriodSeconds with it."
							.formatted(property("drain-timeout"), print(fittingDrain),
									property("termination-grace-period"), print(needed)));
	}

	private static String property(String name) {
		return "gracewrap." + name;
	}

	private static String print(Duration value) {
		if (value.getNano() == 0) {
			return DurationStyle.SIMPLE.print(value, ChronoUnit.SECONDS);
		}
		return DurationStyle.SIMPLE.print(value,
				(value.toNanosPart() % 1_000_000 == 0) ? ChronoUnit.MILLIS : ChronoUnit.NANOS);
	}

}
