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

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import jakarta.websocket.Session;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.apache.tomcat.websocket.Constants;

import org.springframework.util.ClassUtils;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.WebSocketHandler;
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

	private final Map<String, InFlight> sessions = new ConcurrentHashMap<>();

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
		this.sessions.put(session.getId(), inFlight);
		// A session that does not take its close may be blocked by what its client does
		// not read.
		AtomicBoolean told = new AtomicBoolean();
		Runnable end = () -> {
			told.set(true);
			this.executor.execute(() -> goAway(session, inFlight));
		};
		inFlight.onAbort(() -> {
			if (told.get()) {
				// The server closes its connection when it stops.
				inFlight.close();
			}
			else {
				end.run();
			}
		});
		inFlight.stream(end);
		super.afterConnectionEstablished(session);
	}

	@Override
	public void afterConnectionClosed(WebSocketSession session, CloseStatus closeStatus) throws Exception {
		InFlight inFlight = this.sessions.remove(session.getId());
		if (inFlight != null) {
			inFlight.close();
		}
		super.afterConnectionClosed(session, closeStatus);
	}

	/**
	 * That the client has been told is enough: it may never answer.
	 * @param session the session
	 * @param inFlight what is closed then
	 */
	private static void goAway(WebSocketSession session, InFlight inFlight) {
		try {
			if (STANDARD_API) {
				TomcatPatience.apply(session);
			}
			session.close(CloseStatus.GOING_AWAY);
		}
		catch (Throwable ex) {
			logger.debug("Could not close a WebSocket session", ex);
		}
		inFlight.close();
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
