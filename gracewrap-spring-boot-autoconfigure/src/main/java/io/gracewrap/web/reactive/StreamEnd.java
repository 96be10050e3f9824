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

package io.gracewrap.web.reactive;

import java.time.Duration;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The end of a stream that has none of its own.
 *
 * @author GraceWrap Maintainers
 */
final class StreamEnd {

	private static final Duration BEGINNING = Duration.ofMillis(100);

	private final Sinks.Empty<Void> sink = Sinks.empty();

	private volatile boolean come;

	/**
	 * End the stream.
	 * @return whether it has not been ended before
	 */
	boolean come() {
		this.come = true;
		return this.sink.tryEmitEmpty().isSuccess();
	}

	/**
	 * Return the stream, completing when its end comes.
	 * @param <T> the type of its elements
	 * @param stream the stream
	 * @return the stream with an end
	 */
	<T> Flux<T> endWhenItComes(Publisher<T> stream) {
		// Tomcat gives no answer at all if a response ends while its first write begins.
		Mono<Void> end = Mono.when(this.sink.asMono(), Mono.delay(BEGINNING));
		// What is cancelled may fail for that, before it is known to have completed.
		return Flux.from(stream).takeUntilOther(end).onErrorComplete((ex) -> this.come);
	}

}
