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

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.gracewrap.Drain;
import io.gracewrap.DrainParticipant;
import io.gracewrap.DrainState;
import io.gracewrap.InFlight;
import io.gracewrap.Protocol;
import io.gracewrap.autoconfigure.GraceWrapAutoConfiguration;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DrainMetrics}.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(60)
class DrainMetricsTests {

	private final ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
		.web(WebApplicationType.NONE)
		.registerShutdownHook(false)
		.run("--gracewrap.drain-timeout=3s", "--gracewrap.load-balancer-delay=0s", "--gracewrap.quiet-period=0s",
				"--gracewrap.hard-stop-timeout=2s");

	private final Drain drain = this.context.getBean(Drain.class);

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final DrainMetrics metrics = new DrainMetrics(this.drain,
			this.context.getBean(ApplicationAvailability.class));

	DrainMetricsTests() {
		this.metrics.bindTo(this.registry);
	}

	@AfterEach
	void close() {
		this.context.close();
	}

	@Test
	void everyNameIsThereForPrometheusBeforeAnyShutdown() {
		PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		this.metrics.bindTo(prometheus);
		List<String> scrape = prometheus.scrape().lines().toList();
		assertThat(scrape).filteredOn((line) -> line.startsWith("# TYPE"))
			.containsExactlyInAnyOrder("# TYPE gracewrap_aborted_requests_total counter",
					"# TYPE gracewrap_drained_requests_total counter", "# TYPE gracewrap_ended_streams_total counter",
					"# TYPE gracewrap_grpc_requests_total counter", "# TYPE gracewrap_http_requests_total counter",
					"# TYPE gracewrap_inflight_requests gauge", "# TYPE gracewrap_late_requests_total counter",
					"# TYPE gracewrap_open_streams gauge", "# TYPE gracewrap_readiness_status gauge",
					"# TYPE gracewrap_shutdown_budget_seconds gauge",
					"# TYPE gracewrap_shutdown_duration_seconds gauge", "# TYPE gracewrap_shutdowns_total counter",
					"# TYPE gracewrap_state gauge", "# TYPE gracewrap_state_duration_seconds gauge");
		assertThat(scrape).filteredOn((line) -> line.startsWith("# HELP"))
			.hasSize(14)
			.allSatisfy((line) -> assertThat(line.split(" ", 4)[3]).isNotBlank());
		assertThat(scrape).filteredOn((line) -> !line.startsWith("#") && !line.contains("state=\"serving\""))
			.containsExactlyInAnyOrder("gracewrap_aborted_requests_total 0.0", "gracewrap_drained_requests_total 0.0",
					"gracewrap_ended_streams_total 0.0", "gracewrap_grpc_requests_total 0.0",
					"gracewrap_http_requests_total 0.0", "gracewrap_inflight_requests{protocol=\"grpc\"} 0.0",
					"gracewrap_inflight_requests{protocol=\"http\"} 0.0",
					"gracewrap_inflight_requests{protocol=\"websocket\"} 0.0",
					"gracewrap_inflight_requests{protocol=\"work\"} 0.0",
					"gracewrap_late_requests_total{protocol=\"grpc\"} 0.0",
					"gracewrap_late_requests_total{protocol=\"http\"} 0.0", "gracewrap_open_streams 0.0",
					"gracewrap_readiness_status 1.0", "gracewrap_shutdown_budget_seconds 5.0",
					"gracewrap_shutdown_duration_seconds 0.0", "gracewrap_shutdowns_total 0.0",
					"gracewrap_state{state=\"draining\"} 0.0", "gracewrap_state{state=\"refusing\"} 0.0",
					"gracewrap_state{state=\"stopped\"} 0.0", "gracewrap_state{state=\"stopping\"} 0.0",
					"gracewrap_state_duration_seconds{state=\"draining\"} 0.0",
					"gracewrap_state_duration_seconds{state=\"refusing\"} 0.0",
					"gracewrap_state_duration_seconds{state=\"stopped\"} 0.0",
					"gracewrap_state_duration_seconds{state=\"stopping\"} 0.0");
		assertThat(scrape).contains("gracewrap_state{state=\"serving\"} 1.0");
	}

	@Test
	void everyMeterIsDescribed() {
		assertThat(this.registry.getMeters()).map(Meter::getId)
			.allSatisfy((id) -> assertThat(id.getDescription()).isNotBlank());
		assertThat(this.registry.getMeters()).map(Meter::getId)
			.filteredOn(
					(id) -> !Stream.of("gracewrap.state", "gracewrap.readiness.status").toList().contains(id.getName()))
			.allSatisfy((id) -> assertThat(id.getBaseUnit()).isNotBlank());
	}

	@Test
	void requestsAreCountedByProtocol() {
		try (InFlight http = begin(Protocol.HTTP);
				InFlight grpc = begin(Protocol.GRPC);
				InFlight other = begin(Protocol.GRPC);
				InFlight work = this.drain.begin("import")) {
			assertThat(value("gracewrap.inflight.requests", "protocol", "http")).isOne();
			assertThat(value("gracewrap.inflight.requests", "protocol", "grpc")).isEqualTo(2);
			assertThat(value("gracewrap.inflight.requests", "protocol", "work")).isOne();
			assertThat(value("gracewrap.inflight.requests", "protocol", "websocket")).isZero();
		}
		assertThat(value("gracewrap.inflight.requests", "protocol", "grpc")).isZero();
		assertThat(value("gracewrap.http.requests")).isOne();
		assertThat(value("gracewrap.grpc.requests")).isEqualTo(2);
	}

