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

import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.gracewrap.Drain;
import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.grpc.server.GrpcServerFactory;
import org.springframework.grpc.server.InProcessGrpcServerFactory;
import org.springframework.grpc.server.NettyGrpcServerFactory;
import org.springframework.grpc.server.ServerBuilderCustomizer;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycleEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link GrpcServerDrain}.
 *
 * @author GraceWrap Maintainers
 */
class GrpcServerDrainTests {

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final InFlightRegistry registry = new InFlightRegistry();

	private final Drain drainOfAll = mock();

	private final GrpcCallInterceptor calls = new GrpcCallInterceptor(this.drainOfAll, this.registry,
			new GrpcTransports(() -> true), false);

	private final AtomicLong now = new AtomicLong();

	private final List<String> events = new CopyOnWriteArrayList<>();

	private final GenericApplicationContext context = new GenericApplicationContext();

	private Server server;

	@AfterEach
	void close() {
		this.context.close();
	}

	@Test
	void isReachableWhileAServerRuns() {
		GrpcServerDrain drain = start(netty());
		assertThat(drain.isReachable()).isTrue();
		this.context.getBean(GrpcServerLifecycle.class).stop();
		assertThat(drain.isReachable()).isFalse();
		this.context.getBean(GrpcServerLifecycle.class).start();
		assertThat(drain.isReachable()).isTrue();
		drain.drain();
		assertThat(drain.isReachable()).isFalse();
	}

	@Test
	void isNotReachableWithoutAServerOrWithinTheProcessAlone() {
		assertThat(new GrpcServerDrain(this.context, this.calls, this.registry).isReachable()).isFalse();
		assertThat(start(new InProcessGrpcServerFactory("reachable", List.of())).isReachable()).isFalse();
	}

	@Test
	void isDrainedBeforeItIsAskedToDrain() {
		assertThat(start(netty()).isDrained()).isTrue();
		assertThat(this.server.isShutdown()).isFalse();
	}

	@Test
	void publishesTheEventsThatTheLifecycleWouldHavePublished() {
		GrpcServerDrain drain = start(netty());
		drain.drain();
		assertThat(this.events).containsExactly("GrpcServerStartedEvent", "GrpcServerShutdownEvent");
		assertThat(this.server.isShutdown()).isTrue();
		Awaitility.await().until(drain::isDrained);
		drain.stop(Duration.ofSeconds(1));
		assertThat(this.context.getBean(GrpcServerLifecycle.class).isRunning()).isFalse();
		this.context.close();
		assertThat(this.events).containsExactly("GrpcServerStartedEvent", "GrpcServerShutdownEvent",
				"GrpcServerTerminatedEvent");
	}

	@Test
	void goesOnWhenAListenerFails() {
		GrpcServerDrain drain = start(netty());
		this.context.addApplicationListener((ApplicationListener<GrpcServerLifecycleEvent>) (event) -> {
			throw new IllegalStateException("As the test wants it");
		});
		drain.drain();
		assertThat(this.server.isShutdown()).isTrue();
		drain.stop(Duration.ZERO);
		assertThat(this.events).endsWith("GrpcServerTerminatedEvent");
	}

	@Test
	void waitsForConnectionsThatHaveNoCallForALittleWhile() throws Exception {
		GrpcServerDrain drain = start(netty());
		ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", this.server.getPort())
			.usePlaintext()
			.build();
		try {
			Future<String> call = new OrderClient(channel).placing("deferred");
			Awaitility.await().until(() -> this.registry.count() == 1);
			InFlight other = this.registry.begin(Protocol.WORK, "other", true);
			drain.drain();
			this.now.addAndGet(10 * PATIENCE.toNanos());
			assertThat(drain.isDrained()).isFalse();
			other.close();
			call.cancel(true);
			Awaitility.await().until(this.registry::isEmpty);
			assertThat(this.server.isShutdown()).isTrue();
		}
		finally {
			channel.shutdownNow();
		}
		Awaitility.await().until(drain::isDrained);
	}

