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

package io.gracewrap.sample.rollout;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Pace}.
 *
 * @author GraceWrap Maintainers
 */
class PaceTests {

	private long now;

	private final Pace pace = new Pace(() -> this.now);

	@Test
	void hasNothingToWaitForBeforeTheFirstAnswer() {
		this.pace.sent();
		assertThat(this.pace.rest()).isZero();
	}

	@Test
	void whatFailsAtOnceTakesAsLongAsTheLastAnswer() {
		exchange(300);
		this.pace.answered();
		assertThat(this.pace.rest()).isZero();
		exchange(20);
		assertThat(this.pace.rest()).isEqualTo(Duration.ofNanos(280));
		exchange(0);
		assertThat(this.pace.rest()).isEqualTo(Duration.ofNanos(300));
	}

	@Test
	void whatFailsLateIsNotWaitedFor() {
		exchange(300);
		this.pace.answered();
		exchange(400);
		assertThat(this.pace.rest()).isZero();
	}

	private void exchange(long nanos) {
		this.pace.sent();
		this.now += nanos;
	}

}
