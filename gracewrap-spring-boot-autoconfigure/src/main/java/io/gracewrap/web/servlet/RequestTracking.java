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

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.server.DrainThreads;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.async.CallableProcessingInterceptor;
import org.springframework.web.context.request.async.WebAsyncManager;
import org.springframework.web.context.request.async.WebAsyncUtils;

/**
 * What is in flight for one servlet request, from its first dispatch to its last. The
 * filter and the interceptor find it in the request, and whichever began it ends it. It
 * is kept where Spring MVC keeps those that are told of the thread that a
 * {@link Callable} runs on, so that this costs nothing more.
 *
 * @author GraceWrap Maintainers
 */
final class RequestTracking implements AsyncListener, CallableProcessingInterceptor, InFlight.Control {

	private static final String NAME = RequestTracking.class.getName();

	private static final Object IGNORED = "ignored";

	/**
	 * Completes streams: listeners of the application run meanwhile, and may wait for a
	 * thread that is to be cut (issue 5).
	 */
	static final Executor COMPLETING = DrainThreads.create("gracewrap-completing-");

	/**
	 * Completes requests that are cut, whose answers are not to wait for listeners of
	 * streams.
	 */
	private static final Executor ANSWERING = DrainThreads.create("gracewrap-answering-");

	private final InFlight inFlight;

	private final HttpServletResponse response;

	private final Object owner;

	private volatile @Nullable ResponseStream stream;

	private volatile @Nullable AsyncContext asyncContext;

	private volatile boolean cut;

	private volatile boolean unfinished;

	private volatile boolean reportedFailed;

	private int depth;

	private RequestTracking(InFlight inFlight, HttpServletResponse response, Object owner) {
		this.inFlight = inFlight;
		this.response = response;
		this.owner = owner;
		inFlight.controlledBy(this);
	}

	/**
	 * Find what the filter has begun, without asking for attributes: on Tomcat that takes
	 * longer than anything else here.
	 * @param request a request as the application gets it
	 * @return what is in flight, or {@code null} if it has to be asked for
	 */
	static @Nullable RequestTracking wrappedIn(ServletRequest request) {
		ServletRequest candidate = request;
		while (candidate instanceof ServletRequestWrapper wrapper) {
			if (wrapper instanceof TrackedRequest tracked) {
				return tracked.tracking();
			}
			candidate = wrapper.getRequest();
		}
		return null;
	}

	static @Nullable RequestTracking of(ServletRequest request) {
		RequestTracking wrapped = wrappedIn(request);
		if (wrapped != null) {
			return wrapped;
		}
		Object manager = request.getAttribute(WebAsyncUtils.WEB_ASYNC_MANAGER_ATTRIBUTE);
		if (manager instanceof WebAsyncManager asyncManager
				&& asyncManager.getCallableInterceptor(NAME) instanceof RequestTracking tracking) {
			return tracking;
		}
		return (request.getAttribute(NAME) instanceof RequestTracking tracking) ? tracking : null;
	}

	/**
	 * Not to be tracked at all, its error page included.
	 * @param request the request
	 */
	static void ignore(ServletRequest request) {
		request.setAttribute(NAME, IGNORED);
	}

	static boolean isIgnored(ServletRequest request) {
		return request.getAttribute(NAME) == IGNORED;
	}

	static RequestTracking begin(InFlightRegistry registry, HttpServletRequest request, HttpServletResponse response,
			Object owner) {
		RequestTracking tracking = new RequestTracking(registry.begin(request.getMethod(), null), response, owner);
		WebAsyncUtils.getAsyncManager(request).registerCallableInterceptor(NAME, tracking);
		return tracking;
	}

	InFlight inFlight() {
		return this.inFlight;
	}

	/**
	 * The response may turn out to be a stream, which can be ended then. Asked more than
	 * once, and by several threads, it is the same.
	 * @param request the request of the server
	 * @param response its response
	 * @param streamTypes the media types of streams
	 * @return what is to be told of everything that is written
	 */
	synchronized ResponseStream mayStream(ServletRequest request, HttpServletResponse response,
			StreamTypes streamTypes) {
		ResponseStream stream = this.stream;
		if (stream == null) {
			stream = new ResponseStream(this.inFlight, request, response, streamTypes);
			this.stream = stream;
		}
		return stream;
	}

	/**
	 * Return what may turn out to be a stream.
	 * @return what is to be told of everything that is written, or {@code null} as long
	 * as the response cannot be one
	 */
	@Nullable ResponseStream stream() {
		return this.stream;
	}

