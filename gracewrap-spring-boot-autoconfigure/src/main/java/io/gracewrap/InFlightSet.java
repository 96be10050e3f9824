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

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A set that costs a request as little as can be: most find a place of their own, by
 * their hash code, and those whose place is taken go to a map. Each stays where it is, so
 * that whoever looks at all of them misses none.
 *
 * @author GraceWrap Maintainers
 */
final class InFlightSet {

	/**
	 * More than is ever in flight in most applications, because processors that write to
	 * neighbouring places wait for each other (issue 5). A power of two.
	 */
	static final int PLACES = 512;

	private final AtomicReferenceArray<@Nullable InFlight> places = new AtomicReferenceArray<>(PLACES);

	private final Set<InFlight> others = ConcurrentHashMap.newKeySet(PLACES);

	void add(InFlight inFlight) {
		int place = place(inFlight);
		if (this.places.get(place) != null || !this.places.compareAndSet(place, null, inFlight)) {
			this.others.add(inFlight);
		}
	}

	boolean remove(InFlight inFlight) {
		int place = place(inFlight);
		if (this.places.get(place) == inFlight) {
			return this.places.compareAndSet(place, inFlight, null);
		}
		return this.others.remove(inFlight);
	}

	boolean contains(InFlight inFlight) {
		return this.places.get(place(inFlight)) == inFlight || this.others.contains(inFlight);
	}

	int size() {
		return (int) stream().count();
	}

	boolean isEmpty() {
		return stream().findAny().isEmpty();
	}

	Stream<InFlight> stream() {
		return Stream.concat(IntStream.range(0, PLACES).mapToObj(this.places::get).filter(Objects::nonNull),
				this.others.stream());
	}

	private static int place(InFlight inFlight) {
		return inFlight.hashCode() & (PLACES - 1);
	}

}
