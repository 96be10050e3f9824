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

package io.gracewrap.web.servlet;

import java.net.BindException;
import java.net.ServerSocket;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.eclipse.jetty.io.SelectorManager.AcceptListener;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

class JettyServletDrainTests extends AbstractServletDrainTests {

	@Override
	Class<?> server() {
		return ServletServers.JettyServer.class;
	}

	@Test
	void aConnectionThatWaitsForAThreadIsServed() throws Exception {
		try (RunningApplication application = startWith(BusyServer.class)) {
			BusyThreadPool threadPool = application.bean(BusyThreadPool.class);
			threadPool.busy = true;
			try (ClientConnection client = application.connect().write("GET /quick HTTP/1.1\r\nHost: ")) {
				Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> !threadPool.waiting.isEmpty());
				CompletableFuture<Duration> closing = close(application);
				awaitState(application.bean(GraceWrap.class), DrainState.DRAINING);
				application.awaitRefused();
				// Longer than the rest of a head is waited for.
				TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
				long begin = System.nanoTime();
				threadPool.release();
				// Several looks at the connection, which has only begun.
				TimeUnit.MILLISECONDS.sleep(300);
				client.write("localhost\r\n\r\n");
				assumeItIsWaitedForSince(begin);
				assertThat(client.receive().body()).isEqualTo("quick");
				await(closing);
			}
			finally {
				threadPool.release();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { -1, 0 })
	void connectionsThatJettyHasNotAcceptedYetAreServed(int acceptors) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s", "server.jetty.max-connections=1",
				"server.jetty.threads.acceptors=" + acceptors); ClientConnection busy = application.connect()) {
			busy.get("/blocked/1");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			List<ClientConnection> waiting = new ArrayList<>();
			try {
				for (int i = 0; i < 4; i++) {
					waiting.add(application.connect().get("/quick"));
				}
				CompletableFuture<Duration> closing = close(application);
				for (ClientConnection client : waiting) {
					assertThat(client.receive().body()).isEqualTo("quick");
				}
				gate.open();
				assertThat(busy.receive().body()).isEqualTo("done");
				await(closing);
			}
			finally {
				for (ClientConnection client : waiting) {
					client.close();
				}
			}
		}
	}

	@Test
	void aConnectionWhoseEndWasNotHeardOfBeforeARestartHoldsNoDrain() throws Exception {
		try (RunningApplication application = startWith(BusyServer.class, "gracewrap.drain-timeout=30s")) {
			BusyThreadPool threadPool = application.bean(BusyThreadPool.class);
			try (ClientConnection client = application.connect()) {
				client.get("/quick").receive();
				threadPool.held = "$DestroyEndPoint";
				threadPool.busy = true;
				application.context().stop();
				threadPool.release();
				application.context().start();
			}
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(15));
		}
	}

	@Test
	void anAsynchronousRequestThatIgnoresItsInterruptIsNoSuccess() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s", "gracewrap.drain-timeout=500ms",
				"gracewrap.hard-stop-timeout=4s"); ClientConnection client = application.connect()) {
			client.get("/stubborn-callable/1");
			application.bean(Gate.class).awaitArrivals(1);
			DrainedApplication drained = application.bean(DrainedApplication.class);
			try {
				CompletableFuture<Duration> closing = close(application);
				assertThat(client.receive().status()).isEqualTo(503);
				await(closing);
			}
			finally {
				drained.released = true;
			}
		}
	}

	@Test
	void aThreadThatAcceptsIsNotInterrupted() throws Exception {
		try (RunningApplication application = startWith(SlowAcceptorServer.class)) {
			SlowAcceptor acceptor = application.bean(SlowAcceptor.class);
			try (ClientConnection client = application.connect().get("/quick")) {
				assertThat(acceptor.entered.await(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
				CompletableFuture<Duration> closing = close(application);
				assertThat(client.receive().body()).isEqualTo("quick");
				await(closing);
			}
			assertThat(acceptor.interrupted).isFalse();
		}
	}

	@Test
	void theSocketIsClosedAlsoWhereSelectorsAccept() throws Exception {
		try (RunningApplication application = startWith(BusyServer.class, "server.jetty.threads.acceptors=0")) {
			int port = application.port();
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			InFlight work = graceWrap.begin("work");
			CompletableFuture<Duration> closing = close(application);
			// Who connects would wake the selector that holds it.
			Awaitility.await()
				.atMost(ClientConnection.TIMEOUT)
				.ignoreException(BindException.class)
				.untilAsserted(() -> new ServerSocket(port).close());
			assertThat(graceWrap.state()).isEqualTo(DrainState.DRAINING);
			work.close();
			await(closing);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class BusyServer {

		@Bean
		BusyThreadPool threadPool() {
			return new BusyThreadPool();
		}

		@Bean
		WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory> threadPoolCustomizer(BusyThreadPool threadPool) {
			return (factory) -> factory.setThreadPool(threadPool);
		}

	}

	/**
	 * Has no thread for what has just been accepted, or for something else.
	 */
	static class BusyThreadPool extends QueuedThreadPool {

		private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

		private volatile String held = "$Accept";

		private volatile boolean busy;

		@Override
		public void execute(Runnable task) {
			if (this.busy && task.getClass().getName().endsWith(this.held)) {
				this.waiting.add(task);
			}
			else {
				super.execute(task);
			}
		}

		private void release() {
			this.busy = false;
			for (Runnable task = this.waiting.poll(); task != null; task = this.waiting.poll()) {
				super.execute(task);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SlowAcceptorServer {

		@Bean
		SlowAcceptor slowAcceptor() {
			return new SlowAcceptor();
		}

		@Bean
		WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory> acceptorCustomizer(SlowAcceptor acceptor) {
			return (factory) -> factory.addServerCustomizers((server) -> {
				ServerConnector connector = (ServerConnector) server.getConnectors()[0];
				acceptor.connector = connector;
				connector.getSelectorManager().addEventListener(acceptor);
			});
		}

	}

	/**
	 * Holds a connection that it has accepted until the socket has been closed for a
	 * while.
	 */
	static class SlowAcceptor implements AcceptListener {

		private final CountDownLatch entered = new CountDownLatch(1);

		private volatile ServerConnector connector;

		private volatile boolean interrupted;

		@Override
		public void onAccepting(SelectableChannel channel) {
			this.entered.countDown();
			try {
				while (this.connector.isOpen()) {
					Thread.sleep(1);
				}
				Thread.sleep(20);
			}
			catch (InterruptedException ex) {
				this.interrupted = true;
			}
		}

	}

}
