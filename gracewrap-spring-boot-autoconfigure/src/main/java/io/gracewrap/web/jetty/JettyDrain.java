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

package io.gracewrap.web.jetty;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

import io.gracewrap.DrainParticipant;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

import org.springframework.boot.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;

/**
 * Closes Jetty's idle connections before the server shuts down, and keeps the shutdown
 * from failing slow uploads and slow readers that are in flight: Jetty would cut any
 * connection on which nothing moves for a second.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class JettyDrain
		implements DrainParticipant, WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory>, Ordered {

	private static final long IDLE_TIMEOUT_DISABLED = -1;

	/** Milliseconds. */
	private static final long LAST_WAIT = 100;

	private final ApplicationContext context;

	/**
	 * Create the drain of a context's Jetty.
	 * @param context the context whose server, if it has one, is drained
	 */
	public JettyDrain(ApplicationContext context) {
		this.context = context;
	}

	@Override
	public void customize(ConfigurableJettyWebServerFactory factory) {
		factory.addServerCustomizers((server) -> connectors(server)
			.forEach((connector) -> connector.setShutdownIdleTimeout(IDLE_TIMEOUT_DISABLED)));
	}

	/**
	 * Early as a participant: idle connections close while the server still listens. As a
	 * customizer it works with any order.
	 */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public void drain() {
		closeIdleConnections();
	}

	/**
	 * Asked until nothing is about to begin; a connection whose request never came is
	 * closed meanwhile.
	 */
	@Override
	public boolean isDrained() {
		return !closeIdleConnections();
	}

	/**
	 * Close connections on which no request is in progress.
	 * @return whether requests are about to begin: they have arrived, but have not been
	 * read yet
	 */
	private boolean closeIdleConnections() {
		boolean beginning = false;
		for (EndPoint endPoint : server().stream()
			.flatMap(this::connectors)
			.flatMap((connector) -> connector.getConnectedEndPoints().stream())
			.filter(this::isBetweenRequests)
			.toList()) {
			if (hasUnreadBytes(endPoint)) {
				beginning = true;
			}
			else if (isBetweenRequests(endPoint)) {
				endPoint.close();
			}
		}
		return beginning;
	}

	private boolean isBetweenRequests(EndPoint endPoint) {
		Connection connection = endPoint.getConnection();
		if (connection instanceof SslConnection secure) {
			connection = secure.getSslEndPoint().getConnection();
		}
		return connection instanceof HttpConnection http && http.isFillInterested()
				&& http.getHttpChannel().getRequest() == null;
	}

	private boolean hasUnreadBytes(EndPoint endPoint) {
		try {
			return endPoint instanceof SocketChannelEndPoint socket
					&& socket.getChannel().socket().getInputStream().available() > 0;
		}
		catch (IOException | RuntimeException ex) {
			return false;
		}
	}

	/**
	 * What has outlasted the drain and an interrupt is not waited for again: Jetty would
	 * take five seconds after the beans are destroyed.
	 */
	@Override
	public void stop(Duration timeLeft) {
		if (timeLeft.isZero()) {
			server().map(Server::getThreadPool)
				.filter(QueuedThreadPool.class::isInstance)
				.map(QueuedThreadPool.class::cast)
				.ifPresent((threadPool) -> threadPool.setStopTimeout(LAST_WAIT));
		}
	}

	private Optional<Server> server() {
		return (this.context instanceof WebServerApplicationContext server
				&& server.getWebServer() instanceof JettyWebServer webServer) ? Optional.of(webServer.getServer())
						: Optional.empty();
	}

	private Stream<AbstractConnector> connectors(Server server) {
		return Arrays.stream(server.getConnectors())
			.filter(AbstractConnector.class::isInstance)
			.map(AbstractConnector.class::cast);
	}

}
