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

import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

import io.gracewrap.Drain;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerCall;
import io.grpc.ServerTransportFilter;

/**
 * Tells connections that were there when traffic was refused from those that were opened
 * afterwards. Clients keep both until the server stops, so nothing is gained by waiting
 * until they are quiet. But the first call on a new one shows that load balancers have
 * not noticed yet.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class GrpcTransports extends ServerTransportFilter {

	private static final Attributes.Key<AtomicBoolean> AWAITS_FIRST_CALL = Attributes.Key
		.create(GrpcTransports.class.getName() + ".AWAITS_FIRST_CALL");

	private final BooleanSupplier refusing;

	/** Connections to a servlet container that have been used since the refusal. */
	private final Set<SocketAddress> clients = ConcurrentHashMap.newKeySet();

	/**
	 * Create the filter.
	 * @param drain tells whether traffic is refused
	 */
	public GrpcTransports(Drain drain) {
		this(drain::isRefusing);
	}

	GrpcTransports(BooleanSupplier refusing) {
		this.refusing = refusing;
	}

	@Override
	public Attributes transportReady(Attributes attributes) {
		if (attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) == null) {
			// All connections of a servlet container are one transport.
			return attributes;
		}
		return attributes.toBuilder().set(AWAITS_FIRST_CALL, new AtomicBoolean(this.refusing.getAsBoolean())).build();
	}

	/**
	 * Whether a call shows that clients are still sent here.
	 * @param call the call
	 * @return {@code true} if it is the first on a connection that was opened while
	 * traffic was refused. In a servlet container, whose connections are not seen, if it
	 * is the first on its connection since then
	 */
	boolean isFirstOnNewConnection(ServerCall<?, ?> call) {
		AtomicBoolean awaitsFirstCall = call.getAttributes().get(AWAITS_FIRST_CALL);
		if (awaitsFirstCall != null) {
			return awaitsFirstCall.get() && awaitsFirstCall.getAndSet(false);
		}
		SocketAddress client = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
		return client == null || isFirstSinceRefusal(client);
	}

	private boolean isFirstSinceRefusal(SocketAddress client) {
		if (this.refusing.getAsBoolean()) {
			return this.clients.add(client);
		}
		if (!this.clients.isEmpty()) {
			this.clients.clear();
		}
		return false;
	}

}
