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

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.gracewrap.ComplianceReport;
import io.gracewrap.Drain;
import io.gracewrap.DrainStatus;
import io.gracewrap.InFlight;
import io.gracewrap.actuate.DrainDescriptor.InFlightDescriptor;
import io.gracewrap.actuate.DrainDescriptor.LateDescriptor;
import io.gracewrap.actuate.DrainDescriptor.OpenDescriptor;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * {@link Endpoint @Endpoint} that shows the drain, and begins one or takes it back
 * without ending the process.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@Endpoint(id = "gracewrap", defaultAccess = Access.READ_ONLY)
public final class GraceWrapEndpoint {

	/** More is more than anyone reads. */
	private static final int MOST_LISTED = 100;

	private final Drain drain;

	private final ComplianceReport compliance;

	/**
	 * Create the endpoint.
	 * @param drain the drain
	 * @param compliance what a graceful shutdown needs
	 */
	public GraceWrapEndpoint(Drain drain, ComplianceReport compliance) {
		this.drain = drain;
		this.compliance = compliance;
	}

	/**
	 * Show the drain.
	 * @return what it has come to
	 */
	@ReadOperation
	public DrainDescriptor status() {
		DrainStatus status = this.drain.status();
		Map<String, Integer> byProtocol = new LinkedHashMap<>();
		status.inFlight().forEach((protocol, count) -> byProtocol.put(protocol.toString(), count));
		List<OpenDescriptor> open = this.drain.registry()
			.snapshot()
			.stream()
			.map(GraceWrapEndpoint::describe)
			.sorted(Comparator.comparing(OpenDescriptor::age).reversed())
			.limit(MOST_LISTED)
			.toList();
		return new DrainDescriptor(status.state(), status.stopping(), status.timeLeft(), this.drain.settings().budget(),
				this.drain.settings(),
				new InFlightDescriptor(byProtocol.values().stream().mapToInt(Integer::intValue).sum(), byProtocol,
						status.streams(), open),
				new LateDescriptor(status.late().count(), status.late().last(),
						(status.late().lastProtocol() != null) ? status.late().lastProtocol().toString() : null,
						status.late().suggestedDelay()),
				this.compliance.rows());
	}

	private static OpenDescriptor describe(InFlight inFlight) {
		return new OpenDescriptor(inFlight.name(), inFlight.protocol().toString(), inFlight.age());
	}

	/**
	 * Begin to drain. No parameter, because then no media type is asked of the request.
	 * @return what the drain has come to
	 */
	@WriteOperation
	public DrainDescriptor drain() {
		this.drain.drain();
		return status();
	}

	/**
	 * Begin to drain, and wait until no more requests come and none is in flight, or
	 * until the drain is taken back, but never longer than the maximum of the
	 * load-balancer delay. What was waited for is taken off the times of a stop that
	 * follows.
	 * @param form says that
	 * @return what the drain has come to
	 * @throws InterruptedException if interrupted
	 */
	@WriteOperation
	public DrainDescriptor drainAndWait(@Selector Form form) throws InterruptedException {
		this.drain.drainAndWait();
		return status();
	}

	/**
	 * Take the drain back.
	 * @return what it has come to
	 */
	@DeleteOperation
	public DrainDescriptor resume() {
		this.drain.resume();
		return status();
	}

	/**
	 * How to drain.
	 */
	public enum Form {

		/**
		 * And answer when it is done.
		 */
		WAIT

	}

}
