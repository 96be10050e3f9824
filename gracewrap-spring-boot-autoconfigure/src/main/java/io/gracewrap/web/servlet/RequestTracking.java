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

package io.gracewrap.web.servlet;

import java.util.List;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.util.MimeType;

/**
 * What is in flight for one servlet request, from its first dispatch to its last. The
 * filter and the interceptor find it in the request, and whichever began it ends it.
 *
 * @author GraceWrap Maintainers
 */
final class RequestTracking implements AsyncListener {

	private static final String ATTRIBUTE = RequestTracking.class.getName();

	private static final Object IGNORED = "ignored";

	private final InFlight inFlight;

	private final Object owner;

	private @Nullable ResponseStream stream;

	private boolean listening;

	private int depth;

	private RequestTracking(InFlight inFlight, Object owner) {
		this.inFlight = inFlight;
		this.owner = owner;
	}

	static @Nullable RequestTracking of(ServletRequest request) {
		return (request.getAttribute(ATTRIBUTE) instanceof RequestTracking tracking) ? tracking : null;
	}

	/**
	 * Not to be tracked at all, its error page included.
	 * @param request the request
	 */
	static void ignore(ServletRequest request) {
		request.setAttribute(ATTRIBUTE, IGNORED);
	}

	static boolean isIgnored(ServletRequest request) {
		return request.getAttribute(ATTRIBUTE) == IGNORED;
	}

	static RequestTracking begin(InFlightRegistry registry, HttpServletRequest request, Object owner) {
		RequestTracking tracking = new RequestTracking(registry.begin(request.getMethod(), null), owner);
		request.setAttribute(ATTRIBUTE, tracking);
		return tracking;
	}

	InFlight inFlight() {
		return this.inFlight;
	}

	/**
	 * The response may turn out to be a stream, which can be ended then.
	 * @param response the response of the server
	 * @param streamTypes the media types of streams
	 * @param closable whether the response can announce that the connection closes
	 * @return what is to be told of everything that is written
	 */
	ResponseStream mayStream(HttpServletResponse response, List<MimeType> streamTypes, boolean closable) {
		ResponseStream stream = new ResponseStream(this.inFlight, response, streamTypes, closable);
		this.stream = stream;
		return stream;
	}

	boolean hasEndedStream() {
		return this.stream != null && this.stream.isEnded();
	}

	boolean isOwnedBy(Object candidate) {
		return this.owner == candidate;
	}

	/**
	 * A handler is entered, perhaps from within another one or from a servlet or filter
	 * that nobody tracks.
	 * @param type the type of the dispatch
	 */
	void enter(DispatcherType type) {
		boolean nested = type == DispatcherType.FORWARD || type == DispatcherType.INCLUDE;
		this.depth = nested ? this.depth + 1 : 1;
	}

	/**
	 * A handler is left.
	 * @return whether it is the outermost
	 */
	boolean leave() {
		return --this.depth <= 0;
	}

	/**
	 * A dispatch of the request ends on the calling thread, and the request with it
	 * unless it goes on asynchronously.
	 * @param request the request
	 */
	void endDispatch(ServletRequest request) {
		try {
			if (request.isAsyncStarted()) {
				this.inFlight.suspend();
				listen(request.getAsyncContext());
				if (this.stream != null) {
					this.stream.detect();
					this.stream.complete();
				}
				return;
			}
		}
		catch (IllegalStateException ex) {
			// It has completed meanwhile.
		}
		this.inFlight.close();
	}

	private void listen(AsyncContext asyncContext) {
		if (!this.listening) {
			this.listening = true;
			asyncContext.addListener(this);
			this.inFlight.onAbort(() -> abort(asyncContext));
		}
	}

	private void abort(AsyncContext asyncContext) {
		if (this.stream != null && this.stream.isStream()) {
			this.stream.endOrCut();
		}
		else {
			answerUnavailable(asyncContext);
		}
	}

	/**
	 * No thread works on the request that could be interrupted to answer it.
	 * @param asyncContext the request's asynchronous context
	 */
	private static void answerUnavailable(AsyncContext asyncContext) {
		if (asyncContext.getResponse() instanceof HttpServletResponse response && !response.isCommitted()) {
			response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
		}
		asyncContext.complete();
	}

	@Override
	public void onStartAsync(AsyncEvent event) {
		// A new asynchronous cycle begins without the listeners of the one before.
		event.getAsyncContext().addListener(this);
	}

	@Override
	public void onComplete(AsyncEvent event) {
		this.inFlight.close();
	}

	@Override
	public void onError(AsyncEvent event) {
		this.inFlight.close();
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		// Not the end: the timeout is answered, and that completes the request.
	}

}
