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

package io.gracewrap.benchmarks;

import io.gracewrap.web.netty.NettyConnections;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.server.reactive.HttpHandler;

/**
 * Gives requests to WebFlux by way of a connection that has what GraceWrap adds to it.
 *
 * @author GraceWrap Maintainers
 */
class NettyExchange extends ChannelInboundHandlerAdapter implements Exchange {

	private final HelloRequest request = new HelloRequest();

	private final HttpHandler handler;

	private final EmbeddedChannel channel;

	private final ConnectionObserver observer;

	private final Connection connection;

	private long written;

	NettyExchange(ConfigurableApplicationContext application) {
		this(application, application.getBean(HttpHandler.class));
	}

	NettyExchange(ConfigurableApplicationContext application, HttpHandler handler) {
		this.handler = handler;
		HttpServer server = server(application);
		this.channel = new EmbeddedChannel(new NioServerSocketChannel(), DefaultChannelId.newInstance(), true, false,
				this);
		this.connection = Connection.from(this.channel);
		ConnectionObserver observer = server.configuration().childObserver();
		this.observer = (observer != null) ? observer : ConnectionObserver.emptyListener();
		server.configuration().doOnChannelInit().onChannelInit(this.observer, this.channel, null);
	}

	private static HttpServer server(ConfigurableApplicationContext application) {
		NettyReactiveWebServerFactory factory = new NettyReactiveWebServerFactory();
		application.getBeanProvider(NettyConnections.class)
			.ifAvailable((connections) -> connections.customize(factory));
		HttpServer server = HttpServer.create();
		for (NettyServerCustomizer customizer : factory.getServerCustomizers()) {
			server = customizer.apply(server);
		}
		return server;
	}

	@Override
	public long send() {
		this.written = 0;
		this.channel.pipeline().fireChannelRead(this.request);
		return this.written;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		this.observer.onStateChange(this.connection, ConnectionObserver.State.CONFIGURED);
		HelloResponse response = new HelloResponse();
		this.handler.handle((HelloRequest) message, response).subscribe();
		this.written = response.written();
	}

}
