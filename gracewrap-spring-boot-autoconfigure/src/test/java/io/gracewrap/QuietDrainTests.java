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

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Drain#isQuiet()}: the end of a drain without a stop.
 *
 * @author GraceWrap Maintainers
 */
class QuietDrainTests {

	@Test
	void isOverWhenTheDelayIsAndNothingIsInFlight() {
		try (TestApplication application = new TestApplication(TestApplication.settings()).startAndBecomeReady()) {
			Drain drain = application.drain();
			assertThat(drain.isQuiet()).as("not refused").isFalse();
			InFlight work = application.begin();
			drain.refuse();
			assertThat(drain.isQuiet()).as("delay").isFalse();
			application.time().advance(Duration.ofMillis(1000));
			assertThat(drain.isQuiet()).as("in flight").isFalse();
			work.close();
			assertThat(drain.isQuiet()).isTrue();
			drain.resume();
			assertThat(drain.isQuiet()).as("taken back").isFalse();
		}
	}

	@Test
	void requestsProlongItUntilTheMaximum() {
		try (TestApplication application = new TestApplication(TestApplication.settings()).startAndBecomeReady()) {
			Drain drain = application.drain();
			drain.refuse();
			for (int i = 0; i < 12; i++) {
				assertThat(drain.isQuiet()).as(i + " half seconds").isFalse();
				application.request();
				application.time().advance(Duration.ofMillis(499));
			}
			application.request();
			application.time().advance(Duration.ofMillis(12));
			assertThat(drain.isQuiet()).as("maximum").isTrue();
		}
	}

	@Test
	void isOverWhenNoRequestHasComeForAWhile() {
		try (TestApplication application = new TestApplication(TestApplication.settings()).startAndBecomeReady()) {
			application.drain().refuse();
			application.time().advance(Duration.ofMillis(1000));
			application.request();
			assertThat(application.drain().isQuiet()).isFalse();
			application.time().advance(Duration.ofMillis(500));
			assertThat(application.drain().isQuiet()).isTrue();
		}
	}

}
