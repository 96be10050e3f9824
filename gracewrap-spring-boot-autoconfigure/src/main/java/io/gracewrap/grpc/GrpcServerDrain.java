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

package io.gracewrap.grpc;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.gracewrap.DrainParticipant;
import io.gracewrap.InFlightRegistry;
import io.grpc.Server;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.grpc.server.InProcessGrpcServerFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycleEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerShutdownEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerTerminatedEvent;

/**
 * Shuts the gRPC servers down together with all others. Their own lifecycle, which would
 * wait once more, then takes them for stopped: so its events are published here.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class GrpcServerDrain implements DrainParticipant, ApplicationListener<GrpcServerStartedEvent> {

	private static final Log logger = LogFactory.getLog(GrpcServerDrain.class);

	/** How long connections without a call are waited for. */
	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

	private final List<StartedServer> servers = new CopyOnWriteArrayList<>();

	private final ApplicationContext context;

	private final GrpcCallInterceptor calls;

	private final InFlightRegistry registry;

	private final LongSupplier nanoTime;

	private boolean draining;

	private long idleSince;

	/**
	 * Create the drain of a context's gRPC servers.
	 * @param context the context whose servers are drained
	 * @param calls knows the streams that are not work
	 * @param registry what is in flight
	 */
	public GrpcServerDrain(ApplicationContext context, GrpcCallInterceptor calls, InFlightRegistry registry) {
		this(context, calls, registry, System::nanoTime);
	}

	GrpcServerDrain(ApplicationContext context, GrpcCallInterceptor calls, InFlightRegistry registry,
			LongSupplier nanoTime) {
		this.context = context;
		this.calls = calls;
		this.registry = registry;
		this.nanoTime = nanoTime;
	}

	@Override
	public void onApplicationEvent(GrpcServerStartedEvent event) {
		GrpcServerLifecycle lifecycle = event.getSource();
		// Not those of child contexts, whose events arrive here too.
		if (this.context.getBeansOfType(GrpcServerLifecycle.class, true, false).containsValue(lifecycle)) {
			this.servers.removeIf((started) -> started.server().isShutdown());
			this.servers.add(new StartedServer(event.getServer(), lifecycle));
		}
	}

	/**
	 * The servers must be known before they are used.
	 */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	@Override
	public boolean isReachable() {
		return this.servers.stream().anyMatch((started) -> !started.isInProcess() && !started.server().isShutdown());
	}

	/**
	 * Not the servers within the process: their clients are the requests that are still
	 * in flight.
	 */
	@Override
	public void drain() {
		this.draining = true;
		this.idleSince = this.nanoTime.getAsLong();
		this.calls.endStreams();
		this.servers.stream().filter((started) -> !started.isInProcess()).forEach(this::shutdown);
	}

	private void shutdown(StartedServer started) {
		if (!started.server().isShutdown()) {
			publish(new GrpcServerShutdownEvent(started.lifecycle(), started.server()));
			started.server().shutdown();
		}
	}

	/**
	 * A connection may stay without a call for long: it is not closed before its client
	 * has confirmed that it knows, and one that was only opened stays for minutes. Where
	 * a call waits for a thread it is not known to be in flight, but its stream is open.
	 */
	@Override
	public boolean isDrained() {
		if (!this.draining) {
			return true;
		}
		this.calls.endStreams();
		long now = this.nanoTime.getAsLong();
		if (!this.registry.isEmpty()) {
			this.idleSince = now;
		}
		boolean patient = now - this.idleSince < PATIENCE;
		return this.servers.stream()
			.allMatch((started) -> started.isInProcess() || started.server().isTerminated()
					|| (!patient && !OpenStreams.hasAny(started.server())));
	}

	@Override
	public void stop(Duration timeLeft) {
		this.servers.forEach(this::stop);
		this.servers.clear();
	}

	private void stop(StartedServer started) {
		shutdown(started);
		started.server().shutdownNow();
		publish(new GrpcServerTerminatedEvent(started.lifecycle(), started.server()));
	}

	private void publish(GrpcServerLifecycleEvent event) {
		try {
			this.context.publishEvent(event);
		}
		catch (Throwable ex) {
			logger.warn("A listener of " + event.getClass().getSimpleName() + " failed", ex);
		}
	}

	@Override
	public String toString() {
		return "the gRPC server";
	}

	/**
	 * A server, and what has started it.
	 */
	private record StartedServer(Server server, GrpcServerLifecycle lifecycle) {

		boolean isInProcess() {
			return this.lifecycle.getFactory() instanceof InProcessGrpcServerFactory;
		}

	}

}