	boolean hasEndedStream() {
		ResponseStream stream = this.stream;
		return stream != null && stream.isEnded();
	}

	boolean isCut() {
		return this.cut;
	}

	/**
	 * The handler has failed, or has taken too long. If that is because it was cut, and a
	 * part of the response has been sent, no client is to take it for the whole.
	 */
	void failed() {
		if (this.cut && this.response.isCommitted()) {
			this.unfinished = true;
		}
	}

	/**
	 * Let no response that was cut look like a success (issue 5). Half of one is ended
	 * properly when an exception handler has handled the exception, or after a timeout.
	 * Spring MVC takes the client of a request that the server reports as failed for
	 * gone, and Jetty answers that with an empty 200.
	 * @throws IOException if a part of the response has been sent
	 */
	void endCut() throws IOException {
		if (!this.cut || hasEndedStream()) {
			return;
		}
		if (this.unfinished) {
			throw new CutException();
		}
		if (this.reportedFailed && !this.response.isCommitted()
				&& this.response.getStatus() == HttpServletResponse.SC_OK) {
			this.response.reset();
			this.response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
		}
	}

	/**
	 * Whether the calling thread has been interrupted to cut this request, and may not
	 * know: Spring MVC swallows an interrupt that comes before an asynchronous request
	 * writes (issue 5).
	 * @return whether it is to be interrupted once more
	 */
	boolean mayHaveLostInterrupt() {
		ResponseStream stream = this.stream;
		boolean asynchronous = this.asyncContext != null || (stream != null && stream.isAsynchronous());
		return asynchronous && this.inFlight.isInterrupted();
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
				listen(request);
				ResponseStream stream = this.stream;
				if (stream != null) {
					stream.detect();
					stream.complete();
				}
				return;
			}
		}
		catch (IllegalStateException ex) {
			// It has completed meanwhile.
		}
		this.inFlight.close();
	}

	private void listen(ServletRequest request) {
		if (this.asyncContext == null) {
			AsyncContext asyncContext = request.getAsyncContext();
			// Spring MVC forgets its own when it is done, which is before an error page.
			request.setAttribute(NAME, this);
			asyncContext.addListener(this);
			this.asyncContext = asyncContext;
		}
	}

	@Override
	public void beforeAbort() {
		this.cut = true;
		ResponseStream stream = this.stream;
		if (stream != null) {
			stream.beforeAbort();
		}
	}

	@Override
	public void abort() {
		AsyncContext asyncContext = this.asyncContext;
		if (asyncContext == null) {
			return;
		}
		ResponseStream stream = this.stream;
		if (stream != null && stream.isStream()) {
			stream.endOrCut();
		}
		else {
			ANSWERING.execute(() -> answerUnavailable(asyncContext));
		}
	}

	/**
	 * No thread works on the request that could be interrupted to answer it.
	 * @param asyncContext the request's asynchronous context
	 */
	private static void answerUnavailable(AsyncContext asyncContext) {
		try {
			if (asyncContext.getResponse() instanceof HttpServletResponse response) {
				// No client is to take half a response for a whole one: the server cuts
				// it when it stops.
				if (!response.isCommitted()) {
					answerUnavailable(asyncContext, response);
				}
				return;
			}
			asyncContext.complete();
		}
		catch (IllegalStateException ex) {
			// It has been completed or dispatched.
		}
	}

	private static void answerUnavailable(AsyncContext asyncContext, HttpServletResponse response) {
		int status = response.getStatus();
		response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
		try {
			asyncContext.complete();
		}
		catch (IllegalStateException ex) {
			// The answer that it has been dispatched with is on its way.
			response.setStatus(status);
		}
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
		this.reportedFailed = true;
		this.inFlight.close();
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		// Not the end: the timeout is answered, and that completes the request.
		failed();
	}

	@Override
	public <T> void preProcess(NativeWebRequest request, Callable<T> task) {
		this.inFlight.resume();
	}

	@Override
	public <T> void postProcess(NativeWebRequest request, Callable<T> task, @Nullable Object concurrentResult) {
		this.inFlight.suspend();
	}

	/**
	 * Its stack would say nothing, and servers log it.
	 */
	private static final class CutException extends IOException {

		CutException() {
			super("The response has been cut because the application stops");
		}

		@Override
		public synchronized Throwable fillInStackTrace() {
			return this;
		}

	}

}
