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

package io.gracewrap.web.reactive;

import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import io.gracewrap.web.server.DrainThreads;
import jakarta.websocket.Session;
import org.apache.tomcat.websocket.Constants;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.channel.ChannelOperations;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.adapter.AbstractWebSocketSession;
import org.springframework.web.server.ServerWebExchange;

/**
 * Tracks a WebSocket session for as long as it is handled, and closes it with the status
 * {@code 1001} when streams are to end.
 *
 * @author GraceWrap Maintainers
 */
final class TrackedWebSocketHandler implements WebSocketHandler {

	private static final boolean STANDARD_API = ClassUtils.isPresent("jakarta.websocket.Session",
			TrackedWebSocketHandler.class.getClassLoader());

	private static final boolean REACTOR_NETTY_PRESENT = ClassUtils.isPresent("reactor.netty.channel.ChannelOperations",
			TrackedWebSocketHandler.class.getClassLoader());

	private final WebSocketHandler delegate;

	private final InFlightRegistry registry;

	private final @Nullable RequestTracking handshake;

	private final @Nullable String route;

	private final ServerHttpRequest request;

	TrackedWebSocketHandler(WebSocketHandler delegate, InFlightRegistry registry, @Nullable RequestTracking handshake,
			ServerWebExchange exchange) {
		this.delegate = delegate;
		this.registry = registry;
		this.handshake = handshake;
		this.route = RequestTracking.route(exchange);
		this.request = exchange.getRequest();
	}

	@Override
	public List<String> getSubProtocols() {
		return this.delegate.getSubProtocols();
	}

	@Override
	public Mono<Void> handle(WebSocketSession session) {
		InFlight inFlight = this.registry.begin(Protocol.WEBSOCKET, this.route, true);
		inFlight.suspend();
		inFlight.handledBy(this.route, this.delegate);
		SessionEnd end = new SessionEnd(session);
		inFlight.onAbort(end::hasten);
		inFlight.stream(end::come);
		if (REACTOR_NETTY_PRESENT) {
			ReactorNetty.tell(this.request);
		}
		if (this.handshake != null) {
			// Its response may last as long as the session.
			this.handshake.close();
		}
		// A handler need not notice that its session is over.
		session.closeStatus()
			.subscribe(null, (ex) -> end.whenOver(inFlight::close), () -> end.whenOver(inFlight::close));
		return Mono.defer(() -> this.delegate.handle(session))
			.takeUntilOther(end.isOver())
			.doFinally((signal) -> end.whenOver(inFlight::close));
	}

	/**
	 * The end of a session that has none of its own.
	 */
	private static final class SessionEnd {

		/** Not those of the application, all of which may be busy (issue 5). */
		private static final Scheduler CLOSING = Schedulers.fromExecutor(DrainThreads.create("gracewrap-closing-"));

		private final WebSocketSession session;

		private final AtomicBoolean come = new AtomicBoolean();

		private final Sinks.Empty<Void> over = Sinks.empty();

		SessionEnd(WebSocketSession session) {
			this.session = session;
		}

		/**
		 * Close the session: on a thread that may wait, because Tomcat does so for a
		 * client that does not read, and in a way that nothing cancels, because Netty
		 * would then not send what is to be sent.
		 */
		void come() {
			if (this.come.compareAndSet(false, true)) {
				Mono.defer(this::close)
					.subscribeOn(CLOSING)
					.subscribe(null, (ex) -> this.over.tryEmitEmpty(), this.over::tryEmitEmpty);
			}
		}

		private Mono<Void> close() {
			if (STANDARD_API) {
				TomcatPatience.apply(this.session);
			}
			return this.session.close(CloseStatus.GOING_AWAY);
		}

		void hasten() {
			if (this.come.get()) {
				this.over.tryEmitEmpty();
			}
			come();
		}

		/**
		 * A session that is being closed lasts until its client has been told.
		 * @param action what to do then, or at once if it is not being closed
		 */
		void whenOver(Runnable action) {
			if (this.come.get()) {
				isOver().subscribe(null, (ex) -> action.run(), action);
			}
			else {
				action.run();
			}
		}

		Mono<Void> isOver() {
			return this.over.asMono();
		}

	}

	/**
	 * Apart, because Reactor Netty may be absent.
	 */
	private static final class ReactorNetty {

		/**
		 * Tell the connection that its session is known, and need not be waited for once
		 * it is known no more: its client may never read the close.
		 * @param request the request of the handshake
		 */
		static void tell(ServerHttpRequest request) {
			if (ConnectionClose.nativeRequest(request) instanceof ChannelOperations<?, ?> operations) {
				operations.channel().pipeline().fireUserEventTriggered(Protocol.WEBSOCKET);
			}
		}

	}

	/**
	 * Tomcat cuts a connection that has not taken a close other than the normal one
	 * within 50 ms, which a busy machine needs for less: its client is told nothing then.
	 */
	private static final class TomcatPatience {

		private static final Long MILLIS = 1000L;

		private static final @Nullable Method DELEGATE = ReflectionUtils.findMethod(AbstractWebSocketSession.class,
				"getDelegate");

		static void apply(WebSocketSession session) {
			if (DELEGATE != null && session instanceof AbstractWebSocketSession) {
				ReflectionUtils.makeAccessible(DELEGATE);
				if (ReflectionUtils.invokeMethod(DELEGATE, session) instanceof Session nativeSession) {
					nativeSession.getUserProperties()
						.putIfAbsent(Constants.ABNORMAL_SESSION_CLOSE_SEND_TIMEOUT_PROPERTY, MILLIS);
				}
			}
		}

	}

}
