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

import io.gracewrap.Drain;
import io.gracewrap.DrainState;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * {@link Endpoint @Endpoint} for a preStop hook of Kubernetes that sends a request, which
 * can only be a {@code GET}: begins to drain, and answers when the application may be
 * stopped. Without access unless that is given, as nobody expects a {@code GET} to do
 * anything.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@Endpoint(id = "gracewrapprestop", defaultAccess = Access.NONE)
public final class GraceWrapPreStopEndpoint {

	private final Drain drain;

	/**
	 * Create the endpoint.
	 * @param drain the drain
	 */
	public GraceWrapPreStopEndpoint(Drain drain) {
		this.drain = drain;
	}

	/**
	 * Begin to drain, and wait as {@link GraceWrapEndpoint#drainAndWait} does.
	 * @return what it has come to
	 * @throws InterruptedException if interrupted
	 */
	@ReadOperation
	public PreStopDescriptor preStop() throws InterruptedException {
		this.drain.drainAndWait();
		return new PreStopDescriptor(this.drain.state());
	}

	/**
	 * What {@link GraceWrapPreStopEndpoint} answers.
	 *
	 * @param state where the application stands
	 */
	public record PreStopDescriptor(DrainState state) {

	}

}
