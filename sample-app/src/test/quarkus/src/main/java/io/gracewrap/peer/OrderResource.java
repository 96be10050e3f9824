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

import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.inject.Singleton;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/**
 * Takes orders, and forgets them when it stops.
 *
 * @author GraceWrap Maintainers
 */
@Path("/orders")
@Singleton
public class OrderResource {

	private static final long PAYMENT_TIME = 200;

	private final AtomicLong ids = new AtomicLong();

	private final Map<Long, NewOrder> orders = new ConcurrentHashMap<>();

	@POST
	public Response place(NewOrder order) throws InterruptedException {
		if (order.item() == null || order.item().isBlank() || order.quantity() < 1) {
			throw new BadRequestException("An order needs an item and a quantity");
		}
		long id = this.ids.incrementAndGet();
		Thread.sleep(PAYMENT_TIME);
		this.orders.put(id, order);
		return Response.created(URI.create("/orders/" + id)).entity(new PlacedOrder(id)).build();
	}

	/**
	 * What a client sends.
	 *
	 * @param item what to order
	 * @param quantity how many
	 */
	public record NewOrder(String item, int quantity) {

	}

	/**
	 * What a client gets.
	 *
	 * @param id the number of the order
	 */
	public record PlacedOrder(long id) {

	}

}
