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

package io.gracewrap.metrics;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import io.gracewrap.Drain;
import io.gracewrap.DrainState;
import io.gracewrap.DrainStatus;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;

/**
 * Meters of the drain. All of them are there from the start, because a registry that
 * closes hands out none, and all read what is counted anyway: nothing is written for
 * them.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class DrainMetrics implements MeterBinder {

	private static final String REQUESTS = "requests";

	private static final String STREAMS = "streams";

	private final Drain drain;

	private final ApplicationAvailability availability;

	/**
	 * Create the meters of a drain.
	 * @param drain the drain
	 * @param availability tells the readiness of the application
	 */
	public DrainMetrics(Drain drain, ApplicationAvailability availability) {
		this.drain = drain;
		this.availability = availability;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		bindRequests(registry);
		bindStates(registry);
		bindDrained(registry);
	}

	private void bindRequests(MeterRegistry registry) {
		InFlightRegistry inFlight = this.drain.registry();
		for (Protocol protocol : Protocol.values()) {
			Gauge.builder("gracewrap.inflight.requests", inFlight, (value) -> value.count(protocol))
				.description("Requests and other work in flight")
				.baseUnit(REQUESTS)
				.tag("protocol", label(protocol))
				.register(registry);
		}
		counter(registry, "gracewrap.http.requests", REQUESTS, "HTTP requests that have begun",
				(value) -> value.begun(Protocol.HTTP));
		counter(registry, "gracewrap.grpc.requests", REQUESTS, "gRPC calls that have begun",
				(value) -> value.begun(Protocol.GRPC));
		Gauge.builder("gracewrap.open.streams", inFlight, InFlightRegistry::streamCount)
			.description("Event streams and WebSocket sessions that are open")
			.baseUnit(STREAMS)
			.register(registry);
	}

	private void bindStates(MeterRegistry registry) {
		Gauge
			.builder("gracewrap.readiness.status", this.availability,
					(value) -> (value.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC) ? 1 : 0)
			.description("Whether the application accepts traffic")
			.register(registry);
		for (DrainState state : DrainState.values()) {
			Gauge.builder("gracewrap.state", this.drain, (value) -> (value.state() == state) ? 1 : 0)
				.description("Whether the drain is in this state")
				.tag("state", label(state))
				.register(registry);
			time("gracewrap.state.duration", "Time spent in this state so far",
					(status) -> status.times().getOrDefault(state, Duration.ZERO))
				.tag("state", label(state))
				.register(registry);
		}
		FunctionCounter.builder("gracewrap.shutdowns", this.drain, (value) -> value.status().stopping() ? 1 : 0)
			.description("Shutdowns that have begun")
			.baseUnit("shutdowns")
			.register(registry);
		time("gracewrap.shutdown.duration", "Time since the shutdown began, zero before", DrainStatus::elapsed)
			.register(registry);
		TimeGauge
			.builder("gracewrap.shutdown.budget", this.drain, TimeUnit.SECONDS,
					(value) -> seconds(value.settings().budget()))
			.description("Time a shutdown may take, drain and hard stop together")
			.register(registry);
	}

	private void bindDrained(MeterRegistry registry) {
		for (Protocol protocol : Protocol.values()) {
			if (protocol.isRequest()) {
				FunctionCounter
					.builder("gracewrap.late.requests", this.drain.registry(), (value) -> value.late(protocol))
					.description("Requests that arrived when the least load-balancer delay was over")
					.baseUnit(REQUESTS)
					.tag("protocol", label(protocol))
					.register(registry);
			}
		}
		counter(registry, "gracewrap.drained.requests", REQUESTS,
				"Requests and other work that finished while traffic was refused", InFlightRegistry::drained);
		FunctionCounter.builder("gracewrap.aborted.requests", this.drain, (value) -> value.status().aborted())
			.description("What was still in flight at the drain deadline and has been cut")
			.baseUnit(REQUESTS)
			.register(registry);
		counter(registry, "gracewrap.ended.streams", STREAMS, "Streams that ended while traffic was refused",
				InFlightRegistry::endedStreams);
	}

	private void counter(MeterRegistry registry, String name, String unit, String description,
			ToLongFunction<InFlightRegistry> count) {
		ToDoubleFunction<InFlightRegistry> value = count::applyAsLong;
		FunctionCounter.builder(name, this.drain.registry(), value)
			.description(description)
			.baseUnit(unit)
			.register(registry);
	}

	private TimeGauge.Builder<Drain> time(String name, String description, StatusTime time) {
		return TimeGauge.builder(name, this.drain, TimeUnit.SECONDS, (value) -> seconds(time.of(value.status())))
			.description(description);
	}

	private static double seconds(Duration time) {
		return time.toNanos() / 1e9;
	}

	private static String label(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT);
	}

	/**
	 * A time that the status of the drain tells.
	 */
	@FunctionalInterface
	private interface StatusTime {

		Duration of(DrainStatus status);

	}

}
