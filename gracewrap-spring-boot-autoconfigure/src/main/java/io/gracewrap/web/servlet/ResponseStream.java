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

import io.gracewrap.InFlight;
import io.gracewrap.web.server.LastBytes;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.util.MimeType;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;

/**
 * What is written to a response that may turn out to be a stream, which shows when the
 * first of it is written. Such a stream can be ended beside the thread that writes it:
 * never while that thread uses the response, and only where a message has been written to
 * its end. From then on writing fails as it does when the client has gone.
 *
 * @author GraceWrap Maintainers
 */
final class ResponseStream {

	private final InFlight inFlight;

	private final ServletRequest request;

	private final HttpServletResponse response;

	private final StreamTypes streamTypes;

	private @Nullable AsyncContext asyncContext;

	private boolean typeKnown;

	private @Nullable MimeType type;

	private final LastBytes lastBytes = new LastBytes();

	private boolean unflushed;

	private int writers;

	private @Nullable Thread writer;

	private @Nullable Thread interrupted;

	private boolean ending;

	private boolean cut;

	private boolean ended;

	ResponseStream(InFlight inFlight, ServletRequest request, HttpServletResponse response, StreamTypes streamTypes) {
		this.inFlight = inFlight;
		this.request = request;
		this.response = response;
		this.streamTypes = streamTypes;
	}

	/**
	 * The request has become asynchronous.
	 * @param asyncContext what completes it
	 */
	synchronized void started(AsyncContext asyncContext) {
		this.asyncContext = asyncContext;
	}

	/**
	 * The calling thread begins to use the response.
	 * @throws IOException if the stream has been ended
	 */
	synchronized void enter() throws IOException {
		if (this.ended) {
			throw new AsyncRequestNotUsableException("The stream has been ended because the application stops");
		}
		this.writers++;
		this.writer = Thread.currentThread();
	}

	/**
	 * The calling thread has written these bytes, or characters of their value, where
	 * that is one of ASCII.
	 * @param lastBytes the last four at least, or all
	 */
	synchronized void written(byte... lastBytes) {
		for (byte b : lastBytes) {
			this.lastBytes.add(b);
		}
		this.unflushed = true;
	}

	synchronized void flushed() {
		this.unflushed = false;
	}

	/**
	 * Find out whether this is a stream, perhaps one that has sent nothing yet.
	 */
	void detect() {
		if (!this.typeKnown && findType()) {
			this.inFlight.stream(this::end);
		}
	}

	/**
	 * The calling thread no longer uses the response.
	 */
	void exit() {
		detect();
		synchronized (this) {
			this.writers--;
			leave();
		}
		endIfPossible();
	}

	/**
	 * An interrupt of ours must not outlive what it was for.
	 */
	private void leave() {
		if (this.interrupted == Thread.currentThread()) {
			this.interrupted = null;
			Thread.interrupted();
		}
		this.writer = null;
	}

	private boolean findType() {
		MimeType type = streamType();
		synchronized (this) {
			this.type = type;
			this.typeKnown = type != null || this.response.isCommitted();
		}
		return type != null;
	}

	private @Nullable MimeType streamType() {
		MimeType type = this.streamTypes.find(this.response.getContentType());
		return (type != null && this.response.getHeader(HttpHeaders.CONTENT_LENGTH) == null) ? type : null;
	}

	synchronized boolean isStream() {
		return this.type != null;
	}

	synchronized boolean isEnded() {
		return this.ended;
	}

	/**
	 * End the stream as soon as no message is being written.
	 */
	void end() {
		synchronized (this) {
			this.ending = true;
		}
		endIfPossibleElsewhere();
	}

	/**
	 * End the stream, or if that has been asked for already, do not wait for a message to
	 * be whole, nor for a client that does not read it.
	 */
	void endOrCut() {
		synchronized (this) {
			this.cut = this.ending;
			this.ending = true;
			if (this.cut && this.writer != null) {
				this.interrupted = this.writer;
				this.writer.interrupt();
			}
		}
		endIfPossibleElsewhere();
	}

	/**
	 * Who ends it is not to wait for listeners of the application. Who writes it ends it
	 * at once, or the next write would fail before.
	 */
	private void endIfPossibleElsewhere() {
		if (isAsynchronous()) {
			RequestTracking.COMPLETING.execute(this::endIfPossible);
		}
		else {
			endIfPossible();
		}
	}

	/**
	 * A thread that is interrupted at the drain deadline leaves this behind.
	 */
	void beforeAbort() {
		if (isSynchronousStream()) {
			end();
		}
	}

	private synchronized boolean isSynchronousStream() {
		return this.type != null && !isAsynchronous();
	}

	synchronized boolean isAsynchronous() {
		return this.asyncContext != null;
	}

	private void endIfPossible() {
		synchronized (this) {
			if (!this.ending || this.ended || this.writers > 0 || !(this.cut || isBetweenMessages())) {
				return;
			}
			this.ended = true;
		}
		complete();
	}

	private boolean isBetweenMessages() {
		return this.type == null || this.lastBytes.endMessage(this.type, !this.unflushed);
	}

	/**
	 * Complete the response of a stream that has been ended. Without the lock, because
	 * this may call listeners that wait for a thread which is about to write. Nothing is
	 * left to do if the request is not asynchronous, or not any more: its dispatch ends
	 * then.
	 */
	void complete() {
		AsyncContext asyncContext;
		synchronized (this) {
			asyncContext = this.ended ? this.asyncContext : null;
		}
		if (asyncContext != null) {
			try {
				TrackedResponse.announceClose(this.request, this.response);
				asyncContext.complete();
			}
			catch (IllegalStateException ex) {
				// It has been completed or dispatched.
			}
		}
	}

}
