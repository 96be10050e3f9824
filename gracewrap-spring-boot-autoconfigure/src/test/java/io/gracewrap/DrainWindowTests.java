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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the load-balancer window: how long {@link DrainState#REFUSING} lasts.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class DrainWindowTests {

	private static final Duration TICK = Duration.ofMillis(20);

	private final TestParticipant server = new TestParticipant();

	@ParameterizedTest
	@ValueSource(longs = { 400, 3000 })
	void lastsTheDelayWhenNobodyComes(long delay) {
		TestApplication application = application(TestApplication.settings(delay, 1000, 6000, 10000, 1000));
		assertThat(window(application)).isEqualTo(Duration.ofMillis(delay));
	}

	@ParameterizedTest
	@ValueSource(longs = { 200, 1500 })
	void endsWhenNoRequestHasArrivedForTheQuietPeriod(long quiet) {
		TestApplication application = application(TestApplication.settings(1000, quiet, 6000, 10000, 1000));
		application.time().every(Duration.ofMillis(100), Duration.ofSeconds(3), application::request);
		assertThat(window(application)).isEqualTo(Duration.ofMillis(3000 + quiet));
	}

	@Test
	void workOfTheApplicationItselfNeedsNoQuietPeriod() {
		TestApplication application = application(TestApplication.settings(1000, 500, 6000, 10000, 1000));
		application.time()
			.every(Duration.ofMillis(100), Duration.ofSeconds(9), () -> application.drain().begin("poll").close());
		assertThat(window(application)).hasSeconds(1);
	}

	@ParameterizedTest
	@ValueSource(longs = { 2000, 5000 })
	void lastsNoLongerThanTheMaximumHoweverBusy(long most) {
		TestApplication application = application(TestApplication.settings(1000, 500, most, 10000, 1000));
		application.time().every(Duration.ofMillis(100), Duration.ofSeconds(9), application::request);
		assertThat(window(application)).isEqualTo(Duration.ofMillis(most));
	}

	@Test
	void requestsFromBeforeTheStopNeedNoQuietPeriod() {
		TestApplication application = application(TestApplication.settings(100, 3000, 6000, 10000, 1000));
		application.startAndBecomeReady();
		application.request();
		assertThat(window(application)).hasMillis(100);
	}

	@ParameterizedTest
	@ValueSource(longs = { 2000, 4000 })
	void lastsAsLongAsSomethingIsInFlight(long finished) {
		TestApplication application = application(TestApplication.settings(1000, 500, 6000, 10000, 1000));
		application.startAndBecomeReady();
		InFlight request = application.begin();
		application.time().at(Duration.ofMillis(finished), request::close);
		assertThat(window(application)).isEqualTo(Duration.ofMillis(finished));
	}

	@ParameterizedTest
	@ValueSource(longs = { 2000, 6000 })
	void lastsNoLongerThanTheMaximumForWhatIsInFlight(long most) {
		TestApplication application = application(TestApplication.settings(1000, 500, most, 10000, 1000));
		application.startAndBecomeReady();
		InFlight request = application.begin();
		application.time().at(Duration.ofSeconds(8), request::close);
		assertThat(window(application)).isEqualTo(Duration.ofMillis(most));
		assertThat(application.entered(DrainState.STOPPING)).hasSeconds(8);
	}

	@Test
	void lastsNoLongerThanTheDrainTimeoutWhateverItsMaximum() {
		TestApplication application = application(TestApplication.settings(5000, 500, 9000, 2000, 1000));
		assertThat(window(application)).hasSeconds(2);
	}

	@Test
	void endsAtOnceWithoutDelayAndWithNothingInFlight() {
		TestApplication application = application(TestApplication.settings(0, 1000, 6000, 10000, 1000));
		assertThat(window(application)).isZero();
	}

	@Test
	void withoutDelayWaitsForWhatIsInFlight() {
		TestApplication application = application(TestApplication.settings(0, 1000, 6000, 10000, 1000));
		application.startAndBecomeReady();
		InFlight request = application.begin();
		application.time().at(Duration.ofMillis(700), request::close);
		assertThat(window(application)).isBetween(Duration.ofMillis(700), Duration.ofMillis(700).plus(TICK));
	}

	@Test
	void endsAtOnceWhenTheApplicationNeverBecameReady() {
		TestApplication application = application(TestApplication.settings(1000, 500, 6000, 10000, 1000)).start();
		assertThat(window(application)).isZero();
	}

	@Test
	void endsAtOnceWhenNoParticipantIsReachable() {
		this.server.unreachable();
		TestApplication application = application(TestApplication.settings(1000, 500, 6000, 10000, 1000));
		assertThat(window(application)).isZero();
	}

	@Test
	void endsAtOnceWithoutParticipants() {
		TestApplication application = new TestApplication(TestApplication.settings(1000, 500, 6000, 10000, 1000));
		assertThat(window(application)).isZero();
	}

	@Test
	void lastsWhenAnyParticipantIsReachable() {
		TestApplication application = new TestApplication(TestApplication.settings(1000, 500, 6000, 10000, 1000),
				new TestParticipant().unreachable(), this.server);
		assertThat(window(application)).hasSeconds(1);
	}

	@Test
	void lastsWhenAParticipantCannotTellWhetherItIsReachable(CapturedOutput output) {
		TestApplication application = new TestApplication(TestApplication.settings(1000, 500, 6000, 10000, 1000),
				new DrainParticipant() {

					@Override
					public boolean isReachable() {
						throw new IllegalStateException("no idea");
					}

					@Override
					public String toString() {
						throw new IllegalStateException("no name");
					}

				});
		assertThat(window(application)).hasSeconds(1);
		assertThat(output)
			.containsOnlyOnce(DrainWindowTests.class.getName() + "$1 could not tell whether it is reachable");
	}

	@Test
	void countsFromTheDrainThatTheUserBegan() {
		TestApplication application = application(TestApplication.settings(3000, 500, 6000, 10000, 1000));
		application.startAndBecomeReady().drain().drain();
		application.time().advance(Duration.ofSeconds(2));
		application.close();
		assertThat(application.entered(DrainState.REFUSING)).isZero();
		assertThat(application.entered(DrainState.DRAINING)).hasSeconds(3);
	}

	@Test
	void isOverWhenTheUserBeganToDrainLongBefore() {
		TestApplication application = application(TestApplication.settings(3000, 500, 6000, 10000, 1000));
		application.startAndBecomeReady().drain().drain();
		application.time().advance(Duration.ofMinutes(20));
		application.close();
		assertThat(application.entered(DrainState.DRAINING)).hasMinutes(20);
	}

	@ParameterizedTest
	@CsvSource({ "700, 300", "0, 1000", "1000, 0", "1200, 0" })
	void tellsHowMuchIsLeft(long elapsed, long left) {
		TestApplication application = application(TestApplication.settings(1000, 500, 6000, 10000, 1000));
		Drain drain = application.startAndBecomeReady().drain();
		drain.startClock();
		drain.drain();
		application.time().advance(Duration.ofMillis(elapsed));
		assertThat(Duration.ofNanos(drain.windowLeft())).hasMillis(left);
	}

	private TestApplication application(DrainSettings settings) {
		return new TestApplication(settings, this.server);
	}

	private static Duration window(TestApplication application) {
		if (!application.context().isActive()) {
			application.startAndBecomeReady();
		}
		application.close();
		return application.entered(DrainState.DRAINING).minus(application.entered(DrainState.REFUSING));
	}

}
