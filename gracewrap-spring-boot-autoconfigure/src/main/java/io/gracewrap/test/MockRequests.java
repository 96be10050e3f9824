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

package io.gracewrap.test;

import io.gracewrap.Drain;
import io.gracewrap.DrainParticipant;
import io.gracewrap.InFlight;
import io.gracewrap.Protocol;

import org.springframework.context.ApplicationContext;

/**
 * Requests of tests that have no server, as those of MockMvc. Nobody ends an asynchronous
 * one that its test does not dispatch once more, and the last of a test JVM would wait
 * for it.
 *
 * @author GraceWrap Maintainers
 */
final class MockRequests implements DrainParticipant {

	private final ApplicationContext context;

	/**
	 * Create the participant.
	 * @param context the context of the test
	 */
	MockRequests(ApplicationContext context) {
		this.context = context;
	}

	@Override
	public void refuse() {
		close();
	}

	@Override
	public void drain() {
		close();
	}

	/**
	 * Not in a drain that the test itself has begun.
	 */
	private void close() {
		this.context.getBeanProvider(Drain.class)
			.stream()
			.filter((drain) -> drain.status().stopping())
			.flatMap((drain) -> drain.registry().snapshot().stream())
			.filter((inFlight) -> inFlight.protocol() == Protocol.HTTP)
			.forEach(InFlight::close);
	}

	@Override
	public String toString() {
		return "requests of tests";
	}

}
