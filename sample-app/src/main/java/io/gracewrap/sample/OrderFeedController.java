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

import reactor.core.publisher.Flux;

import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The feed of orders as an event stream and as lines of JSON. Neither has an end.
 *
 * @author GraceWrap Maintainers
 */
@RestController
class OrderFeedController {

	/** Tells those on the way that the connection is in use. */
	private static final Duration HEARTBEAT = Duration.ofMillis(500);

	private final OrderFeed feed;

	OrderFeedController(OrderFeed feed) {
		this.feed = feed;
	}

	@GetMapping(path = "/feed", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<ServerSentEvent<Long>> events() {
		Flux<ServerSentEvent<Long>> heartbeat = Flux.interval(Duration.ZERO, HEARTBEAT)
			.onBackpressureDrop()
			.map((beat) -> ServerSentEvent.<Long>builder().comment("beat").build());
		return this.feed.placed()
			.map((id) -> ServerSentEvent.builder(id).id(String.valueOf(id)).event("order").build())
			.mergeWith(heartbeat);
	}

	@GetMapping(path = "/feed", produces = MediaType.APPLICATION_NDJSON_VALUE)
	Flux<OrderController.PlacedOrder> lines() {
		return this.feed.placed().map(OrderController.PlacedOrder::new);
	}

}
