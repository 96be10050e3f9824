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

import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.ClientConnection;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;

/**
 * A client of {@link OrderService}, of health and of reflection, on one channel.
 *
 * @author GraceWrap Maintainers
 */
final class OrderClient implements AutoCloseable {

	private final ManagedChannel channel;

	OrderClient(ManagedChannel channel) {
		this.channel = channel;
	}

	private static CallOptions options() {
		return CallOptions.DEFAULT.withDeadlineAfter(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	String place(String order) {
		return ClientCalls.blockingUnaryCall(this.channel, OrderService.PLACE, options(), order);
	}

	Future<String> placing(String order) {
		return ClientCalls.futureUnaryCall(this.channel.newCall(OrderService.PLACE, options()), order);
	}

	ReceivedStream<String, String> feed(String request) {
		ReceivedStream<String, String> received = new ReceivedStream<>();
		ClientCalls.asyncServerStreamingCall(this.channel.newCall(OrderService.FEED, options()), request, received);
		return received;
	}

	ReceivedStream<String, String> chat() {
		ReceivedStream<String, String> received = new ReceivedStream<>();
		ClientCalls.asyncBidiStreamingCall(this.channel.newCall(OrderService.CHAT, options()), received);
		return received;
	}

	HealthCheckResponse.ServingStatus check(String service) {
		return HealthGrpc.newBlockingStub(this.channel)
			.withDeadlineAfter(ClientConnection.TIMEOUT)
			.check(HealthCheckRequest.newBuilder().setService(service).build())
			.getStatus();
	}

	ReceivedStream<HealthCheckRequest, HealthCheckResponse> watch(String service) {
		ReceivedStream<HealthCheckRequest, HealthCheckResponse> received = new ReceivedStream<>();
		HealthGrpc.newStub(this.channel).watch(HealthCheckRequest.newBuilder().setService(service).build(), received);
		return received;
	}

	ReceivedStream<ServerReflectionRequest, ServerReflectionResponse> reflect() {
		ReceivedStream<ServerReflectionRequest, ServerReflectionResponse> received = new ReceivedStream<>();
		ServerReflectionGrpc.newStub(this.channel)
			.serverReflectionInfo(received)
			.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
		return received;
	}

	@Override
	public void close() {
		this.channel.shutdownNow();
	}

}
