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

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link BlockTimes}.
 *
 * @author GraceWrap Maintainers
 */
class BlockTimesTests {

	private static final String BEFORE = "Started\nBlocks: 900.000 10.000\n";

	private static final String LOG = BEFORE
			+ "Blocks: 500.000 600.000\nBlocks: 71.500 70.000\nBlocks: 81.000 80.000\nBlocks: 63.000 60.000\n";

	@Test
	void takesTheMedianOfDifferences() {
		BlockTimes times = BlockTimes.in(LOG).since(BlockTimes.in(BEFORE));
		assertThat(times.rounds()).hasSize(3);
		assertThat(times.added()).isCloseTo(1.5, within(1e-9));
		assertThat(times.without()).isEqualTo(70);
	}

	@Test
	void saysThatThereIsNothing() {
		assertThatIllegalStateException().isThrownBy(() -> BlockTimes.in(BEFORE).since(BlockTimes.in("")))
			.withMessage("Less than two rounds of blocks were served");
	}

}
