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

package io.gracewrap.actuate;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.gracewrap.ComplianceRow;
import io.gracewrap.DrainSettings;
import io.gracewrap.DrainState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What {@link GraceWrapEndpoint} answers.
 *
 * @param state where the application stands
 * @param stopping whether it has begun to stop, which cannot be taken back
 * @param timeLeft what is left until the drain deadline
 * @param budget the time from the beginning of the stop until the JVM must be gone
 * @param settings the times that are in force
 * @param inFlight what is in flight
 * @param late what arrived when the least load-balancer delay was over
 * @param compliance what a graceful shutdown needs, and what was found
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public record DrainDescriptor(DrainState state, boolean stopping, Duration timeLeft, Duration budget,
		DrainSettings settings, InFlightDescriptor inFlight, LateDescriptor late,
		List<ComplianceRow> compliance) implements OperationResponseBody {

	/**
	 * What is in flight. The endpoint's own requests are not.
	 *
	 * @param count how many requests and other work, streams apart
	 * @param byProtocol how many came by what
	 * @param streams how many streams are open
	 * @param open what is in flight, streams included: the oldest, at most a hundred
	 */
	public record InFlightDescriptor(int count, Map<String, Integer> byProtocol, int streams,
			List<OpenDescriptor> open) {

	}

	/**
	 * One of those.
	 *
	 * @param name method and route pattern, never the raw path
	 * @param protocol what it came by
	 * @param age how long it has been in flight
	 */
	public record OpenDescriptor(String name, String protocol, Duration age) {

	}

	/**
	 * Requests that were still sent here when the least load-balancer delay was over.
	 *
	 * @param count how many
	 * @param last when the last one arrived, counted from the refusal
	 * @param lastProtocol what it came by
	 * @param suggestedDelay the delay that would have covered them all
	 */
	public record LateDescriptor(long count, @Nullable Duration last, @Nullable String lastProtocol,
			@Nullable Duration suggestedDelay) {

	}

}
