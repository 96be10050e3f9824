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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.gracewrap.DrainParticipant;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;

import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;

/**
 * Closes Tomcat's idle connections before the server pauses and says when the last
 * response has really been written. Does neither for a connector whose protocol the
 * application has chosen itself.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class TomcatDrain
		implements DrainParticipant, WebServerFactoryCustomizer<TomcatWebServerFactory>, Ordered {

	/** How long a worker that has taken up a request needs to read its head. */
	private static final long WAIT_TO_BEGIN = TimeUnit.MILLISECONDS.toNanos(10);

	private static final long MOST_WAIT_TO_BEGIN = TimeUnit.MILLISECONDS.toNanos(500);

	/** Milliseconds. */
	private static final long LAST_WAIT = 100;

	private final ApplicationContext context;

	/**
	 * Create the drain of a context's Tomcat.
	 * @param context the context whose server, if it has one, is drained
	 */
	public TomcatDrain(ApplicationContext context) {
		this.context = context;
	}

	@Override
	public void customize(TomcatWebServerFactory factory) {
		if (factory.getProtocol().equals(TomcatWebServerFactory.DEFAULT_PROTOCOL)) {
			factory.setProtocol(DrainableHttp11NioProtocol.class.getName());
		}
		// Each servlet takes it over when it is registered. It counts only for what is
		// still there after the drain.
		factory.addContextCustomizers((context) -> {
			if (context instanceof StandardContext standardContext) {
				standardContext.setUnloadDelay(LAST_WAIT);
			}
		});
	}

	/**
	 * Early as a participant: idle connections close while the server still listens. As a
	 * customizer it works with any order.
	 */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	/**
	 * Once paused, Tomcat drops a request that no worker has taken up: such requests get
	 * a moment to begin.
	 */
	@Override
	public void drain() {
		long deadline = System.nanoTime() + MOST_WAIT_TO_BEGIN;
		boolean beginning = true;
		while (beginning && System.nanoTime() - deadline < 0 && !Thread.currentThread().isInterrupted()) {
			beginning = closeIdleConnections();
			LockSupport.parkNanos(WAIT_TO_BEGIN);
		}
	}

	private boolean closeIdleConnections() {
		return protocols().map(DrainableHttp11NioProtocol::closeIdleConnections).reduce(false, Boolean::logicalOr);
	}

	@Override
	public boolean isDrained() {
		return protocols().noneMatch(DrainableHttp11NioProtocol::hasBusyConnections);
	}

	/**
	 * What has outlasted the drain and an interrupt is not waited for again: Tomcat would
	 * take five seconds.
	 */
	@Override
	public void stop(Duration timeLeft) {
		if (timeLeft.isZero()) {
			protocols().forEach((protocol) -> protocol.setExecutorTerminationTimeout(LAST_WAIT));
		}
	}

	private Stream<DrainableHttp11NioProtocol> protocols() {
		return webServer().stream()
			.flatMap((webServer) -> Arrays.stream(webServer.getTomcat().getService().findConnectors()))
			.map(Connector::getProtocolHandler)
			.filter(DrainableHttp11NioProtocol.class::isInstance)
			.map(DrainableHttp11NioProtocol.class::cast);
	}

	private Optional<TomcatWebServer> webServer() {
		return (this.context instanceof WebServerApplicationContext server
				&& server.getWebServer() instanceof TomcatWebServer webServer) ? Optional.of(webServer)
						: Optional.empty();
	}

}
