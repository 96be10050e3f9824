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

package io.gracewrap.sample.rollout;

import java.io.IOException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What is between the clients and a server: nothing, or a network on which everything
 * takes its time.
 *
 * @author GraceWrap Maintainers
 */
final class Network implements AutoCloseable {

	private final ServerProcess process;

	private final @Nullable Forwarder http;

	private final @Nullable Forwarder grpc;

	/**
	 * Open the network.
	 * @param process the server
	 * @param latency how long everything takes in each direction
	 * @throws IOException if there is no free port
	 */
	Network(ServerProcess process, Duration latency) throws IOException {
		this.process = process;
		this.http = latency.isZero() ? null : new Forwarder(process::port, () -> {
		}, latency);
		this.grpc = latency.isZero() ? null : new Forwarder(process::grpcPort, () -> {
		}, latency);
	}

	int port() {
		return (this.http != null) ? this.http.port() : this.process.port();
	}

	int grpcPort() {
		return (this.grpc != null) ? this.grpc.port() : this.process.grpcPort();
	}

	@Override
	public void close() {
		if (this.http != null) {
			this.http.close();
		}
		if (this.grpc != null) {
			this.grpc.close();
		}
	}

}
