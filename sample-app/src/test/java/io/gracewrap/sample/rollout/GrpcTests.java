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

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.Task;
import io.gracewrap.sample.grpc.TaskDone;
import io.gracewrap.sample.rollout.ServerProcess.Exit;
import io.gracewrap.sample.rollout.ServerProcess.Signal;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The gRPC server drains beside the web server, under one clock.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class GrpcTests {

	private static final Duration A_WHILE = Duration.ofSeconds(30);

	@Test
	void aWatchSeesAtOnceThatTheServerGoesAndHoldsNothingUp() throws Exception {
		try (ServerProcess process = Sample.start("tomcat", "--gracewrap.load-balancer-delay=5s")) {
			ManagedChannel channel = channel(process);
			try {
				Watch watch = new Watch();
				HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), watch);
				watch.serving.get(A_WHILE.toSeconds(), TimeUnit.SECONDS);
				CompletableFuture<String> call = call(channel, 4000);
				Signal signal = process.terminate();
				long seen = watch.notServing.get(A_WHILE.toSeconds(), TimeUnit.SECONDS) - signal.nanoTime();
				assertThat(call.get(A_WHILE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("worked 4000 ms");
				Exit exit = process.awaitExit(A_WHILE);
				assertThat(exit).isNotNull();
				System.out.printf("A watch saw NOT_SERVING after %d ms; the exit came after %d ms, the call took 4 s%n",
						TimeUnit.NANOSECONDS.toMillis(seen), exit.sinceSignal().toMillis());
				assertThat(Duration.ofNanos(seen)).isLessThan(Duration.ofSeconds(4));
				assertThat(exit.sinceSignal()).isLessThan(Duration.ofSeconds(15));
				assertThat(process.log()).contains("1 finished, 0 aborted");
			}
			finally {
				channel.shutdownNow();
			}
		}
	}

	@Test
	void callsAndRequestsThatAreStuckShareOneBudget() throws Exception {
		try (ServerProcess process = Sample.start("tomcat", "--gracewrap.drain-timeout=8s",
				"--gracewrap.hard-stop-timeout=8s")) {
			ManagedChannel channel = channel(process);
			try {
				CompletableFuture<String> call = call(channel, 60000);
				Exchanges exchanges = Exchanges.of(process.port(), 1, "/work?ms=60000");
				process.terminate();
				assertThat(status(call)).isEqualTo(Status.Code.UNAVAILABLE);
				assertThat(exchanges.statuses()).hasSize(1);
				Exit exit = process.awaitExit(A_WHILE);
				assertThat(exit).isNotNull();
				assertThat(exit.sinceSignal()).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(15));
				assertThat(process.log()).contains("Still in flight: gRPC gracewrap.sample.Orders/Work")
					.contains("Still in flight: GET /work handled by")
					.contains("2 aborted");
			}
			finally {
				channel.shutdownNow();
			}
		}
	}

	private static ManagedChannel channel(ServerProcess process) {
		return NettyChannelBuilder.forAddress("localhost", process.grpcPort()).usePlaintext().build();
	}

	private static CompletableFuture<String> call(ManagedChannel channel, long millis) {
		CompletableFuture<String> answer = new CompletableFuture<>();
		OrdersGrpc.newStub(channel).work(Task.newBuilder().setMillis(millis).build(), new StreamObserver<TaskDone>() {

			@Override
			public void onNext(TaskDone done) {
				answer.complete(done.getText());
			}

			@Override
			public void onError(Throwable ex) {
				answer.completeExceptionally(ex);
			}

			@Override
			public void onCompleted() {
			}

		});
		return answer;
	}

	private static Status.Code status(CompletableFuture<String> call) throws Exception {
		try {
			call.get(A_WHILE.toSeconds(), TimeUnit.SECONDS);
			return Status.Code.OK;
		}
		catch (ExecutionException ex) {
			return ((StatusRuntimeException) ex.getCause()).getStatus().getCode();
		}
	}

	/**
	 * Notes when it hears what.
	 */
	private static final class Watch implements StreamObserver<HealthCheckResponse> {

		private final CompletableFuture<Long> serving = new CompletableFuture<>();

		private final CompletableFuture<Long> notServing = new CompletableFuture<>();

		@Override
		public void onNext(HealthCheckResponse response) {
			if (response.getStatus() == ServingStatus.SERVING) {
				this.serving.complete(System.nanoTime());
			}
			else if (this.serving.isDone()) {
				this.notServing.complete(System.nanoTime());
			}
		}

		@Override
		public void onError(Throwable ex) {
			this.notServing.completeExceptionally(ex);
		}

		@Override
		public void onCompleted() {
		}

	}

}
