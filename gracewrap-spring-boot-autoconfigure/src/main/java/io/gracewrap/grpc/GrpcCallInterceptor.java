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

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.gracewrap.Drain;
import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.core.PriorityOrdered;

/**
 * Stands in front of everything that answers gRPC calls, and tracks them. Health checks
 * and reflection are not work: their streams, which clients keep open, are only known so
 * that they can be ended.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class GrpcCallInterceptor implements ServerInterceptor, PriorityOrdered {

	private static final Log logger = LogFactory.getLog(GrpcCallInterceptor.class);

	private static final Set<String> NOT_WORK = Set.of(GrpcHealthInterceptor.SERVICE,
			"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection");

	private final Set<EndableCall<?, ?>> streams = ConcurrentHashMap.newKeySet();

	private final Drain drain;

	private final InFlightRegistry registry;

	private final GrpcTransports transports;

	private final boolean servlet;

	/**
	 * Create the interceptor.
	 * @param drain tells whether calls in flight are being cut
	 * @param registry where calls are tracked
	 * @param transports tells calls on connections that clients have just opened
	 * @param servlet whether calls are served by a servlet: Tomcat cannot end one with
	 * trailers alone
	 */
	public GrpcCallInterceptor(Drain drain, InFlightRegistry registry, GrpcTransports transports, boolean servlet) {
		this.drain = drain;
		this.registry = registry;
		this.transports = transports;
		this.servlet = servlet;
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	@Override
	public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(ServerCall<ReqT, RespT> call, Metadata headers,
			ServerCallHandler<ReqT, RespT> next) {
		MethodDescriptor<ReqT, RespT> method = call.getMethodDescriptor();
		String service = method.getServiceName();
		if (service == null || !NOT_WORK.contains(service)) {
			return track(new EndableCall<>(call, this.servlet), headers, next);
		}
		if (method.getType().serverSendsOneMessage()) {
			return next.startCall(call, headers);
		}
		return remember(new EndableCall<>(call, this.servlet), headers, next);
	}

	private <ReqT, RespT> ServerCall.Listener<ReqT> track(EndableCall<ReqT, RespT> call, Metadata headers,
			ServerCallHandler<ReqT, RespT> next) {
		if (this.drain.isCutting()) {
			// It has waited for a thread that the cut has set free.
			this.drain.turnedAway();
			call.beforeAbort();
			return new ServerCall.Listener<>() {
			};
		}
		InFlight inFlight = this.registry.begin(Protocol.GRPC, call.getMethodDescriptor().getFullMethodName(),
				this.transports.isFirstOnNewConnection(call));
		inFlight.controlledBy(call);
		boolean started = false;
		try {
			ServerCall.Listener<ReqT> listener = new TrackedListener<>(next.startCall(call, headers), call, inFlight);
			started = true;
			return listener;
		}
		finally {
			inFlight.suspend();
			if (!started) {
				inFlight.close();
			}
		}
	}

	private <ReqT, RespT> ServerCall.Listener<ReqT> remember(EndableCall<ReqT, RespT> call, Metadata headers,
			ServerCallHandler<ReqT, RespT> next) {
		this.streams.add(call);
		boolean started = false;
		try {
			ServerCall.Listener<ReqT> listener = new SimpleForwardingServerCallListener<>(
					next.startCall(call, headers)) {

				@Override
				public void onCancel() {
					GrpcCallInterceptor.this.streams.remove(call);
					super.onCancel();
				}

				@Override
				public void onComplete() {
					GrpcCallInterceptor.this.streams.remove(call);
					super.onComplete();
				}

			};
			started = true;
			return listener;
		}
		finally {
			if (!started) {
				this.streams.remove(call);
			}
		}
	}

	/**
	 * Complete the streams that are not work.
	 */
	void endStreams() {
		this.streams.forEach(GrpcCallInterceptor::endStream);
	}

	private static void endStream(EndableCall<?, ?> stream) {
		try {
			stream.end(Status.OK);
		}
		catch (RuntimeException ex) {
			logger.debug("Could not complete a stream", ex);
		}
	}

}
