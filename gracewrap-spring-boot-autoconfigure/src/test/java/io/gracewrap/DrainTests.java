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
import java.util.Comparator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Drain}.
 *
 * @author GraceWrap Maintainers
 */
class DrainTests {

	private final TestParticipant server = new TestParticipant();

	private TestApplication application = new TestApplication(TestApplication.settings(), this.server);

	@AfterEach
	void close() {
		this.application.close();
	}

	@Test
	void servesAtFirst() {
		Drain drain = this.application.startAndBecomeReady().drain();
		assertThat(drain.state()).isEqualTo(DrainState.SERVING);
		assertThat(drain.isRefusing()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(longs = { 10, 25 })
	void timeLeftIsTheWholeTimeoutUntilTheStopBeginsAndThenRunsOut(long seconds) {
		this.application = new TestApplication(TestApplication.settings(0, 0, 0, seconds * 1000, 0));
		Drain drain = this.application.start().drain();
		this.application.time().advance(Duration.ofSeconds(3));
		assertThat(drain.timeLeft()).hasSeconds(seconds);
		drain.drain();
		this.application.time().advance(Duration.ofSeconds(3));
		assertThat(drain.timeLeft()).hasSeconds(seconds);
		this.application.close();
		this.application.time().advance(Duration.ofSeconds(3));
		assertThat(drain.timeLeft()).hasSeconds(seconds - 3);
		this.application.time().advance(Duration.ofSeconds(seconds));
		assertThat(drain.timeLeft()).isZero();
	}

	@Test
	void drainRefusesReadinessAndAsksParticipantsOnce() {
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		drain.drain();
		assertThat(drain.state()).isEqualTo(DrainState.REFUSING);
		assertThat(drain.isRefusing()).isTrue();
		assertThat(this.server.asked()).containsExactly("refuse");
		assertThat(this.application.notes()).containsExactly("readiness REFUSING_TRAFFIC", "SERVING to REFUSING");
	}

	@Test
	void readinessIsRefusedBeforeListenersHearOfTheStateAndTakeTheirTime() {
		this.application
			.with((context) -> context.addApplicationListener(new ApplicationListener<DrainStateChangedEvent>() {

				@Override
				public void onApplicationEvent(DrainStateChangedEvent event) {
					DrainTests.this.application.note("readiness is " + DrainTests.this.application.readiness());
				}

			}));
		this.application.startAndBecomeReady().drain().drain();
		assertThat(this.application.notes()).contains("readiness is REFUSING_TRAFFIC");
	}

	@Test
	void readinessThatIsFlippedBackIsRefusedAgainAtOnce() {
		this.application.startAndBecomeReady().drain().drain();
		this.application.publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void readinessIsTheApplicationsOwnAffairWhileItServes() {
		this.application.startAndBecomeReady();
		this.application.publishReadiness(ReadinessState.REFUSING_TRAFFIC);
		this.application.publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
		assertThat(this.application.readiness()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
	}

	@ParameterizedTest
	@ValueSource(longs = { 1000, 3000 })
	void participantsMoveTheirClientsUntilTheWindowIsOver(long delay) {
		this.application = new TestApplication(TestApplication.settings(delay, 0, 6000, 10000, 4000), this.server);
		this.application.startAndBecomeReady().close();
		assertThat(this.server.windowsLeft()).hasSize((int) delay / 20)
			.isSortedAccordingTo(Comparator.reverseOrder())
			.startsWith(Duration.ofMillis(delay))
			.endsWith(Duration.ofMillis(20));
	}

	@Test
	void aWindowThatIsProlongedMayEndAtAnyMoment() {
		this.application.startAndBecomeReady();
		this.application.time().every(Duration.ofMillis(100), Duration.ofSeconds(3), this.application::request);
		this.application.close();
		assertThat(this.server.windowsLeft().stream().filter(Duration::isZero).count()).isBetween(120L, 130L);
	}

	@Test
	void clientsAreMovedAlsoWhenNobodyStopsTheApplication() throws InterruptedException {
		Drain drain = this.application.startAndBecomeReady().drain();
		drain.drain();
		while (this.server.windowsLeft().size() < 3) {
			Thread.sleep(5);
		}
		assertThat(this.server.windowsLeft()).containsOnly(Duration.ofSeconds(1));
		assertThat(this.server.asked()).containsExactly("refuse");
	}

	@Test
	void aParticipantThatCannotMoveItsClientsKeepsNobodyElseFromIt() {
		DrainParticipant failing = new DrainParticipant() {

			@Override
			public void refusing(Duration windowLeft) {
				throw new IllegalStateException("on purpose");
			}

		};
		this.application = new TestApplication(TestApplication.settings(), failing, this.server);
		this.application.startAndBecomeReady().close();
		assertThat(this.server.windowsLeft()).hasSizeGreaterThan(10);
	}

	@Test
	void workOfTheUserIsInFlightUntilItIsClosed() {
		Drain drain = this.application.startAndBecomeReady().drain();
		try (InFlight work = drain.begin("nightly import")) {
			assertThat(this.application.registry().count()).isOne();
			assertThat(drain.isDrained()).isFalse();
			assertThat(work.describe(this.application.time().nanoTime())).asString()
				.startsWith("work nightly import, in flight");
		}
		assertThat(this.application.registry().count()).isZero();
		assertThat(drain.isDrained()).isTrue();
	}

	@Test
	void isDrainedWhenAllParticipantsAre() {
		TestParticipant other = new TestParticipant();
		this.application = new TestApplication(TestApplication.settings(), this.server, other);
		Drain drain = this.application.startAndBecomeReady().drain();
		assertThat(drain.isDrained()).isTrue();
		other.setDrained(false);
		assertThat(drain.isDrained()).isFalse();
	}

	@Test
	void settingsAreNotNegative() {
		assertThatIllegalArgumentException().isThrownBy(() -> TestApplication.settings(-1, 0, 0, 0, 0))
			.withMessageContaining("loadBalancerDelay");
		assertThatIllegalArgumentException().isThrownBy(() -> TestApplication.settings(0, -1, 0, 0, 0))
			.withMessageContaining("quietPeriod");
		assertThatIllegalArgumentException().isThrownBy(() -> TestApplication.settings(0, 0, -1, 0, 0))
			.withMessageContaining("maxLoadBalancerDelay");
		assertThatIllegalArgumentException().isThrownBy(() -> TestApplication.settings(0, 0, 0, -1, 0))
			.withMessageContaining("drainTimeout");
		assertThatIllegalArgumentException().isThrownBy(() -> TestApplication.settings(0, 0, 0, 0, -1))
			.withMessageContaining("hardStopTimeout");
	}

	@Test
	void theBudgetIsDrainAndHardStopTogether() {
		assertThat(TestApplication.settings().budget()).hasSeconds(14);
	}

}
