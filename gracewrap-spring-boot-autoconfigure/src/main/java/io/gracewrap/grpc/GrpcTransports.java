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

package io.gracewrap.grpc;

import io.gracewrap.Drain;
import io.grpc.Attributes;
import io.grpc.ServerCall;
import io.grpc.ServerTransportFilter;

/**
 * Tells connections that were there when traffic was refused from those that were opened
 * afterwards. Clients keep the former until the server stops, so nothing is gained by
 * waiting until they are quiet. The latter show that load balancers have not noticed yet.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class GrpcTransports extends ServerTransportFilter {

	private static final Attributes.Key<Boolean> OPENED_WHILE_REFUSING = Attributes.Key
		.create(GrpcTransports.class.getName() + ".OPENED_WHILE_REFUSING");

	private final Drain drain;

	/**
	 * Create the filter.
	 * @param drain tells whether traffic is refused
	 */
	public GrpcTransports(Drain drain) {
		this.drain = drain;
	}

	@Override
	public Attributes transportReady(Attributes attributes) {
		return attributes.toBuilder().set(OPENED_WHILE_REFUSING, this.drain.isRefusing()).build();
	}

	/**
	 * Whether a call shows that clients are still sent here.
	 * @param call the call
	 * @return {@code false} if it came over a connection that was there before
	 */
	static boolean isOnNewConnection(ServerCall<?, ?> call) {
		return !Boolean.FALSE.equals(call.getAttributes().get(OPENED_WHILE_REFUSING));
	}

}
