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

import io.gracewrap.InFlight;
import io.grpc.ServerCall;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells which thread works on a call, and closes it in the registry when its response is
 * written or its client is gone.
 *
 * @param <ReqT> the type of the requests
 * @author GraceWrap Maintainers
 */
final class TrackedListener<ReqT> extends ServerCall.Listener<ReqT> {

	private static final Log logger = LogFactory.getLog(TrackedListener.class);

	private final ServerCall.Listener<ReqT> listener;

	private final EndableCall<ReqT, ?> call;

	private final InFlight inFlight;

	TrackedListener(ServerCall.Listener<ReqT> listener, EndableCall<ReqT, ?> call, InFlight inFlight) {
		this.listener = listener;
		this.call = call;
		this.inFlight = inFlight;
	}

	@Override
	public void onMessage(ReqT message) {
		workUnlessEnded(() -> this.listener.onMessage(message));
	}

	@Override
	public void onHalfClose() {
		workUnlessEnded(this.listener::onHalfClose);
	}

	@Override
	public void onReady() {
		workUnlessEnded(this.listener::onReady);
	}

	@Override
	public void onCancel() {
		finish(this.listener::onCancel);
	}

	@Override
	public void onComplete() {
		finish(this.listener::onComplete);
	}

	/**
	 * Its client has been told that a call that was ended is not served, and may have
	 * gone elsewhere with it.
	 * @param callback the callback
	 */
	private void workUnlessEnded(Runnable callback) {
		if (!this.call.isEnded()) {
			work(callback);
		}
	}

	private void finish(Runnable callback) {
		try {
			work(callback);
		}
		finally {
			this.inFlight.close();
		}
	}

	private void work(Runnable callback) {
		this.inFlight.resume();
		try {
			callback.run();
		}
		catch (RuntimeException ex) {
			if (!this.call.isEnded()) {
				throw ex;
			}
			// gRPC would log it as an error.
			logger.debug("Failed after the call was ended", ex);
		}
		finally {
			this.inFlight.suspend();
		}
	}

}
