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

import java.util.List;

/**
 * Looks into an {@link InFlightRegistry} for tests of other packages.
 *
 * @author GraceWrap Maintainers
 */
public final class InFlightProbe {

	private final InFlightRegistry registry;

	public InFlightProbe(InFlightRegistry registry) {
		this.registry = registry;
		registry.watch(System.nanoTime(), System.nanoTime(), Long.MAX_VALUE, Long.MAX_VALUE);
	}

	public int count() {
		return this.registry.count();
	}

	public long finished() {
		return this.registry.finished();
	}

	public List<String> describe() {
		return this.registry.snapshot()
			.stream()
			.map((inFlight) -> inFlight.describe(System.nanoTime()).toString())
			.toList();
	}

}
