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

package io.gracewrap.sample.rollout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What a database in another process has of the orders of a pod that goes.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class PostgresTests {

	private static final int CLIENTS = 6;

	private static final Duration A_WHILE = Duration.ofSeconds(60);

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	@Tag("long")
	void hasEveryOrderFromBeforeTheSignalAndAfterIt(String server) throws Exception {
		assumeThat(Postgres.isInstalled()).as("PostgreSQL is installed").isTrue();
		ExecutorService clients = Executors.newFixedThreadPool(2 * CLIENTS);
		try (Postgres postgres = Postgres.start(List.of());
				ServerProcess process = Sample.start(server,
						postgres.arguments("--gracewrap.load-balancer-delay=2s"))) {
			List<CompletableFuture<Long>> orders = new ArrayList<>(place(process, clients));
			awaitBegun(postgres);
			process.terminate();
			process.awaitLog("Drain state REFUSING", A_WHILE);
			orders.addAll(place(process, clients));
			List<Long> promised = orders.stream().map(CompletableFuture::join).toList();
			Exit exit = process.awaitExit(A_WHILE);
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(143);
			assertThat(OrderAudit.of(postgres.url(), promised))
				.isEqualTo(new OrderAudit(2 * CLIENTS, 2 * CLIENTS, 2 * CLIENTS, List.of()));
			assertThat(process.log()).contains(2 * CLIENTS + " finished, 0 aborted");
		}
		finally {
			clients.shutdownNow();
		}
	}

	private static List<CompletableFuture<Long>> place(ServerProcess process, Executor clients) {
		return IntStream.range(0, CLIENTS)
			.mapToObj((number) -> CompletableFuture.supplyAsync(() -> order(process.port()), clients))
			.toList();
	}

	private static void awaitBegun(Postgres postgres) throws Exception {
		long deadline = System.nanoTime() + A_WHILE.toNanos();
		while (OrderAudit.of(postgres.url(), List.of()).begun() < CLIENTS) {
			assertThat(System.nanoTime() - deadline).as("Not all orders have begun").isNegative();
			Thread.sleep(50);
		}
	}

	private static long order(int port) {
		try {
			return Orders.place(port, "3s");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
