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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.net.ssl.SSLEngineResult.HandshakeStatus;

import io.gracewrap.web.server.Patience;
import io.gracewrap.web.server.ServerConnections;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.NegotiatingServerConnection;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.util.ClassUtils;

/**
 * The connections of Jetty. Also keeps the shutdown from failing slow uploads and slow
 * readers that are in flight: Jetty would cut any connection on which nothing moves for a
 * second.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class JettyConnections
		implements ServerConnections, WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory> {

	private static final String HTTP2 = "org.eclipse.jetty.http2.HTTP2Connection";

	private static final long IDLE_TIMEOUT_DISABLED = -1;

	/** Milliseconds. */
	private static final long LAST_WAIT = 100;

	/** Milliseconds until sessions that do not end are cut. */
	private static final long SESSIONS_WAIT = 500;

	private static final long ON_ITS_WAY = Patience.ON_ITS_WAY.toMillis();

	private static final long FIRST_REQUEST = Patience.FIRST_REQUEST.toMillis();

	private static final long HANDSHAKE = Patience.HANDSHAKE.toMillis();

	private final @Nullable JettyHttp2Connections http2 = ClassUtils.isPresent(HTTP2,
			JettyConnections.class.getClassLoader()) ? new JettyHttp2Connections() : null;

	@Override
	public void customize(ConfigurableJettyWebServerFactory factory) {
		factory.addServerCustomizers((server) -> connectors(server).forEach(this::customize));
	}

	private void customize(AbstractConnector connector) {
		connector.setShutdownIdleTimeout(IDLE_TIMEOUT_DISABLED);
		if (connector instanceof ServerConnector serverConnector) {
			JettyAcceptor.addTo(serverConnector);
		}
	}

	@Override
	public void goAway(WebServer webServer) {
		if (this.http2 != null && webServer instanceof JettyWebServer jetty) {
			this.http2.goAway(endPoints(jetty).map(this::connection).collect(Collectors.toSet()));
		}
	}

	@Override
	public void stopAccepting(WebServer webServer) {
		if (webServer instanceof JettyWebServer jetty) {
			// Or it would close those who wait and are accepted now.
			jetty.getServer()
				.getBeans(NetworkConnectionLimit.class)
				.forEach((limit) -> limit.setMaxNetworkConnectionCount(Integer.MAX_VALUE));
			connectors(jetty.getServer()).forEach(this::stopAccepting);
		}
	}

	private void stopAccepting(AbstractConnector connector) {
		JettyAcceptor acceptor = connector.getBean(JettyAcceptor.class);
		if (acceptor != null) {
			acceptor.stop();
		}
		else {
			// Jetty's connections outlive the shutdown of their connector.
			connector.shutdown();
		}
	}

	@Override
	public boolean closeIdle(WebServer webServer, boolean patient) {
		boolean beginning = false;
		if (webServer instanceof JettyWebServer jetty) {
			// First, because they move from there to the endpoints.
			for (AbstractConnector connector : connectors(jetty.getServer()).toList()) {
				JettyAcceptor acceptor = connector.getBean(JettyAcceptor.class);
				beginning |= acceptor != null && acceptor.isBusy();
			}
			for (EndPoint endPoint : endPoints(jetty).toList()) {
				// One that has waited for a thread begins only now.
				beginning |= closeIfIdle(endPoint, patient || isNew(endPoint, FIRST_REQUEST));
			}
		}
		return beginning;
	}

	private boolean closeIfIdle(EndPoint endPoint, boolean patient) {
		if (isHandshaking(endPoint, patient)) {
			return true;
		}
		Connection connection = connection(endPoint);
		if (connection instanceof HttpConnection http) {
			return http.getHttpChannel().getRequest() == null
					&& (((patient || isUnusedAndSecure(endPoint, http) || isBetweenRequests(http))
							&& hasJustMoved(endPoint, http)) || closeIfIdle(endPoint, http, patient));
		}
		return this.http2 != null && this.http2.contains(connection)
				&& this.http2.closeIfIdle(connection, hasUnreadBytes(endPoint), patient);
	}

	@Override
	public boolean areAllClosed(WebServer webServer) {
		return webServer instanceof JettyWebServer jetty && Arrays.stream(jetty.getServer().getConnectors())
			.flatMap((connector) -> connector.getConnectedEndPoints().stream())
			.noneMatch(EndPoint::isOpen);
	}

	private static boolean isNew(EndPoint endPoint, long millis) {
		// By a clock that may have been set back.
		long age = System.currentTimeMillis() - endPoint.getCreatedTimeStamp();
		return age >= 0 && age < millis;
	}

	private boolean hasJustMoved(EndPoint endPoint, HttpConnection connection) {
		// The client of one that was not used yet may be slow (issue 5).
		long patience = (connection.getBytesIn() == 0) ? FIRST_REQUEST : ON_ITS_WAY;
		return endPoint instanceof AbstractEndPoint abstractEndPoint && abstractEndPoint.getIdleFor() < patience;
	}

	private boolean isHandshaking(EndPoint endPoint, boolean patient) {
		return endPoint.getConnection() instanceof SslConnection secure
				&& (secure.getSSLEngine().getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
						|| secure.getSslEndPoint().getConnection() instanceof NegotiatingServerConnection)
				&& (patient || ((secure.getBytesIn() > 0 || hasUnreadBytes(endPoint)) && isNew(endPoint, HANDSHAKE)));
	}

	// A handshake may have ended when patience had.
	private static boolean isUnusedAndSecure(EndPoint endPoint, HttpConnection connection) {
		return endPoint.getConnection() instanceof SslConnection && connection.getBytesIn() == 0;
	}

	// The headers of its last response may have been sent before anything could be
	// announced.
	private static boolean isBetweenRequests(HttpConnection connection) {
		return connection.getBytesIn() > 0 && connection.getParser().isStart();
	}

	private boolean closeIfIdle(EndPoint endPoint, HttpConnection connection, boolean patient) {
		// Looked at twice, because bytes that have left the socket meanwhile may not have
		// reached the parser yet.
		long bytesIn = connection.getBytesIn();
		boolean idle = connection.isFillInterested() && !hasUnreadBytes(endPoint)
				&& (connection.getParser().isStart() || !patient) && connection.isFillInterested()
				&& connection.getBytesIn() == bytesIn;
		if (idle) {
			// That of TLS sends its close_notify first.
			connection.getEndPoint().close();
		}
		return !idle && endPoint.isOpen();
	}

	private Stream<EndPoint> endPoints(JettyWebServer jetty) {
		return connectors(jetty.getServer()).flatMap((connector) -> connector.getConnectedEndPoints().stream());
	}

	private Connection connection(EndPoint endPoint) {
		Connection connection = endPoint.getConnection();
		return (connection instanceof SslConnection secure) ? secure.getSslEndPoint().getConnection() : connection;
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
	public void stop(WebServer webServer, Duration timeLeft) {
		if (webServer instanceof JettyWebServer jetty) {
			endUpgraded(jetty);
			if (timeLeft.isZero() && jetty.getServer().getThreadPool() instanceof QueuedThreadPool threadPool) {
				threadPool.setStopTimeout(LAST_WAIT);
			}
		}
	}

	/**
	 * Jetty ends the sessions of Jakarta endpoints, which Spring does not know, by their
	 * idle timeout, and cuts them otherwise. It calls their listeners meanwhile, so this
	 * is done by threads of its own.
	 * @param jetty the server that is about to stop
	 */
	private void endUpgraded(JettyWebServer jetty) {
		Executor executor = jetty.getServer().getThreadPool();
		try {
			CompletableFuture
				.allOf(endPoints(jetty).filter((endPoint) -> isUpgraded(connection(endPoint)))
					.map((endPoint) -> end(endPoint, executor))
					.toArray(CompletableFuture[]::new))
				.get(SESSIONS_WAIT, TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException | RejectedExecutionException | TimeoutException ex) {
			// The server cuts them.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private CompletableFuture<Void> end(EndPoint endPoint, Executor executor) {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		connection(endPoint).addEventListener(new Connection.Listener() {

			@Override
			public void onClosed(Connection connection) {
				closed.complete(null);
			}

		});
		if (!endPoint.isOpen()) {
			closed.complete(null);
		}
		executor.execute(() -> endPoint.setIdleTimeout(1));
		return closed;
	}

	/**
	 * Whether a connection speaks neither HTTP/1.1 nor HTTP/2.
	 * @param connection the connection
	 * @return whether it has been upgraded
	 */
	private boolean isUpgraded(Connection connection) {
		return connection instanceof Connection.UpgradeTo && !(connection instanceof HttpConnection)
				&& (this.http2 == null || !this.http2.contains(connection));
	}

	private Stream<AbstractConnector> connectors(Server server) {
		return Arrays.stream(server.getConnectors())
			.filter(AbstractConnector.class::isInstance)
			.map(AbstractConnector.class::cast);
	}

}
