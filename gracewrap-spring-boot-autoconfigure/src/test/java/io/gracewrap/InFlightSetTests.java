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

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link InFlightSet}.
 *
 * @author GraceWrap Maintainers
 */
class InFlightSetTests {

	private final InFlightSet set = new InFlightSet();

	private static InFlight begunAt(long time) {
		return new InFlight(new InFlightRegistry(), "GET", null, time, true);
	}

	@Test
	void isEmptyAtFirst() {
		assertThat(this.set.isEmpty()).isTrue();
		assertThat(this.set.size()).isZero();
		assertThat(this.set.stream()).isEmpty();
	}

	@Test
	void containsWhatHasBeenAddedUntilItIsRemoved() {
		InFlight first = begunAt(1);
		InFlight second = begunAt(2);
		this.set.add(first);
		this.set.add(second);
		assertThat(this.set.stream()).containsExactlyInAnyOrder(first, second);
		assertThat(this.set.remove(first)).isTrue();
		assertThat(this.set.remove(first)).isFalse();
		assertThat(this.set.contains(first)).isFalse();
		assertThat(this.set.stream()).containsExactly(second);
		assertThat(this.set.remove(second)).isTrue();
		assertThat(this.set.isEmpty()).isTrue();
	}

	@Test
	void thoseThatShareAPlaceAreApart() {
		InFlight first = begunAt(1);
		InFlight second = begunAt(1);
		InFlight third = begunAt(1);
		this.set.add(first);
		this.set.add(second);
		assertThat(this.set.contains(third)).isFalse();
		assertThat(this.set.remove(third)).isFalse();
		assertThat(this.set.stream()).containsExactly(first, second);
		assertThat(this.set.remove(first)).isTrue();
		assertThat(this.set.contains(second)).isTrue();
		assertThat(this.set.isEmpty()).isFalse();
		this.set.add(third);
		assertThat(this.set.stream()).containsExactly(third, second);
		assertThat(this.set.remove(second)).isTrue();
		assertThat(this.set.remove(third)).isTrue();
		assertThat(this.set.isEmpty()).isTrue();
	}

	@Test
	void holdsMoreThanItHasPlaces() {
		List<InFlight> added = new ArrayList<>();
		for (int i = 0; i < 3 * InFlightSet.PLACES; i++) {
			InFlight inFlight = begunAt(i);
			this.set.add(inFlight);
			added.add(inFlight);
		}
		assertThat(this.set.size()).isEqualTo(added.size());
		assertThat(this.set.stream()).containsExactlyInAnyOrderElementsOf(added);
		assertThat(added).allMatch(this.set::contains).allMatch(this.set::remove);
		assertThat(this.set.isEmpty()).isTrue();
	}

}
