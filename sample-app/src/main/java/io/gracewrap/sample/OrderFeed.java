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

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

import org.springframework.stereotype.Component;

/**
 * Tells everyone who listens of each order that is placed.
 *
 * @author GraceWrap Maintainers
 */
@Component
class OrderFeed {

	private final Sinks.Many<Long> placed = Sinks.many().multicast().directBestEffort();

	synchronized void publish(long id) {
		this.placed.tryEmitNext(id);
	}

	/**
	 * Listen to the feed.
	 * @return the numbers of orders that are placed from now on, without an end
	 */
	Flux<Long> placed() {
		return this.placed.asFlux();
	}

	/**
	 * Listen to the feed, for those who send text.
	 * @return a line for each order that is placed from now on, without an end
	 */
	Publisher<String> lines() {
		return placed().map((id) -> "order " + id);
	}

}
