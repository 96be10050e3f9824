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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.Task;
import io.gracewrap.sample.grpc.TaskDone;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * A hundred calls a second on one channel that is there from the beginning, and as many
 * again on channels that are new, for as long as the pod is routed to. All know one
 * address, that of the service: a new connection goes to the pod while it is routed to
 * and elsewhere afterwards. What is answered there is not counted. A channel that is
 * refused waits a second before it connects again, and fails its calls meanwhile, as it
 * does where people use it.
 *
 * @author GraceWrap Maintainers
 */
final class GrpcLoad implements Clients {

	private static final Duration EVERY = Duration.ofMillis(10);

	private static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);

	private static final int CALLS_OF_A_NEW_CHANNEL = 20;

	private static final String ELSEWHERE = "elsewhere";

	private final long millis;

	private final Tally tally = new Tally();

	private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);

	private final Phaser calls = new Phaser(1);

	private final Server elsewhere;

	private final Forwarder service;

	private final ManagedChannel oldChannel;

	private volatile boolean movedOn;

	private volatile boolean stopped;

	/**
	 * Create the load.
	 * @param port where the server listens
	 * @param millis how long each call takes
	 * @throws IOException if there is no elsewhere
	 */
	GrpcLoad(int port, long millis) throws IOException {
		this.millis = millis;
		this.elsewhere = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
			.addService(new Elsewhere())
			.build()
			.start();
		this.service = new Forwarder(() -> this.tally.isRoutedAway() ? this.elsewhere.getPort() : port,
				this.tally::connected);
		this.oldChannel = channel();
	}

	private ManagedChannel channel() {
		return NettyChannelBuilder
			.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.service.port()))
			.usePlaintext()
			.build();
	}

	@Override
	public void start() {
		this.clock.scheduleAtFixedRate(() -> {
			if (!this.movedOn && !this.stopped) {
				call(this.oldChannel, 0, () -> {
				});
			}
		}, 0, EVERY.toNanos(), TimeUnit.NANOSECONDS);
		this.clock.scheduleAtFixedRate(() -> {
			if (!this.tally.isRoutedAway() && !this.stopped) {
				callOnNewChannel();
			}
		}, 0, EVERY.toNanos() * CALLS_OF_A_NEW_CHANNEL, TimeUnit.NANOSECONDS);
	}

	private void callOnNewChannel() {
		ManagedChannel channel = channel();
		AtomicInteger left = new AtomicInteger(CALLS_OF_A_NEW_CHANNEL);
		for (int i = 0; i < CALLS_OF_A_NEW_CHANNEL; i++) {
			call(channel, 1, () -> {
				if (left.decrementAndGet() == 0) {
					channel.shutdown();
				}
			});
		}
	}

	private void call(ManagedChannel channel, int client, Runnable whenDone) {
		this.calls.register();
		this.tally.sent();
		OrdersGrpc.newStub(channel)
			.withDeadlineAfter(CALL_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
			.work(Task.newBuilder().setMillis(this.millis).build(), new StreamObserver<>() {

				private @Nullable String answer;

				@Override
				public void onNext(TaskDone done) {
					this.answer = done.getText();
				}

				@Override
				public void onError(Throwable ex) {
					Status status = Status.fromThrowable(ex);
					GrpcLoad.this.tally.failed(Outcome.RESET, client,
							status.getCode() + ", " + status.getDescription());
					done();
				}

				@Override
				public void onCompleted() {
					if (!ELSEWHERE.equals(this.answer)) {
						count(String.valueOf(this.answer));
					}
					else if (client == 0) {
						GrpcLoad.this.movedOn = true;
					}
					done();
				}

				private void count(String answer) {
					try {
						SampleJar.expectWorked(answer, GrpcLoad.this.millis);
						GrpcLoad.this.tally.answered();
					}
					catch (IllegalStateException ex) {
						GrpcLoad.this.tally.failed(Outcome.OTHER, client, "wrong answer: " + ex.getMessage());
					}
				}

				private void done() {
					GrpcLoad.this.tally.returned();
					whenDone.run();
					GrpcLoad.this.calls.arriveAndDeregister();
				}

			});
	}

	@Override
	public Tally tally() {
		return this.tally;
	}

	@Override
	public LoadReport end(Duration atMost) throws InterruptedException {
		long deadline = System.nanoTime() + atMost.toNanos();
		while (!this.movedOn && System.nanoTime() - deadline < 0) {
			Thread.sleep(20);
		}
		this.stopped = true;
		this.clock.shutdown();
		this.clock.awaitTermination(10, TimeUnit.SECONDS);
		while (this.calls.getUnarrivedParties() > 1 && System.nanoTime() - deadline < 0) {
			Thread.sleep(20);
		}
		for (int i = this.calls.getUnarrivedParties() - 1; i > 0; i--) {
			this.tally.failed(Outcome.OTHER, 0, "no answer");
		}
		return this.tally.report();
	}

	@Override
	public void close() {
		this.stopped = true;
		this.clock.shutdownNow();
		this.oldChannel.shutdownNow();
		this.elsewhere.shutdownNow();
		this.service.close();
	}

	/**
	 * Another pod of the service.
	 */
	private static final class Elsewhere extends OrdersGrpc.OrdersImplBase {

		@Override
		public void work(Task task, StreamObserver<TaskDone> answer) {
			answer.onNext(TaskDone.newBuilder().setText(ELSEWHERE).build());
			answer.onCompleted();
		}

	}

}
