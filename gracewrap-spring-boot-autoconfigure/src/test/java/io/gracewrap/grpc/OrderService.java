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

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.gracewrap.web.Gate;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

/**
 * A service whose requests say what is to happen.
 *
 * @author GraceWrap Maintainers
 */
public class OrderService implements BindableService {

	static final MethodDescriptor<String, String> PLACE = method("Place", MethodType.UNARY);

	static final MethodDescriptor<String, String> FEED = method("Feed", MethodType.SERVER_STREAMING);

	static final MethodDescriptor<String, String> CHAT = method("Chat", MethodType.BIDI_STREAMING);

	private final String name;

	private final Gate gate;

	final Queue<String> endings = new ConcurrentLinkedQueue<>();

	private volatile boolean released;

	OrderService(String name, Gate gate) {
		this.name = name;
		this.gate = gate;
	}

	private static MethodDescriptor<String, String> method(String name, MethodType type) {
		return MethodDescriptor.<String, String>newBuilder()
			.setType(type)
			.setFullMethodName(MethodDescriptor.generateFullMethodName("shop.Orders", name))
			.setRequestMarshaller(new StringMarshaller())
			.setResponseMarshaller(new StringMarshaller())
			.build();
	}

	@Override
	public ServerServiceDefinition bindService() {
		return ServerServiceDefinition.builder("shop.Orders")
			.addMethod(PLACE, ServerCalls.asyncUnaryCall(this::place))
			.addMethod(FEED, ServerCalls.asyncServerStreamingCall(this::feed))
			.addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(this::chat))
			.build();
	}

	void release() {
		this.released = true;
	}

	private void place(String request, StreamObserver<String> response) {
		switch (request) {
			case "blocked" -> pass();
			case "stubborn" -> stayUntilReleased();
			case "fails" -> throw new IllegalStateException("As the test wants it");
			default -> {
				if (request.startsWith("sleep ")) {
					sleep(Long.parseLong(request.substring("sleep ".length())));
				}
			}
		}
		if (request.equals("deferred")) {
			this.gate.arrive();
			return;
		}
		response.onNext(this.name);
		response.onCompleted();
	}

	private void feed(String request, StreamObserver<String> response) {
		response.onNext("1");
		response.onNext("2");
		switch (request) {
			case "open" -> {
				observe((ServerCallStreamObserver<String>) response);
				this.gate.arrive();
			}
			case "fails" -> throw new IllegalStateException("As the test wants it");
			default -> response.onCompleted();
		}
	}

	private void observe(ServerCallStreamObserver<String> response) {
		response.setOnCancelHandler(() -> this.endings.add("feed cancelled"));
		response.setOnCloseHandler(() -> this.endings.add("feed closed"));
	}

	private StreamObserver<String> chat(StreamObserver<String> response) {
		return new StreamObserver<>() {

			@Override
			public void onNext(String value) {
				response.onNext(value);
			}

			@Override
			public void onError(Throwable ex) {
				OrderService.this.endings.add("chat failed");
			}

			@Override
			public void onCompleted() {
				response.onCompleted();
			}

		};
	}

	private void pass() {
		try {
			this.gate.pass();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void stayUntilReleased() {
		this.gate.arrive();
		while (!this.released) {
			sleepOnAnyway();
		}
	}

	private static void sleepOnAnyway() {
		try {
			Thread.sleep(10);
		}
		catch (InterruptedException ex) {
			// Never mind.
		}
	}

	private static void sleep(long millis) {
		try {
			Thread.sleep(millis);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static final class StringMarshaller implements MethodDescriptor.Marshaller<String> {

		@Override
		public InputStream stream(String value) {
			return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public String parse(InputStream stream) {
			try (stream) {
				return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
