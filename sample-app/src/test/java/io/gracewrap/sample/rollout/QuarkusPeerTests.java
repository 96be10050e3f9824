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

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.Task;
import io.gracewrap.sample.rollout.Probes.Probe;
import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link QuarkusPeer}: it answers as the sample does, and its delay is used.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
@Tag("soak")
class QuarkusPeerTests {

	private static final Duration A_WHILE = Duration.ofSeconds(30);

	/** After the signal, until the process has noticed it, on a busy machine. */
	private static final Duration NOTICED = Duration.ofMillis(400);

	/** What begins later may meet the end of the delay. */
	private static final Duration ON_ITS_WAY = Duration.ofMillis(300);

	private static QuarkusPeer peer;

	@BeforeAll
	static void build() throws Exception {
		long begun = System.nanoTime();
		peer = QuarkusPeer.build();
		System.out.printf("Quarkus is there after %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void servesOnForItsDelay(int seconds) throws Exception {
		Duration delay = Duration.ofSeconds(seconds);
		Duration end = delay.minus(ON_ITS_WAY);
		Path log = Path.of("target", "process-tests", UUID.randomUUID().toString(), "server.log");
		try (ServerProcess process = peer.start(log, delay, A_WHILE)) {
			process.awaitReady(A_WHILE);
			assertThatEverythingIsAnswered(process, 1);
			Signal signal = process.terminate();
			Probes probes = Probes.start(process, signal.nanoTime());
			assertThatEverythingIsAnswered(process, 2);
			while (System.nanoTime() - signal.nanoTime() < end.toNanos()) {
				assertThat(work(process).saysClose()).isTrue();
			}
			Exit exit = process.awaitExit(A_WHILE);
			assertThat(exit).isNotNull();
			System.out.printf("Quarkus with a delay of %d s: exit %d after %d ms%n", seconds, exit.code(),
					exit.sinceSignal().toMillis());
			assertThat(probes.end()).filteredOn((probe) -> probe.sinceSignal().compareTo(NOTICED) > 0)
				.filteredOn((probe) -> probe.sinceSignal().compareTo(end) < 0)
				.isNotEmpty()
				.extracting(Probe::status)
				.containsOnly(503);
			assertThat(exit.code()).isEqualTo(143);
			assertThat(exit.sinceSignal()).isBetween(delay, delay.plusSeconds(5));
		}
	}

	private static void assertThatEverythingIsAnswered(ServerProcess process, int order) throws Exception {
		assertThat(work(process).text()).isEqualTo("worked 50 ms");
		assertThat(exchange(process, HttpConnection.get("/async-work?ms=50")).text()).isEqualTo("worked 50 ms");
		HttpAnswer placed = exchange(process, HttpConnection.post("/orders", Orders.ONE));
		assertThat(placed.status()).isEqualTo(201);
		assertThat(placed.text()).isEqualTo("{\"id\":" + order + "}");
		assertThat(call(process)).isEqualTo("worked 50 ms");
	}

	private static HttpAnswer work(ServerProcess process) throws Exception {
		return exchange(process, HttpConnection.get("/work?ms=50"));
	}

	private static HttpAnswer exchange(ServerProcess process, String request) throws Exception {
		try (HttpConnection connection = HttpConnection.open(process.port())) {
			return connection.exchange(request, A_WHILE);
		}
	}

	private static String call(ServerProcess process) {
		ManagedChannel channel = NettyChannelBuilder.forAddress("localhost", process.grpcPort()).usePlaintext().build();
		try {
			return OrdersGrpc.newBlockingStub(channel)
				.withDeadlineAfter(A_WHILE.toSeconds(), TimeUnit.SECONDS)
				.work(Task.newBuilder().setMillis(50).build())
				.getText();
		}
		finally {
			channel.shutdownNow();
		}
	}

}
