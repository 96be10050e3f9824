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

import org.springframework.stereotype.Service;

/**
 * Takes orders, however they come in. A payment is never inside a transaction: that would
 * hold a database connection for as long as the provider takes.
 *
 * @author GraceWrap Maintainers
 */
@Service
class OrderService {

	private final OrderRepository orders;

	private final PaymentService payments;

	private final OrderFeed feed;

	OrderService(OrderRepository orders, PaymentService payments, OrderFeed feed) {
		this.orders = orders;
		this.payments = payments;
		this.feed = feed;
	}

	long place(String item, int quantity, Duration paymentTime) {
		long id = this.orders.begin(item, quantity);
		this.payments.pay(paymentTime);
		this.orders.finish(id);
		this.feed.publish(id);
		return id;
	}

}
