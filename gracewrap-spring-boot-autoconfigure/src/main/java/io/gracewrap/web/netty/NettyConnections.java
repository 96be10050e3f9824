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

package io.gracewrap.web.netty;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.gracewrap.web.server.Patience;
import io.gracewrap.web.server.ServerConnections;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ServerChannel;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyWebServer;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/**
 * The connections of Reactor Netty. It would close those without a request at once and
 * lose what it has not read yet, so it finds its listening socket closed and none of them
 * left.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class NettyConnections
		implements ServerConnections, WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {

	/** Between two looks at who waits to be accepted, in milliseconds. */
	private static final long LOOK = 10;

	private static final int MOST_LOOKS = 10;

	private static final long FIRST_REQUEST = Patience.FIRST_REQUEST.toNanos();

	private final Set<NettyConnection> connections = ConcurrentHashMap.newKeySet();

	/** Accepted, but not yet taken up by the event loops that are to serve them. */
	private final Set<Channel> accepted = ConcurrentHashMap.newKeySet();

	private volatile @Nullable DisposableServer server;

	private volatile int numberAccepted;

	private final LongSupplier nanoTime;

	private volatile long closedAt;

	/**
	 * Create the connections.
	 */
	public NettyConnections() {
		this(System::nanoTime);
	}

	NettyConnections(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
		this.closedAt = nanoTime.getAsLong() - FIRST_REQUEST;
	}

	@Override
	public void customize(NettyReactiveWebServerFactory factory) {
		factory.addServerCustomizers(this::customize);
		// Nothing is left for Spring Boot's own graceful shutdown, and its abort waits
		// for ever if it comes in the moment in which that ends.
		factory.setShutdown(Shutdown.IMMEDIATE);
	}

	private HttpServer customize(HttpServer server) {
		return server.doOnBound(this::bound)
			.doOnChannelInit((observer, channel, remoteAddress) -> track(channel))
			.childObserve(NettyConnections::observe);
	}

	private void bound(DisposableServer server) {
		server.channel().pipeline().addFirst(new Acceptor());
		server.channel().closeFuture().addListener((closed) -> this.closedAt = this.nanoTime.getAsLong());
		this.server = server;
	}

	private void track(Channel channel) {
		if (channel.parent() instanceof ServerChannel) {
			NettyConnection connection = new NettyConnection(channel, this.nanoTime);
			this.connections.add(connection);
			this.accepted.remove(channel);
			channel.closeFuture().addListener((closed) -> this.connections.remove(connection));
			ChannelPipeline pipeline = channel.pipeline();
			if (pipeline.get(NettyPipeline.SslHandler) != null) {
				pipeline.addAfter(NettyPipeline.SslHandler, NettyConnection.NAME, connection);
			}
			else {
				pipeline.addFirst(NettyConnection.NAME, connection);
			}
		}
	}

	private static void observe(Connection operations, ConnectionObserver.State state) {
		boolean begun = state == ConnectionObserver.State.CONFIGURED;
		if ((begun || state == ConnectionObserver.State.DISCONNECTING)
				&& operations.channel().pipeline().get(NettyConnection.NAME) instanceof NettyConnection connection) {
			if (begun) {
				connection.requestBegun();
			}
			else {
				connection.requestEnded();
			}
		}
	}

	@Override
	public void goAway(WebServer webServer) {
		each(webServer, NettyConnection::goAway);
	}

	@Override
	public void stopAccepting(WebServer webServer) {
		DisposableServer server = this.server;
		if (webServer instanceof NettyWebServer && server != null) {
			Channel listening = server.channel();
			try {
				listening.eventLoop().execute(() -> closeWhenNobodyWaits(listening, -1, MOST_LOOKS));
			}
			catch (RejectedExecutionException ex) {
				listening.close();
			}
		}
	}

	/**
	 * Whoever the kernel has let in already would be reset: many, if the machine has
	 * stood still (issue 5). Between two looks the event loop accepts.
	 * @param listening the channel to close
	 * @param before how many had been accepted at the last look
	 * @param looks how many more there may be
	 */
	private void closeWhenNobodyWaits(Channel listening, int before, int looks) {
		int number = this.numberAccepted;
		if (number == before || looks == 0) {
			listening.close();
		}
		else {
			listening.eventLoop()
				.schedule(() -> closeWhenNobodyWaits(listening, number, looks - 1), LOOK, TimeUnit.MILLISECONDS);
		}
	}

	@Override
	public boolean closeIdle(WebServer webServer, boolean patient) {
		// What is accepted at last is to have its time as well.
		boolean patientStill = patient || isAccepting() || this.nanoTime.getAsLong() - this.closedAt < FIRST_REQUEST;
		each(webServer, (connection) -> connection.closeIfIdle(patientStill));
		// One that its event loop did not take is closed without its future, too.
		this.accepted.removeIf((channel) -> !channel.isOpen());
		return webServer instanceof NettyWebServer && (isAccepting() || !this.accepted.isEmpty()
				|| this.connections.stream().anyMatch(NettyConnection::isBeginning));
	}

	private boolean isAccepting() {
		DisposableServer server = this.server;
		return server != null && !server.channel().closeFuture().isDone();
	}

	@Override
	public boolean areBusy(WebServer webServer) {
		return webServer instanceof NettyWebServer && this.connections.stream().anyMatch(NettyConnection::isBusy);
	}

	/**
	 * The server does not cut what it has not seen closing itself.
	 */
	@Override
	public void stop(WebServer webServer, Duration timeLeft) {
		each(webServer, NettyConnection::close);
	}

	private void each(WebServer webServer, Consumer<NettyConnection> action) {
		if (webServer instanceof NettyWebServer) {
			this.connections.forEach(action);
		}
	}

	/**
	 * Sees what the event loop of the listening socket gives to others, which may be busy
	 * (issue 5).
	 */
	private final class Acceptor extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			if (message instanceof Channel channel) {
				NettyConnections.this.numberAccepted++;
				NettyConnections.this.accepted.add(channel);
				channel.closeFuture().addListener((closed) -> NettyConnections.this.accepted.remove(channel));
			}
			context.fireChannelRead(message);
			if (message instanceof Channel channel && !channel.isOpen()) {
				// One too many is closed without its future.
				NettyConnections.this.accepted.remove(channel);
			}
		}

	}

}
