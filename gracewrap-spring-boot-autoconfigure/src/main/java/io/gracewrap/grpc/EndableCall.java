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

import io.gracewrap.InFlight;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * A call that the drain can end beside its handler, which notices nothing: what it sends
 * afterwards is dropped. The lock is there because calls are not thread-safe.
 *
 * @param <ReqT> the type of the requests
 * @param <RespT> the type of the responses
 * @author GraceWrap Maintainers
 */
final class EndableCall<ReqT, RespT> extends SimpleForwardingServerCall<ReqT, RespT> implements InFlight.Control {

	private static final Status SHUTTING_DOWN = Status.UNAVAILABLE.withDescription("the application is shutting down");

	/** Nothing that holds the lock waits for anything, but the drain takes no chances. */
	private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(100);

	private final Lock lock = new ReentrantLock();

	private final boolean headersFirst;

	private boolean headersSent;

	private boolean closed;

	private volatile boolean ended;

	/**
	 * Create a call that can be ended.
	 * @param call the call
	 * @param headersFirst whether it cannot end with trailers alone, which is what says
	 * to clients that they may try again
	 */
	EndableCall(ServerCall<ReqT, RespT> call, boolean headersFirst) {
		super(call);
		this.headersFirst = headersFirst;
	}

	/**
	 * End this call unless it has been closed already.
	 * @param status how to end it
	 */
	void end(Status status) {
		boolean locked = false;
		try {
			locked = this.lock.tryLock(PATIENCE, TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (locked) {
			try {
				if (!this.closed && !this.ended) {
					this.ended = true;
					if (this.headersFirst && !this.headersSent) {
						super.sendHeaders(new Metadata());
					}
					super.close(status, new Metadata());
				}
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	@Override
	public void beforeAbort() {
		end(SHUTTING_DOWN);
	}

	boolean isEnded() {
		return this.ended;
	}

	@Override
	public void sendHeaders(Metadata headers) {
		this.lock.lock();
		try {
			if (!this.ended) {
				this.headersSent = true;
				super.sendHeaders(headers);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void sendMessage(RespT message) {
		this.lock.lock();
		try {
			if (!this.ended) {
				super.sendMessage(message);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close(Status status, Metadata trailers) {
		this.lock.lock();
		try {
			if (!this.ended) {
				this.closed = true;
				super.close(status, trailers);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Tells handlers that look after their calls that nobody listens any more.
	 */
	@Override
	public boolean isCancelled() {
		return this.ended || super.isCancelled();
	}

}
