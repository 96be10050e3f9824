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

import java.net.URI;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.annotation.DurationFormat.Style;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Takes orders over HTTP.
 *
 * @author GraceWrap Maintainers
 */
@RestController
@RequestMapping("/orders")
class OrderController {

	private final OrderRepository orders;

	private final OrderService service;

	private final Duration paymentTime;

	OrderController(OrderRepository orders, OrderService service,
			@Value("${sample.payment-time}") Duration paymentTime) {
		this.orders = orders;
		this.service = service;
		this.paymentTime = paymentTime;
	}

	@PostMapping
	ResponseEntity<PlacedOrder> place(@RequestBody NewOrder order, @RequestParam(name = "payment-time",
			required = false) @DurationFormat(style = Style.SIMPLE) @Nullable Duration paymentTime) {
		if (order.item() == null || order.item().isBlank() || order.quantity() < 1) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "An order needs an item and a quantity");
		}
		long id = this.service.place(order.item(), order.quantity(),
				(paymentTime != null) ? paymentTime : this.paymentTime);
		return ResponseEntity.created(URI.create("/orders/" + id)).body(new PlacedOrder(id));
	}

	@GetMapping("/{id}")
	ResponseEntity<Order> find(@PathVariable long id) {
		return ResponseEntity.of(this.orders.find(id));
	}

	@GetMapping("/summary")
	OrderRepository.Summary summary() {
		return this.orders.summary();
	}

	/**
	 * What a client sends.
	 *
	 * @param item what to order
	 * @param quantity how many
	 */
	record NewOrder(@Nullable String item, int quantity) {

	}

	/**
	 * What a client gets.
	 *
	 * @param id the number of the order
	 */
	record PlacedOrder(long id) {

	}

}
