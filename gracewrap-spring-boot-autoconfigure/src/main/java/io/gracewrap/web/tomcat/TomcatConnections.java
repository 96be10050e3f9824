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

package io.gracewrap.web.tomcat;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.gracewrap.web.server.ServerConnections;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.coyote.ProtocolHandler;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.http2.Http2Protocol;

import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/**
 * The connections of Tomcat, except those of a connector whose protocol the application
 * has chosen itself.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class TomcatConnections implements ServerConnections, WebServerFactoryCustomizer<TomcatWebServerFactory> {

	/** Milliseconds. */
	private static final long LAST_WAIT = 100;

	/** Milliseconds. */
	private static final long MOST_WAIT = 500;

	/** Nanoseconds. */
	private static final long DRAIN_TIMEOUT = TimeUnit.SECONDS.toNanos(2);

	/** Milliseconds. */
	private static final long FOR_EVER = TimeUnit.DAYS.toMillis(10_000);

	@Override
	public void customize(TomcatWebServerFactory factory) {
		if (factory.getProtocol().equals(TomcatWebServerFactory.DEFAULT_PROTOCOL)) {
			factory.setProtocol(DrainableHttp11NioProtocol.class.getName());
		}
		factory.addConnectorCustomizers(this::customize);
		factory.getAdditionalConnectors().forEach(this::customize);
		// Each servlet takes it over when it is registered. It counts only for what is
		// still there after the drain.
		factory.addContextCustomizers((context) -> {
			if (context instanceof StandardContext standardContext) {
				standardContext.setUnloadDelay(LAST_WAIT);
			}
		});
	}

	private void customize(Connector connector) {
		for (UpgradeProtocol protocol : connector.findUpgradeProtocols()) {
			if (protocol instanceof Http2Protocol http2) {
				// Tomcat ignores new streams of a client that has been asked to go,
				// at once unless told to wait. And it closes no connection that may
				// be idle for ever.
				http2.setDrainTimeout(Math.max(http2.getDrainTimeout(), DRAIN_TIMEOUT));
				if (http2.getKeepAliveTimeout() < 0) {
					http2.setKeepAliveTimeout(FOR_EVER);
				}
			}
		}
	}

	@Override
	public void goAway(WebServer webServer) {
		protocols(webServer).forEach(DrainableHttp11NioProtocol::goAway);
	}

	@Override
	public void stopAccepting(WebServer webServer) {
		protocols(webServer).forEach(this::stopAccepting);
	}

	/**
	 * Tomcat asks HTTP/2 clients that have not been asked yet, one after the other, and
	 * waits for each that does not read.
	 * @param protocol the protocol whose socket is closed
	 */
	private void stopAccepting(DrainableHttp11NioProtocol protocol) {
		protocol.setDraining(true);
		Thread thread = new Thread(protocol::closeServerSocketGraceful, "gracewrap-tomcat");
		thread.setDaemon(true);
		try {
			thread.start();
			thread.join(MOST_WAIT);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (OutOfMemoryError ex) {
			// There is no thread for it.
			protocol.closeServerSocketGraceful();
		}
	}

	@Override
	public boolean closeIdle(WebServer webServer, boolean patient) {
		return protocols(webServer).map((protocol) -> protocol.closeIdleConnections(patient))
			.reduce(false, Boolean::logicalOr);
	}

	@Override
	public boolean areBusy(WebServer webServer) {
		return protocols(webServer).anyMatch(DrainableHttp11NioProtocol::hasBusyConnections);
	}

	@Override
	public boolean areAllClosed(WebServer webServer) {
		return webServer instanceof TomcatWebServer tomcat && protocolHandlers(tomcat).allMatch(
				(handler) -> handler instanceof DrainableHttp11NioProtocol protocol && !protocol.hasConnections());
	}

	/**
	 * What has outlasted the drain and an interrupt is not waited for again: Tomcat would
	 * take five seconds.
	 */
	@Override
	public void stop(WebServer webServer, Duration timeLeft) {
		protocols(webServer).forEach((protocol) -> {
			protocol.setDraining(false);
			if (timeLeft.isZero()) {
				protocol.setExecutorTerminationTimeout(LAST_WAIT);
				protocol.closeUnfinished();
			}
		});
	}

	private Stream<DrainableHttp11NioProtocol> protocols(WebServer webServer) {
		if (!(webServer instanceof TomcatWebServer tomcat)) {
			return Stream.empty();
		}
		return protocolHandlers(tomcat).filter(DrainableHttp11NioProtocol.class::isInstance)
			.map(DrainableHttp11NioProtocol.class::cast);
	}

	private static Stream<ProtocolHandler> protocolHandlers(TomcatWebServer tomcat) {
		return Arrays.stream(tomcat.getTomcat().getService().findConnectors()).map(Connector::getProtocolHandler);
	}

}