	@Test
	void streamsAreShownAsOpenAndAsEnded() {
		InFlight stream = begin(Protocol.HTTP);
		stream.stream(stream::close);
		assertThat(value("gracewrap.open.streams")).isOne();
		assertThat(value("gracewrap.inflight.requests", "protocol", "http")).isZero();
		this.context.close();
		assertThat(value("gracewrap.open.streams")).isZero();
		assertThat(value("gracewrap.ended.streams")).isOne();
		assertThat(value("gracewrap.drained.requests")).isZero();
	}

	@Test
	void countersGoOnCountingWhenADrainIsTakenBack() {
		InFlight request = begin(Protocol.HTTP);
		this.drain.drain();
		assertThat(value("gracewrap.state", "state", "refusing")).isOne();
		assertThat(value("gracewrap.readiness.status")).isZero();
		begin(Protocol.HTTP).close();
		request.close();
		assertThat(value("gracewrap.drained.requests")).isEqualTo(2);
		assertThat(value("gracewrap.late.requests", "protocol", "http")).isOne();
		this.drain.resume();
		assertThat(value("gracewrap.state", "state", "serving")).isOne();
		assertThat(value("gracewrap.readiness.status")).isOne();
		begin(Protocol.HTTP).close();
		assertThat(value("gracewrap.drained.requests")).isEqualTo(2);
		double refused = value("gracewrap.state.duration", "state", "refusing");
		assertThat(refused).isPositive();
		this.drain.drain();
		begin(Protocol.GRPC).close();
		assertThat(value("gracewrap.drained.requests")).isEqualTo(3);
		assertThat(value("gracewrap.late.requests", "protocol", "http")).isOne();
		assertThat(value("gracewrap.late.requests", "protocol", "grpc")).isOne();
		assertThat(value("gracewrap.state.duration", "state", "refusing")).isGreaterThan(refused);
		assertThat(value("gracewrap.shutdowns")).isZero();
		assertThat(value("gracewrap.shutdown.duration")).isZero();
	}

	@Test
	void timesCanBeReadWhileTheyRunAndFiguresAreFinalWhenTheDrainIsOver() {
		begin(Protocol.HTTP).suspend();
		int meters = this.registry.getMeters().size();
		Probe probe = this.context.getBean(Probe.class);
		probe.whenDraining.set(() -> {
			assertThat(value("gracewrap.shutdowns")).isOne();
			double elapsed = value("gracewrap.shutdown.duration");
			assertThat(elapsed).isPositive();
			double draining = value("gracewrap.state.duration", "state", "draining");
			assertThat(value("gracewrap.shutdown.duration")).as("time passes").isGreaterThan(elapsed);
			assertThat(draining).isPositive().isLessThan(value("gracewrap.shutdown.duration"));
			assertThat(value("gracewrap.aborted.requests")).isZero();
		});
		probe.whenDrained.set(() -> {
			assertThat(value("gracewrap.state", "state", "stopping")).isOne();
			assertThat(value("gracewrap.state", "state", "draining")).isZero();
			assertThat(value("gracewrap.aborted.requests")).isOne();
			assertThat(value("gracewrap.drained.requests")).isZero();
			assertThat(value("gracewrap.state.duration", "state", "draining")).isGreaterThan(0.2)
				.isEqualTo(value("gracewrap.state.duration", "state", "draining"));
			assertThat(value("gracewrap.shutdown.duration")).isGreaterThanOrEqualTo(0.3);
		});
		this.context.close();
		assertThat(probe.failure.get()).isNull();
		assertThat(probe.whenDraining.get()).isNull();
		assertThat(probe.whenDrained.get()).isNull();
		assertThat(this.drain.state()).isEqualTo(DrainState.STOPPED);
		assertThat(this.registry.getMeters()).hasSize(meters);
	}

	private InFlight begin(Protocol protocol) {
		return this.drain.registry().begin(protocol, "/orders", true);
	}

	private double value(String name, String... tags) {
		return this.registry.get(name).tags(tags).meter().measure().iterator().next().getValue();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class })
	static class Application {

		@Bean
		Probe probe() {
			return new Probe();
		}

	}

	/**
	 * Looks once at what is shown in the drain, and once when it is over.
	 */
	static class Probe implements DrainParticipant {

		private final AtomicReference<Runnable> whenDraining = new AtomicReference<>();

		private final AtomicReference<Runnable> whenDrained = new AtomicReference<>();

		private final AtomicReference<Throwable> failure = new AtomicReference<>();

		@Override
		public boolean isDrained() {
			look(this.whenDraining);
			return true;
		}

		@Override
		public boolean isReadyToClose() {
			look(this.whenDrained);
			return true;
		}

		private void look(AtomicReference<Runnable> what) {
			Runnable look = what.getAndSet(null);
			try {
				if (look != null) {
					look.run();
				}
			}
			catch (Throwable ex) {
				this.failure.compareAndSet(null, ex);
			}
		}

	}

}
