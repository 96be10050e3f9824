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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.ClientConnection;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a client has received on a stream.
 *
 * @param <Q> the type of the requests
 * @param <R> the type of the responses
 * @author GraceWrap Maintainers
 */
final class ReceivedStream<Q, R> implements ClientResponseObserver<Q, R> {

	final List<R> responses = new CopyOnWriteArrayList<>();

	final CompletableFuture<Status> ended = new CompletableFuture<>();

	volatile ClientCallStreamObserver<Q> requests;

	@Override
	public void beforeStart(ClientCallStreamObserver<Q> requests) {
		this.requests = requests;
	}

	@Override
	public void onNext(R response) {
		this.responses.add(response);
	}

	@Override
	public void onError(Throwable ex) {
		this.ended.complete(Status.fromThrowable(ex));
	}

	@Override
	public void onCompleted() {
		this.ended.complete(Status.OK);
	}

	/**
	 * Wait for responses.
	 * @param number how many are expected in all
	 * @return the last of them
	 */
	R await(int number) {
		Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.pollInterval(Duration.ofMillis(5))
			.untilAsserted(() -> assertThat(this.responses).hasSizeGreaterThanOrEqualTo(number));
		return this.responses.get(number - 1);
	}

	Status end() {
		return this.ended.orTimeout(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).join();
	}

}
