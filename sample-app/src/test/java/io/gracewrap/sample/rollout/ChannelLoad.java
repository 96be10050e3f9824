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

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.OrdersGrpc.OrdersBlockingStub;
import io.gracewrap.sample.grpc.Task;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;

/**
 * Clients that call by gRPC, several to a channel: each thinks, calls and waits for its
 * answer. gRPC repeats a call that no server has seen by itself, but no other.
 *
 * @author GraceWrap Maintainers
 */
final class ChannelLoad implements Clients {

	private static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);

	private final List<ManagedChannel> channels;

	private final long millis;

	private final Supplier<Duration> thinkTime;

	private final Tally tally = new Tally();

	private final ClientThreads clients;

	/**
	 * Create the load.
	 * @param port what the channels connect to
	 * @param channels how many
	 * @param calls how many clients share one
	 * @param millis how long each call takes
	 * @param thinkTime how long a client thinks before its next call
	 */
	ChannelLoad(int port, int channels, int calls, long millis, Supplier<Duration> thinkTime) {
		this.channels = IntStream.range(0, channels)
			.mapToObj((channel) -> NettyChannelBuilder
				.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
				.usePlaintext()
				.build())
			.toList();
		this.millis = millis;
		this.thinkTime = thinkTime;
		this.clients = new ClientThreads(channels * calls, this::call);
	}

	private void call(int client) {
		OrdersBlockingStub orders = OrdersGrpc.newBlockingStub(this.channels.get(client % this.channels.size()));
		Pace pace = new Pace();
		while (!this.clients.isStopped()) {
			this.tally.sent();
			pace.sent();
			try {
				String answer = orders.withDeadlineAfter(CALL_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
					.work(Task.newBuilder().setMillis(this.millis).build())
					.getText();
				SampleJar.expectWorked(answer, this.millis);
				this.tally.answered();
				pace.answered();
			}
			catch (StatusRuntimeException ex) {
				this.tally.failed(Outcome.RESET, client, String.valueOf(ex.getMessage()));
			}
			catch (IllegalStateException ex) {
				this.tally.failed(Outcome.OTHER, client, "wrong answer: " + ex.getMessage());
			}
			finally {
				this.tally.returned();
			}
			this.clients.pause(pace.rest().plus(this.thinkTime.get()));
		}
	}

	@Override
	public void start() {
		this.clients.start();
	}

	@Override
	public Tally tally() {
		return this.tally;
	}

	@Override
	public LoadReport end(Duration atMost) throws InterruptedException {
		this.clients.end(atMost);
		return this.tally.report();
	}

	@Override
	public void close() {
		this.clients.stop();
		this.channels.forEach(ManagedChannel::shutdownNow);
	}

}
