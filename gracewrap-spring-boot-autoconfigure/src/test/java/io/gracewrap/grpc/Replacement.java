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

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;

import io.gracewrap.web.Gate;
import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.StatusOr;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;

/**
 * The server that takes over in a rollout. Clients know both, and use it when the old one
 * does not let them in any more.
 *
 * @author GraceWrap Maintainers
 */
final class Replacement implements AutoCloseable {

	private static final NameResolverProvider RESOLVER = new PortsResolverProvider();

	private final Server server;

	Replacement() throws Exception {
		this.server = NettyServerBuilder.forPort(0).addService(new OrderService("new", new Gate())).build().start();
		NameResolverRegistry.getDefaultRegistry().register(RESOLVER);
	}

	ManagedChannel connect(int oldPort) {
		return NettyChannelBuilder.forTarget("ports:///" + oldPort + "," + this.server.getPort())
			.usePlaintext()
			.build();
	}

	@Override
	public void close() {
		NameResolverRegistry.getDefaultRegistry().deregister(RESOLVER);
		this.server.shutdownNow();
	}

	private static final class PortsResolverProvider extends NameResolverProvider {

		@Override
		protected boolean isAvailable() {
			return true;
		}

		@Override
		protected int priority() {
			return 5;
		}

		@Override
		public String getDefaultScheme() {
			return "ports";
		}

		@Override
		public NameResolver newNameResolver(URI target, NameResolver.Args args) {
			List<EquivalentAddressGroup> addresses = Arrays.stream(target.getPath().substring(1).split(","))
				.map((port) -> new EquivalentAddressGroup(new InetSocketAddress("127.0.0.1", Integer.parseInt(port))))
				.toList();
			return new NameResolver() {

				@Override
				public String getServiceAuthority() {
					return "localhost";
				}

				@Override
				public void start(Listener2 listener) {
					listener.onResult(
							ResolutionResult.newBuilder().setAddressesOrError(StatusOr.fromValue(addresses)).build());
				}

				@Override
				public void refresh() {
					// The ports stay the same.
				}

				@Override
				public void shutdown() {
					// Nothing to do.
				}

			};
		}

	}

}
