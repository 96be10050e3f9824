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

package io.gracewrap.benchmarks;

import java.util.List;

import io.gracewrap.grpc.GrpcTransports;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Gives calls to the gRPC server where its transport would, one connection for all.
 *
 * @author GraceWrap Maintainers
 */
class GrpcExchange implements Exchange {

	private final ServerCallHandler<String, String> handler;

	private final Attributes attributes;

	GrpcExchange(ConfigurableApplicationContext application) {
		this.handler = handler(application.getBean(StartedGrpcServer.class));
		Attributes attributes = Attributes.EMPTY;
		for (GrpcTransports transports : application.getBeansOfType(GrpcTransports.class).values()) {
			attributes = transports.transportReady(attributes);
		}
		this.attributes = attributes;
	}

	@SuppressWarnings("unchecked")
	private static ServerCallHandler<String, String> handler(StartedGrpcServer server) {
		List<ServerMethodDefinition<String, String>> methods = server.get()
			.getServices()
			.stream()
			.map((service) -> (ServerMethodDefinition<String, String>) service
				.getMethod(HelloApplication.METHOD.getFullMethodName()))
			.filter((method) -> method != null)
			.toList();
		return methods.get(0).getServerCallHandler();
	}

	@Override
	public long send() {
		Call call = new Call(this.attributes);
		ServerCall.Listener<String> listener = this.handler.startCall(call, new Metadata());
		listener.onReady();
		listener.onMessage("World");
		listener.onHalfClose();
		listener.onComplete();
		return call.written;
	}

	/**
	 * A call whose answer goes nowhere.
	 */
	private static final class Call extends ServerCall<String, String> {

		private final Attributes attributes;

		private long written;

		Call(Attributes attributes) {
			this.attributes = attributes;
		}

		@Override
		public void request(int numMessages) {
		}

		@Override
		public void sendHeaders(Metadata headers) {
		}

		@Override
		public void sendMessage(String message) {
			this.written += message.length();
		}

		@Override
		public void close(Status status, Metadata trailers) {
			if (!status.isOk()) {
				throw status.asRuntimeException();
			}
		}

		@Override
		public boolean isCancelled() {
			return false;
		}

		@Override
		public MethodDescriptor<String, String> getMethodDescriptor() {
			return HelloApplication.METHOD;
		}

		@Override
		public Attributes getAttributes() {
			return this.attributes;
		}

	}

}
