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

package io.gracewrap.sample;

import java.time.Duration;

import io.gracewrap.sample.grpc.NewOrder;
import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.PlacedOrder;
import io.gracewrap.sample.grpc.Task;
import io.gracewrap.sample.grpc.TaskDone;
import io.gracewrap.sample.grpc.WatchOrders;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import reactor.core.Disposable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Service;

/**
 * Takes orders over gRPC.
 *
 * @author GraceWrap Maintainers
 */
@Service
class OrderGrpcService extends OrdersGrpc.OrdersImplBase {

	private final OrderService orders;

	private final OrderRepository repository;

	private final OrderFeed feed;

	private final Duration paymentTime;

	OrderGrpcService(OrderService orders, OrderRepository repository, OrderFeed feed,
			@Value("${sample.payment-time}") Duration paymentTime) {
		this.orders = orders;
		this.repository = repository;
		this.feed = feed;
		this.paymentTime = paymentTime;
	}

	@Override
	public void place(NewOrder order, StreamObserver<PlacedOrder> answer) {
		if (order.getItem().isBlank() || order.getQuantity() < 1) {
			answer.onError(Status.INVALID_ARGUMENT.withDescription("An order needs an item and a quantity")
				.asRuntimeException());
			return;
		}
		long id = this.orders.place(order.getItem(), order.getQuantity(), this.paymentTime);
		answer.onNext(placedOrder(id));
		answer.onCompleted();
		this.repository.acknowledge(id);
	}

	@Override
	public void watch(WatchOrders request, StreamObserver<PlacedOrder> answers) {
		ServerCallStreamObserver<PlacedOrder> call = (ServerCallStreamObserver<PlacedOrder>) answers;
		Disposable listening = this.feed.placed().subscribe((id) -> answers.onNext(placedOrder(id)));
		call.setOnCancelHandler(listening::dispose);
	}

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

	private static PlacedOrder placedOrder(long id) {
		return PlacedOrder.newBuilder().setId(id).build();
	}

}
