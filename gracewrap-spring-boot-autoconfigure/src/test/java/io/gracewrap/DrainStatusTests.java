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
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link DrainStatus} and {@link LateRequests}.
 *
 * @author GraceWrap Maintainers
 */
class DrainStatusTests {

	private final TestParticipant server = new TestParticipant();

	private TestApplication application = new TestApplication(TestApplication.settings(), this.server);

	@AfterEach
	void close() {
		this.application.close();
	}

	private DrainStatus status() {
		return this.application.drain().status();
	}

	@Test
	void everythingIsThereFromTheStart() {
		this.application.startAndBecomeReady();
		this.application.time().advance(Duration.ofSeconds(7));
		DrainStatus status = status();
		assertThat(status.state()).isEqualTo(DrainState.SERVING);
		assertThat(status.times()).containsOnlyKeys(DrainState.values())
			.containsEntry(DrainState.SERVING, Duration.ofSeconds(7))
			.containsEntry(DrainState.REFUSING, Duration.ZERO);
		assertThat(status.inFlight()).containsOnlyKeys(Protocol.values()).containsValue(0);
		assertThat(status.stopping()).isFalse();
		assertThat(status.elapsed()).isZero();
		assertThat(status.timeLeft()).hasSeconds(10);
		assertThat(status.late().counts()).containsOnly(Map.entry(Protocol.HTTP, 0L), Map.entry(Protocol.GRPC, 0L));
		assertThat(status.late().last()).isNull();
		assertThat(status.late().suggestedDelay()).isNull();
	}