	@Test
	void doesNotWaitForLongForWhoNeverCalls() throws Exception {
		GrpcServerDrain drain = start(netty());
		try (Socket silent = new Socket("127.0.0.1", this.server.getPort())) {
			// It has been accepted when a later one is served.
			ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", this.server.getPort())
				.usePlaintext()
				.build();
			new OrderClient(channel).place("order");
			channel.shutdownNow();
			Awaitility.await().until(this.registry::isEmpty);
			InFlight other = this.registry.begin(Protocol.WORK, "other", true);
			drain.drain();
			this.now.addAndGet(PATIENCE.toNanos());
			assertThat(drain.isDrained()).isFalse();
			other.close();
			this.now.addAndGet(PATIENCE.toNanos() - 1);
			assertThat(drain.isDrained()).isFalse();
			this.now.addAndGet(1);
			assertThat(drain.isDrained()).isTrue();
			assertThat(this.server.isTerminated()).isFalse();
			drain.stop(PATIENCE);
			assertThat(this.server.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
			silent.setSoTimeout((int) ClientConnection.TIMEOUT.toMillis());
			silent.getInputStream().readAllBytes();
		}
	}

	@Test
	void waitsForACallThatNoThreadHasTakenUp() throws Exception {
		BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
		GrpcServerDrain drain = start(netty((builder) -> builder.executor(tasks::add)));
		ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", this.server.getPort())
			.usePlaintext()
			.build();
		Thread worker = new Thread(() -> runAll(tasks));
		try {
			Future<String> call = new OrderClient(channel).placing("order");
			Awaitility.await().until(() -> !tasks.isEmpty());
			drain.drain();
			this.now.addAndGet(10 * PATIENCE.toNanos());
			assertThat(drain.isDrained()).isFalse();
			assertThat(this.registry.isEmpty()).isTrue();
			worker.start();
			assertThat(call.get()).isEqualTo("old");
			Awaitility.await().until(drain::isDrained);
		}
		finally {
			channel.shutdownNow();
			worker.interrupt();
		}
	}

	@Test
	void turnsAwayACallThatIsTakenUpWhileOthersAreCut() throws Exception {
		start(netty((builder) -> {
		}));
		given(this.drainOfAll.isCutting()).willReturn(true);
		try (OrderClient client = new OrderClient(
				NettyChannelBuilder.forAddress("127.0.0.1", this.server.getPort()).usePlaintext().build())) {
			Future<String> call = client.placing("order");
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(call::get)
				.satisfies((ex) -> assertThat(Status.fromThrowable(ex).getDescription())
					.isEqualTo("the application is shutting down"));
			then(this.drainOfAll).should().turnedAway();
			assertThat(this.registry.begun(Protocol.GRPC)).isZero();
		}
	}

	private static void runAll(BlockingQueue<Runnable> tasks) {
		try {
			while (true) {
				tasks.take().run();
			}
		}
		catch (InterruptedException ex) {
			// The test is over.
		}
	}

	@Test
	void serverWithinTheProcessServesUntilTheDrainIsOver() throws Exception {
		GrpcServerDrain drain = start(new InProcessGrpcServerFactory("serves", List.of()));
		try (OrderClient client = new OrderClient(InProcessChannelBuilder.forName("serves").build())) {
			drain.drain();
			assertThat(client.place("order")).isEqualTo("old");
			Awaitility.await().until(drain::isDrained);
			assertThat(this.server.isShutdown()).isFalse();
			client.placing("deferred");
			Awaitility.await().until(() -> this.registry.count() == 1);
			drain.stop(Duration.ZERO);
			assertThat(this.server.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		}
		assertThat(this.events).containsExactly("GrpcServerStartedEvent", "GrpcServerShutdownEvent",
				"GrpcServerTerminatedEvent");
	}

	@Test
	void leavesTheServersOfChildContextsAlone() {
		GrpcServerDrain drain = start(new InProcessGrpcServerFactory("parent", List.of()));
		Server parent = this.server;
		try (GenericApplicationContext child = new GenericApplicationContext(this.context)) {
			child.registerBean(GrpcServerLifecycle.class,
					() -> new GrpcServerLifecycle(netty(), Duration.ofSeconds(30), child));
			child.refresh();
			Server server = this.server;
			assertThat(server).isNotSameAs(parent);
			assertThat(drain.isReachable()).isFalse();
			drain.drain();
			drain.stop(Duration.ZERO);
			assertThat(server.isShutdown()).isFalse();
			assertThat(parent.isShutdown()).isTrue();
		}
	}

	private static NettyGrpcServerFactory netty() {
		return netty((builder) -> {
		});
	}

	private static NettyGrpcServerFactory netty(ServerBuilderCustomizer<NettyServerBuilder> customizer) {
		return new NettyGrpcServerFactory("*:0", List.of(customizer), null, null, ClientAuth.NONE);
	}

	private GrpcServerDrain start(GrpcServerFactory factory) {
		factory.addService(ServerInterceptors.intercept(new OrderService("old", new Gate()).bindService(), this.calls));
		this.context.registerBean(GrpcServerLifecycle.class,
				() -> new GrpcServerLifecycle(factory, Duration.ofSeconds(30), this.context));
		this.context.registerBean(GrpcServerDrain.class,
				() -> new GrpcServerDrain(this.context, this.calls, this.registry, this.now::get));
		this.context.addApplicationListener((ApplicationListener<GrpcServerLifecycleEvent>) (event) -> {
			this.events.add(event.getClass().getSimpleName());
			this.server = event.getServer();
		});
		this.context.refresh();
		return this.context.getBean(GrpcServerDrain.class);
	}

}
