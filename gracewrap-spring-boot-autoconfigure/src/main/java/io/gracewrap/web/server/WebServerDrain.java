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

package io.gracewrap.web.server;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

import io.gracewrap.DrainParticipant;
import io.gracewrap.InFlightRegistry;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;

/**
 * Asks the web server to drain while every bean is alive. Spring Boot's own phase, which
 * asks again later, then finds nothing left that it could wait for.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class WebServerDrain implements DrainParticipant {

	private static final Log logger = LogFactory.getLog(WebServerDrain.class);

	/** How long a request of which only a part has arrived is waited for. */
	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

	/** Late in the window, when load balancers have noticed, and how often again. */
	private static final long GO_AWAY = TimeUnit.SECONDS.toNanos(1);

	/**
	 * Spring Boot's own phase gets no less, in milliseconds: a server of which it has
	 * begun a graceful shutdown is better not stopped in the same moment.
	 */
	private static final long LEAST = 250;

	/**
	 * Longer than it takes Spring Boot to see that a server without connections has no
	 * requests either: it would say that it had to stop waiting for some.
	 */
	private static final long DESERTED = TimeUnit.MILLISECONDS.toNanos(250);

	/** How long the last of a response that is in flight no more may take to leave. */
	private static final long LEAVING = TimeUnit.SECONDS.toNanos(1);

	private final ApplicationContext context;

	private final List<ServerConnections> connections;

	private final InFlightRegistry registry;

	private final boolean http2Goaway;

	private final LongSupplier nanoTime;

	private final Set<ServerConnections> failed = ConcurrentHashMap.newKeySet();

	private volatile @Nullable Long goneAwayAt;

	private @Nullable WebServer draining;

	private long since;

	private boolean settled;

	private boolean asked;

	private @Nullable Long desertedAt;

	private long inFlightAt;

	private volatile boolean drained;

	/**
	 * Create the drain of a context's web server.
	 * @param context the context whose server, if it has one, is drained
	 * @param connections what is known of the connections of servers
	 * @param registry what is in flight
	 * @param http2Goaway whether HTTP/2 clients are asked to go before the server stops
	 */
	public WebServerDrain(ApplicationContext context, List<ServerConnections> connections, InFlightRegistry registry,
			boolean http2Goaway) {
		this(context, connections, registry, http2Goaway, System::nanoTime);
	}

	WebServerDrain(ApplicationContext context, List<ServerConnections> connections, InFlightRegistry registry,
			boolean http2Goaway, LongSupplier nanoTime) {
		this.context = context;
		this.connections = connections;
		this.registry = registry;
		this.http2Goaway = http2Goaway;
		this.nanoTime = nanoTime;
	}

	private @Nullable WebServer webServer() {
		return (this.context instanceof WebServerApplicationContext server) ? server.getWebServer() : null;
	}

	@Override
	public boolean isReachable() {
		return webServer() != null;
	}

	@Override
	public void refusing(Duration windowLeft) {
		WebServer webServer = webServer();
		if (!this.http2Goaway || webServer == null || windowLeft.toNanos() > GO_AWAY) {
			return;
		}
		long now = this.nanoTime.getAsLong();
		Long last = this.goneAwayAt;
		if (last == null || now - last >= GO_AWAY) {
			this.goneAwayAt = now;
			tell((connections) -> connections.goAway(webServer));
		}
	}

	@Override
	public void accept() {
		this.goneAwayAt = null;
	}

	@Override
	public void drain() {
		WebServer webServer = webServer();
		if (webServer != null) {
			this.draining = webServer;
			tell((connections) -> connections.stopAccepting(webServer));
			// Not before: what is accepted meanwhile is to have all this time.
			this.since = this.nanoTime.getAsLong();
			this.inFlightAt = this.since;
		}
	}

	/**
	 * Go on draining. The server itself is asked only when no request is about to begin,
	 * and a tick later still none: Tomcat drops what nobody has taken up by then, or
	 * answers it with 503 while its head is read.
	 */
	@Override
	public boolean isDrained() {
		WebServer webServer = this.draining;
		if (webServer == null) {
			return true;
		}
		boolean patient = this.nanoTime.getAsLong() - this.since < PATIENCE;
		boolean beginning = areAny((connections) -> connections.closeIdle(webServer, patient));
		if (!beginning && this.settled && !this.asked) {
			this.asked = true;
			// A server that was stopped and started again gives up at once.
			webServer.shutDownGracefully((result) -> this.drained = result != GracefulShutdownResult.REQUESTS_ACTIVE);
		}
		this.settled = !beginning;
		boolean left = this.drained || isDeserted(webServer);
		boolean abandoned = isAbandoned();
		return !beginning && (abandoned || (left && !areAny((connections) -> connections.areBusy(webServer))));
	}

	/**
	 * A server may never get rid of a stream whose client does not read, so when streams
	 * had to be cut it is not waited for much longer than until nothing else is left.
	 * @return whether what the server still has is waited for in vain
	 */
	private boolean isAbandoned() {
		long now = this.nanoTime.getAsLong();
		if (!this.registry.isEmpty()) {
			this.inFlightAt = now;
		}
		return this.registry.areStreamsCut() && now - this.inFlightAt >= LEAVING;
	}

	private void tell(Consumer<ServerConnections> what) {
		areAny((connections) -> {
			what.accept(connections);
			return false;
		});
	}

	/**
	 * What is known of connections stands on what servers are made of. Where that has
	 * changed, the server itself is asked all the same.
	 * @param question what to ask each kind of connections
	 * @return whether any answers so
	 */
	private boolean areAny(Predicate<ServerConnections> question) {
		boolean any = false;
		for (ServerConnections connections : this.connections) {
			try {
				any |= question.test(connections);
			}
			catch (Throwable ex) {
				if (this.failed.add(connections)) {
					logger.warn("The drain does not reach the connections of this version of the server: "
							+ connections.getClass().getName(), ex);
				}
			}
		}
		return any;
	}

	private boolean isDeserted(WebServer webServer) {
		// Tomcat and Jetty count some gRPC calls that their clients have given up for
		// ever (#5). Without a connection no answer can leave.
		if (!this.asked || !this.registry.isEmpty() || !areAny((connections) -> connections.areAllClosed(webServer))) {
			this.desertedAt = null;
			return false;
		}
		long now = this.nanoTime.getAsLong();
		Long desertedAt = this.desertedAt;
		if (desertedAt == null) {
			this.desertedAt = now;
			return false;
		}
		return now - desertedAt >= DESERTED;
	}

	/**
	 * Spring Boot's graceful phase gets what is left of the clock, so that nothing is
	 * waited for twice.
	 */
	@Override
	public void stop(Duration timeLeft) {
		WebServer webServer = this.draining;
		if (webServer == null) {
			return;
		}
		// What is busy still is not waited for: the drain has decided that already.
		Duration left = this.drained ? timeLeft : Duration.ZERO;
		tell((connections) -> connections.stop(webServer, left));
		if (this.context.getBean(
				AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME) instanceof DefaultLifecycleProcessor processor) {
			processor.setTimeoutForShutdownPhase(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE,
					Math.max(LEAST, TimeUnit.NANOSECONDS.toMillis(left.toNanos())));
		}
	}

	@Override
	public String toString() {
		return "the web server";
	}

}
