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
 * written or its client is gone. Each callback is written out: a lambda for each is what
 * a call would pay for.
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
		if (begin()) {
			try {
				this.listener.onMessage(message);
			}
			catch (RuntimeException ex) {
				ignoreIfEnded(ex);
			}
			finally {
				this.inFlight.suspend();
			}
		}
	}

	@Override
	public void onHalfClose() {
		if (begin()) {
			try {
				this.listener.onHalfClose();
			}
			catch (RuntimeException ex) {
				ignoreIfEnded(ex);
			}
			finally {
				this.inFlight.suspend();
			}
		}
	}

	@Override
	public void onReady() {
		if (begin()) {
			try {
				this.listener.onReady();
			}
			catch (RuntimeException ex) {
				ignoreIfEnded(ex);
			}
			finally {
				this.inFlight.suspend();
			}
		}
	}

	@Override
	public void onCancel() {
		this.inFlight.resume();
		try {
			this.listener.onCancel();
		}
		catch (RuntimeException ex) {
			ignoreIfEnded(ex);
		}
		finally {
			this.inFlight.close();
		}
	}

	/**
	 * To its handler a call that has been ended is a cancelled one: it may take the other
	 * for the proof that all was sent (issue 5).
	 */
	@Override
	public void onComplete() {
		if (this.call.isEnded()) {
			onCancel();
			return;
		}
		this.inFlight.resume();
		try {
			this.listener.onComplete();
		}
		catch (RuntimeException ex) {
			ignoreIfEnded(ex);
		}
		finally {
			this.inFlight.close();
		}
	}

	/**
	 * The calling thread begins to work on the call, unless that has been ended: its
	 * client has been told that it is not served, and may have gone elsewhere with it.
	 * @return whether it does
	 */
	private boolean begin() {
		if (this.call.isEnded()) {
			return false;
		}
		this.inFlight.resume();
		return true;
	}

	private void ignoreIfEnded(RuntimeException failure) {
		if (!this.call.isEnded()) {
			throw failure;
		}
		// gRPC would log it as an error.
		logger.debug("Failed after the call was ended", failure);
	}

}