	@Test
	void itIsASnapshot() {
		this.application.startAndBecomeReady();
		DrainStatus status = status();
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> status.times().clear());
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> status.inFlight().clear());
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> status.late().counts().clear());
	}

	@Test
	void inFlightIsCountedByProtocol() {
		this.application.startAndBecomeReady();
		InFlightRegistry registry = this.application.registry();
		this.application.begin();
		this.application.begin();
		registry.begin(Protocol.GRPC, "orders/Place", true);
		this.application.drain().begin("nightly import");
		InFlight stream = this.application.begin();
		stream.stream(stream::close);
		assertThat(status().inFlight()).containsEntry(Protocol.HTTP, 2)
			.containsEntry(Protocol.GRPC, 1)
			.containsEntry(Protocol.WORK, 1)
			.containsEntry(Protocol.WEBSOCKET, 0);
		assertThat(status().streams()).isOne();
	}

	@ParameterizedTest
	@CsvSource({ "1000, 3500", "2000, 4700" })
	void eachStateHasItsTimeAndTheLastFreezesIt(long delay, long drained) {
		this.application = new TestApplication(TestApplication.settings(delay, 500, 6000, 10000, 4000), this.server);
		Drain drain = this.application.startAndBecomeReady().drain();
		this.server.setDrained(false);
		this.application.time().advance(Duration.ofSeconds(2));
		long origin = 2000;
		this.application.time().at(Duration.ofMillis(origin + drained), () -> this.server.setDrained(true));
		this.application.time().at(Duration.ofMillis(origin + delay + 300), () -> {
			assertThat(drain.status().state()).isEqualTo(DrainState.DRAINING);
			assertThat(drain.status().times()).containsEntry(DrainState.DRAINING, Duration.ofMillis(300));
			assertThat(drain.status().elapsed()).hasMillis(delay + 300);
			assertThat(drain.status().timeLeft()).hasMillis(10000 - delay - 300);
		});
		this.application.close();
		this.application.time().advance(Duration.ofHours(1));
		DrainStatus status = drain.status();
		assertThat(status.state()).isEqualTo(DrainState.STOPPED);
		assertThat(status.times()).containsEntry(DrainState.SERVING, Duration.ofSeconds(2))
			.containsEntry(DrainState.REFUSING, Duration.ofMillis(delay))
			.containsEntry(DrainState.DRAINING, Duration.ofMillis(drained - delay))
			.containsEntry(DrainState.STOPPING, Duration.ZERO)
			.containsEntry(DrainState.STOPPED, Duration.ZERO);
		assertThat(status.stopping()).isTrue();
		assertThat(status.elapsed()).hasMillis(drained);
		assertThat(status.timeLeft()).hasMillis(10000 - drained);
	}

	@Test
	void timesAddUpOverDrainsThatAreTakenBack() {
		Drain drain = this.application.startAndBecomeReady().drain();
		for (int i = 0; i < 2; i++) {
			this.application.time().advance(Duration.ofSeconds(5));
			drain.drain();
			this.application.time().advance(Duration.ofSeconds(3));
			assertThat(status().stopping()).isFalse();
			assertThat(status().elapsed()).isZero();
			drain.resume();
		}
		assertThat(status().times()).containsEntry(DrainState.SERVING, Duration.ofSeconds(10))
			.containsEntry(DrainState.REFUSING, Duration.ofSeconds(6));
	}

	@Test
	void whatWasCutHasNotFinished() {
		Drain drain = this.application.startAndBecomeReady().drain();
		InFlight stuck = this.application.begin();
		stuck.onAbort(stuck::close);
		InFlight slow = this.application.begin();
		this.application.time().at(Duration.ofSeconds(3), slow::close);
		this.application.close();
		assertThat(drain.status().finished()).isOne();
		assertThat(drain.status().aborted()).isOne();
		assertThat(this.application.registry().drained()).isOne();
	}

	@ParameterizedTest
	@ValueSource(longs = { 1000, 3000 })
	void requestsAreLateFromTheLeastDelayOn(long delay) {
		this.application = new TestApplication(TestApplication.settings(delay, 500, 6000, 10000, 4000), this.server);
		Drain drain = this.application.startAndBecomeReady().drain();
		this.application.time().at(Duration.ofMillis(delay - 1), this.application::request);
		this.application.time().at(Duration.ofMillis(delay), this.application::request);
		this.application.time().at(Duration.ofMillis(delay + 250), this.application::request);
		this.application.close();
		LateRequests late = drain.status().late();
		assertThat(late.count()).isEqualTo(2);
		assertThat(late.last()).hasMillis(delay + 250);
		assertThat(late.lastProtocol()).isEqualTo(Protocol.HTTP);
		assertThat(late.suggestedDelay()).hasMillis(delay + 1000);
	}

	@ParameterizedTest
	@CsvSource({ "1000, 2", "1001, 2", "1999, 2", "4200, 5" })
	void theSuggestedDelayCoversTheLastRequest(long last, long suggested) {
		LateRequests late = new LateRequests(Map.of(Protocol.HTTP, 1L), Duration.ofMillis(last), Protocol.HTTP);
		assertThat(late.suggestedDelay()).hasSeconds(suggested);
	}

	@Test
	void onlyRequestsAreLateAndOnlyThoseThatProlongTheWindow() {
		Drain drain = this.application.startAndBecomeReady().drain();
		InFlightRegistry registry = this.application.registry();
		this.application.time().at(Duration.ofMillis(1100), () -> {
			registry.begin(Protocol.GRPC, "orders/Place", true).close();
			registry.begin(Protocol.GRPC, "orders/Place", false).close();
			registry.begin(Protocol.WEBSOCKET, "/socket", true).close();
			drain.begin("nightly import").close();
		});
		InFlight slow = this.application.begin();
		this.application.time().at(Duration.ofMillis(1200), slow::close);
		this.application.close();
		LateRequests late = drain.status().late();
		assertThat(late.counts()).containsOnly(Map.entry(Protocol.HTTP, 0L), Map.entry(Protocol.GRPC, 1L));
		assertThat(late.last()).hasMillis(1100);
		assertThat(late.lastProtocol()).isEqualTo(Protocol.GRPC);
	}

	@Test
	void lateIsCountedFromTheRefusalAlsoWhenTheStopComesLater() {
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		this.application.time().advance(Duration.ofMillis(2500));
		this.application.request();
		assertThat(status().late().last()).hasMillis(2500);
		this.application.time().at(Duration.ofMillis(2600), this.application::request);
		this.application.close();
		assertThat(drain.status().late().count()).isEqualTo(2);
		assertThat(drain.status().late().last()).hasMillis(2600);
	}

	@Test
	void anotherDrainCountsAnewWhileTheTotalsOnlyGrow() {
		Drain drain = this.application.startAndBecomeReady().drain();
		InFlightRegistry registry = this.application.registry();
		for (int i = 1; i <= 2; i++) {
			this.application.request();
			drain.drain();
			assertThat(status().late().count()).isZero();
			assertThat(status().late().last()).isNull();
			assertThat(status().finished()).isZero();
			this.application.time().advance(Duration.ofSeconds(2));
			this.application.request();
			drain.resume();
			this.application.request();
			assertThat(status().late().count()).isOne();
			assertThat(status().finished()).isOne();
			assertThat(registry.late(Protocol.HTTP)).isEqualTo(i);
			assertThat(registry.drained()).isEqualTo(i);
			assertThat(registry.begun(Protocol.HTTP)).isEqualTo(i * 3L);
			assertThat(registry.begun(Protocol.GRPC)).isZero();
		}
	}

}
