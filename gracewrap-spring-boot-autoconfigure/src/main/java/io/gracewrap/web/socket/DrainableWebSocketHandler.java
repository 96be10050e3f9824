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

package io.gracewrap.web.socket;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import jakarta.websocket.Session;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.apache.tomcat.websocket.Constants;

import org.springframework.util.ClassUtils;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.adapter.NativeWebSocketSession;
import org.springframework.web.socket.handler.WebSocketHandlerDecorator;
import org.springframework.web.socket.handler.WebSocketSessionDecorator;

/**
 * Makes each session a stream, which ends by telling its client that the server goes
 * away.
 *
 * @author GraceWrap Maintainers
 */
final class DrainableWebSocketHandler extends WebSocketHandlerDecorator {

	private static final Log logger = LogFactory.getLog(DrainableWebSocketHandler.class);

	private static final boolean STANDARD_API = ClassUtils.isPresent("jakarta.websocket.Session",
			DrainableWebSocketHandler.class.getClassLoader());

	private final String route;

	private final InFlightRegistry registry;

	private final Executor executor;

	private final Map<String, OpenSession> sessions = new ConcurrentHashMap<>();

	/** Which may be closed already. */
	private final Set<WebSocketSession> toldToGo = Collections
		.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	DrainableWebSocketHandler(WebSocketHandler delegate, String route, InFlightRegistry registry, Executor executor) {
		super(delegate);
		this.route = route;
		this.registry = registry;
		this.executor = executor;
	}

	@Override
	public void afterConnectionEstablished(WebSocketSession session) throws Exception {
		InFlight inFlight = this.registry.begin(Protocol.WEBSOCKET, this.route, true);
		inFlight.handledBy(this.route, getLastHandler());
		inFlight.suspend();
		OpenSession open = new OpenSession(session, inFlight);
		OpenSession before = this.sessions.put(session.getId(), open);
		if (before != null) {
			// Clients of SockJS choose the number of their session.
			before.inFlight.close();
		}
		inFlight.onAbort(open::cut);
		open.enter();
		try {
			inFlight.stream(open::end);
			super.afterConnectionEstablished(session);
		}
		finally {
			open.leave();
		}
	}

	/**
	 * Not after our close: Tomcat passes on what comes then as well.
	 */
	@Override
	public void handleMessage(WebSocketSession session, WebSocketMessage<?> message) throws Exception {
		OpenSession open = this.sessions.get(session.getId());
		if (open == null) {
			if (!this.toldToGo.contains(session)) {
				super.handleMessage(session, message);
			}
		}
		else if (open.enter()) {
			try {
				super.handleMessage(session, message);
			}
			finally {
				open.leave(message);
			}
		}
	}

	@Override
	public void afterConnectionClosed(WebSocketSession session, CloseStatus closeStatus) throws Exception {
		OpenSession open = this.sessions.remove(session.getId());
		if (open != null) {
			open.inFlight.close();
		}
		super.afterConnectionClosed(session, closeStatus);
	}

	/**
	 * A session, which ends when no message is being handled or has come in part, and
	 * handles none from then on: nobody could be answered (issue 5).
	 */
	private final class OpenSession {

		private final WebSocketSession session;

		private final InFlight inFlight;

		private int handling;

		private boolean whole = true;

		private boolean ending;

		private boolean told;

		private OpenSession(WebSocketSession session, InFlight inFlight) {
			this.session = session;
			this.inFlight = inFlight;
		}

		private synchronized boolean enter() {
			if (this.told) {
				return false;
			}
			this.handling++;
			return true;
		}

		private synchronized void leave() {
			this.handling--;
			tellIfPossible();
		}

		private synchronized void leave(WebSocketMessage<?> message) {
			// Pongs come between the parts of a message.
			if (!(message instanceof PongMessage)) {
				this.whole = message.isLast();
			}
			leave();
		}

		private synchronized void end() {
			this.ending = true;
			tellIfPossible();
		}

		private void tellIfPossible() {
			if (this.ending && this.handling == 0 && this.whole) {
				tell();
			}
		}

		private synchronized void tell() {
			if (!this.told) {
				this.told = true;
				DrainableWebSocketHandler.this.toldToGo.add(this.session);
				DrainableWebSocketHandler.this.executor.execute(this::goAway);
			}
		}

		/**
		 * A session that does not take its close may be blocked by what its client does
		 * not read. The server closes its connection when it stops.
		 */
		private void cut() {
			boolean told;
			synchronized (this) {
				told = this.told;
				tell();
			}
			if (told) {
				this.inFlight.close();
			}
		}

		/**
		 * That the client has been told is enough: it may never answer.
		 */
		private void goAway() {
			try {
				if (STANDARD_API) {
					TomcatPatience.apply(this.session);
				}
				this.session.close(CloseStatus.GOING_AWAY);
			}
			catch (Throwable ex) {
				logger.debug("Could not close a WebSocket session", ex);
			}
			this.inFlight.close();
		}

	}

	/**
	 * Tomcat cuts a connection that has not taken a close other than the normal one
	 * within 50 ms, which a busy machine needs for less: its client is told nothing then.
	 */
	private static final class TomcatPatience {

		private static final Long MILLIS = 1000L;

		static void apply(WebSocketSession session) {
			if (WebSocketSessionDecorator.unwrap(session) instanceof NativeWebSocketSession standard
					&& standard.getNativeSession() instanceof Session nativeSession) {
				nativeSession.getUserProperties()
					.putIfAbsent(Constants.ABNORMAL_SESSION_CLOSE_SEND_TIMEOUT_PROPERTY, MILLIS);
			}
		}

	}

}
