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
import java.util.function.Predicate;

import io.gracewrap.Drain;
import io.gracewrap.DrainParticipant;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckRequest;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.core.PriorityOrdered;

/**
 * Says {@code NOT_SERVING} wherever the health service of the application says
 * {@code SERVING} while traffic is refused, at once also to those who watch. The service
 * itself is left alone, whoever wrote it: Spring Boot's follows readiness seconds later,
 * and only for some services. So is what it says of liveness, by which Kubernetes
 * restarts a container.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class GrpcHealthInterceptor implements ServerInterceptor, PriorityOrdered, DrainParticipant {

	static final String SERVICE = "grpc.health.v1.Health";

	private static final Log logger = LogFactory.getLog(GrpcHealthInterceptor.class);

	private final Set<HealthCall<?, ?>> calls = ConcurrentHashMap.newKeySet();

	private final Drain drain;

	private final Predicate<String> liveness;

	/**
	 * Create the interceptor.
	 * @param drain tells whether traffic is refused
	 * @param liveness tells whether what is checked by a name is liveness
	 */
	public GrpcHealthInterceptor(Drain drain, Predicate<String> liveness) {
		this.drain = drain;
		this.liveness = liveness;
	}

	/**
	 * After the interceptor that makes calls endable.
	 */
	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE + 1;
	}

	@Override
	public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(ServerCall<ReqT, RespT> call, Metadata headers,
			ServerCallHandler<ReqT, RespT> next) {
		if (!SERVICE.equals(call.getMethodDescriptor().getServiceName())) {
			return next.startCall(call, headers);
		}
		HealthCall<ReqT, RespT> healthCall = new HealthCall<>(call, this.drain::isRefusing);
		// Before its first answer: a change after that is not missed.
		this.calls.add(healthCall);
		boolean started = false;
		try {
			ServerCall.Listener<ReqT> listener = new SimpleForwardingServerCallListener<>(
					next.startCall(healthCall, headers)) {

				@Override
				public void onMessage(ReqT message) {
					if (message instanceof HealthCheckRequest request
							&& GrpcHealthInterceptor.this.liveness.test(request.getService())) {
						healthCall.leaveAlone();
					}
					super.onMessage(message);
				}

				@Override
				public void onCancel() {
					GrpcHealthInterceptor.this.calls.remove(healthCall);
					super.onCancel();
				}

				@Override
				public void onComplete() {
					GrpcHealthInterceptor.this.calls.remove(healthCall);
					super.onComplete();
				}

			};
			started = true;
			return listener;
		}
		finally {
			if (!started) {
				this.calls.remove(healthCall);
			}
		}
	}

	@Override
	public void refuse() {
		this.calls.forEach(GrpcHealthInterceptor::update);
	}

	@Override
	public void accept() {
		refuse();
	}

	private static void update(HealthCall<?, ?> call) {
		try {
			call.update();
		}
		catch (RuntimeException ex) {
			logger.debug("Could not tell a health watch", ex);
		}
	}

}
