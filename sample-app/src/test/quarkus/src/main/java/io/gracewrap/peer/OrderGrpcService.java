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

package io.gracewrap.peer;

import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.Task;
import io.gracewrap.sample.grpc.TaskDone;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/**
 * The same work over gRPC.
 *
 * @author GraceWrap Maintainers
 */
@GrpcService
public class OrderGrpcService extends OrdersGrpc.OrdersImplBase {

	@Blocking
	@Override
	public void work(Task task, StreamObserver<TaskDone> answer) {
		try {
			Thread.sleep(task.getMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			answer.onError(Status.UNAVAILABLE.withDescription("Interrupted").asRuntimeException());
			return;
		}
		answer.onNext(TaskDone.newBuilder().setText("worked " + task.getMillis() + " ms").build());
		answer.onCompleted();
	}

}
