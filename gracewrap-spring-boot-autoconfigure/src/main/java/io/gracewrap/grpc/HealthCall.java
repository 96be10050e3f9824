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

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import org.jspecify.annotations.Nullable;

/**
 * A call of the health service. It remembers what the service has said, and what was
 * passed on of it.
 *
 * @param <ReqT> the type of the requests
 * @param <RespT> the type of the responses
 * @author GraceWrap Maintainers
 */
final class HealthCall<ReqT, RespT> extends SimpleForwardingServerCall<ReqT, RespT> {

	private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(100);

	private final Lock lock = new ReentrantLock();

	private final BooleanSupplier refusing;

	private @Nullable RespT said;

	private @Nullable RespT sent;

	private boolean closed;

	private volatile boolean leftAlone;

	HealthCall(ServerCall<ReqT, RespT> call, BooleanSupplier refusing) {
		super(call);
		this.refusing = refusing;
	}

	/**
	 * Pass on whatever the service says.
	 */
	void leaveAlone() {
		this.leftAlone = true;
	}

	@Override
	public void sendMessage(RespT message) {
		this.lock.lock();
		try {
			this.said = message;
			send(current(message));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Send it, but tell nobody who watches twice that nothing is served any more.
	 * @param current what holds now
	 */
	private void send(RespT current) {
		if (isUnary() || !isRefusing() || !current.equals(this.sent)) {
			this.sent = current;
			super.sendMessage(current);
		}
	}

	private boolean isRefusing() {
		return !this.leftAlone && this.refusing.getAsBoolean();
	}

	private boolean isUnary() {
		return getMethodDescriptor().getType().serverSendsOneMessage();
	}

	@Override
	public void close(Status status, Metadata trailers) {
		this.lock.lock();
		try {
			this.closed = true;
			super.close(status, trailers);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Tell who watches, if what the service has said last means something else by now.
	 */
	void update() {
		boolean locked = false;
		try {
			locked = this.lock.tryLock(PATIENCE, TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (locked) {
			try {
				RespT said = this.said;
				RespT current = (said != null) ? current(said) : null;
				if (current != null && !this.closed && !isUnary() && !current.equals(this.sent)) {
					send(current);
				}
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	@SuppressWarnings("unchecked")
	private RespT current(RespT said) {
		if (isRefusing() && said instanceof HealthCheckResponse response
				&& response.getStatus() == ServingStatus.SERVING) {
			return (RespT) response.toBuilder().setStatus(ServingStatus.NOT_SERVING).build();
		}
		return said;
	}

}
