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

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.Gate;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.WebFilter;

/**
 * Answers WebFlux requests in every way there is, and notes what is in flight meanwhile.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class ReactiveApplication {

	/** More than fits in one packet. */
	static final String EVENT = "x".repeat(2000);

	static final int LARGE = 20_000_000;

	/**
	 * Interrupts nobody. The elastic scheduler itself interrupts a thread on which
	 * something has failed, if the one that has scheduled it notes its future only then,
	 * and Tomcat closes the connection when an interrupted thread writes the answer.
	 */
	private static final Scheduler THREADS = Schedulers
		.fromExecutor((task) -> Schedulers.boundedElastic().schedule(task));

	final Queue<Integer> observed = new ConcurrentLinkedQueue<>();

	final AtomicInteger cancelled = new AtomicInteger();

	private final InFlightRegistry registry;

	private final Gate gate = new Gate();

	ReactiveApplication(InFlightRegistry registry) {
		this.registry = registry;
	}

	@Bean
	Gate gate() {
		return this.gate;
	}

	private <T> T observe(T value) {
		this.observed.add(this.registry.count());
		return value;
	}

	/**
	 * A value that comes when the gate opens, on a thread that no event loop needs.
	 * @param <T> the type of the value
	 * @param value the value
	 * @return a mono of it
	 */
	private <T> Mono<T> afterGate(T value) {
		return Mono.fromCallable(() -> {
			this.gate.pass();
			return value;
		}).subscribeOn(THREADS);
	}

	@GetMapping("/orders/{id}")
	Mono<String> order(@PathVariable String id) {
		return Mono.fromSupplier(() -> observe("order " + id));
	}

	@GetMapping("/plain")
	String plain() {
		return observe("plain");
	}

	@GetMapping("/no-content")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	Mono<Void> noContent() {
		return Mono.fromRunnable(() -> observe(null));
	}

	@GetMapping("/delayed")
	Mono<String> delayed() {
		return Mono.delay(Duration.ofMillis(20)).map((tick) -> observe("delayed"));
	}

	@GetMapping("/fails")
	Mono<String> fails() {
		return Mono.error(() -> new IllegalStateException(observe("fails")));
	}

	@GetMapping("/throws-for-good")
	Mono<String> throwsForGood() {
		throw new LinkageError();
	}

	@GetMapping("/throws")
	Mono<String> fallsOver() {
		throw new IllegalStateException(observe("throws"));
	}

	@GetMapping("/missing")
	Mono<Void> missing() {
		return Mono.error(() -> new ResponseStatusException(observe(HttpStatus.NOT_FOUND)));
	}

	@GetMapping("/times-out")
	Mono<String> timesOut() {
		return Mono.<String>never()
			.timeout(Duration.ofMillis(50))
			.onErrorMap(TimeoutException.class,
					(ex) -> new ResponseStatusException(observe(HttpStatus.SERVICE_UNAVAILABLE)));
	}

	@GetMapping("/list")
	Flux<Map<String, Integer>> list() {
		return Flux.range(0, 3).map((i) -> Map.of("i", observe(i)));
	}

	@GetMapping(path = "/finite-events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> finiteEvents() {
		return Flux.range(0, 3).map((i) -> observe("event " + i));
	}

	@GetMapping(path = "/finite-lines", produces = MediaType.APPLICATION_NDJSON_VALUE)
	Flux<Map<String, Integer>> finiteLines() {
		return Flux.range(0, 3).map((i) -> Map.of("i", observe(i)));
	}

	@GetMapping("/no-stream/{because}")
	Mono<Void> noStream(@PathVariable String because, ServerHttpResponse response) {
		Mono<DataBuffer> body = Mono.fromSupplier(() -> response.bufferFactory().wrap(observe("data").getBytes()));
		response.getHeaders().set("Content-Type", because.equals("type") ? "none" : MediaType.TEXT_EVENT_STREAM_VALUE);
		if (because.equals("length")) {
			response.getHeaders().setContentLength(4);
		}
		return response.writeWith(because.equals("single") ? body : body.flux());
	}

	@GetMapping("/zero-copy")
	boolean isZeroCopyKept(ServerHttpResponse response) {
		observe(null);
		ServerHttpResponse delegate = ((ServerHttpResponseDecorator) response).getDelegate();
		return response instanceof ZeroCopyHttpOutputMessage == delegate instanceof ZeroCopyHttpOutputMessage;
	}

	@GetMapping("/resource")
	Resource resource() throws IOException {
		Path file = Files.createTempFile("gracewrap", ".txt");
		file.toFile().deleteOnExit();
		Files.writeString(file, observe("resource"));
		return new FileSystemResource(file);
	}

	@GetMapping("/large")
	Mono<Void> large(ServerHttpResponse response) {
		response.getHeaders().setContentLength(LARGE);
		return response.writeWith(Flux.range(0, LARGE / 10_000).map((i) -> buffer(response)));
	}

	private static DataBuffer buffer(ServerHttpResponse response) {
		return response.bufferFactory().wrap(new byte[10_000]);
	}

	@PostMapping("/body")
	Mono<String> body(@RequestBody Mono<String> body) {
		return body.map(this::observe);
	}

	@GetMapping("/late/{id}")
	Mono<String> late(@PathVariable String id) {
		return afterGate("done");
	}

	@GetMapping("/late-keep-alive")
	Mono<ResponseEntity<String>> lateKeepAlive() {
		return afterGate(ResponseEntity.ok().header("Connection", "keep-alive").body("done"));
	}

	@GetMapping("/late-no-content")
	Mono<ResponseEntity<Void>> lateNoContent() {
		return afterGate(ResponseEntity.noContent().build());
	}

	@PostMapping("/unread")
	Mono<String> unread() {
		return Mono.delay(Duration.ofMillis(10)).thenReturn("unread");
	}

	@PostMapping("/first-part")
	Mono<String> firstPart(ServerHttpRequest request) {
		return request.getBody().next().map((buffer) -> {
			String part = buffer.toString(StandardCharsets.UTF_8);
			DataBufferUtils.release(buffer);
			return part;
		});
	}

	@GetMapping("/answered-early")
	Mono<Void> answeredEarly(ServerHttpResponse response) {
		response.getHeaders().setContentLength(5);
		DataBufferFactory buffers = response.bufferFactory();
		return response.writeWith(Flux.just(buffers.wrap("ear".getBytes()), buffers.wrap("ly".getBytes())))
			.then(afterGate(""))
			.then();
	}

	@GetMapping("/late-fails")
	Mono<String> lateFails() {
		return afterGate("").map((value) -> {
			throw new IllegalStateException("fails");
		});
	}

	@GetMapping("/late-list")
	Flux<Integer> lateList() {
		return afterGate(1).flux().concatWithValues(2, 3);
	}

	@GetMapping(path = "/late-events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<Integer> lateEvents() {
		return afterGate(1).flux().concatWithValues(2, 3);
	}

	@GetMapping("/committed-then-late")
	Mono<Void> committedThenLate(ServerHttpResponse response) {
		response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
		return response.writeAndFlushWith(Flux.just("early")
			.concatWith(afterGate("late"))
			.map((text) -> Mono.fromSupplier(() -> response.bufferFactory().wrap(text.getBytes()))));
	}

	@GetMapping("/committed-then-fails")
	Mono<Void> committedThenFails(ServerHttpResponse response) {
		response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
		return response.writeAndFlushWith(Flux.just("early")
			.map((text) -> Mono.fromSupplier(() -> response.bufferFactory().wrap(text.getBytes())))
			.concatWith(Mono.error(() -> new IllegalStateException(observe("fails")))));
	}

	@RequestMapping("/never/{id}")
	Mono<String> never(@PathVariable String id) {
		return Mono.<String>never().doOnSubscribe((subscription) -> this.gate.arrive()).doOnCancel(this::cancel);
	}

	@GetMapping("/committed-then-never/{id}")
	Mono<Void> committedThenNever(ServerHttpResponse response) {
		response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
		return response.writeAndFlushWith(Flux.just("early")
			.concatWith(never(""))
			.map((text) -> Mono.fromSupplier(() -> response.bufferFactory().wrap(text.getBytes()))));
	}

	@GetMapping(path = "/events/{id}", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> events(@PathVariable String id) {
		return endless();
	}

	@GetMapping(path = "/lines/{id}", produces = MediaType.APPLICATION_NDJSON_VALUE)
	Flux<Map<String, String>> lines(@PathVariable String id) {
		return endless().map((event) -> Map.of("event", event));
	}

	@GetMapping(path = "/silent/{id}", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> silent(@PathVariable String id) {
		return Flux.<String>never().doOnSubscribe((subscription) -> this.gate.arrive()).doOnCancel(this::cancel);
	}

	@GetMapping(path = "/torrent/{id}", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> torrent(@PathVariable String id) {
		return Flux.<String>generate((sink) -> sink.next(EVENT)).doOnCancel(this::cancel);
	}

	@GetMapping("/bytes/{id}")
	Mono<Void> bytes(@PathVariable String id, ServerHttpResponse response) {
		response.getHeaders().setContentType(new MediaType(MediaType.TEXT_EVENT_STREAM, StandardCharsets.UTF_8));
		return response
			.writeWith(endless().map((event) -> response.bufferFactory().wrap(("data:" + event + "\n\n").getBytes())));
	}

	/**
	 * As a gateway passes on what it gets, in pieces that end anywhere.
	 */
	@GetMapping("/pieces/{id}")
	Mono<Void> pieces(@PathVariable String id, ServerHttpResponse response) {
		response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
		return response.writeAndFlushWith(
				endless().concatMap((event) -> Flux.just("data:", event, "\n\n").delayElements(Duration.ofMillis(3)))
					.map((piece) -> Flux.just(response.bufferFactory().wrap(piece.getBytes(StandardCharsets.UTF_8)))));
	}

	/**
	 * As a gateway passes on what is compressed.
	 */
	@GetMapping("/encoded/{id}")
	Mono<Void> encoded(@PathVariable String id, ServerHttpResponse response) {
		response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
		response.getHeaders().set(HttpHeaders.CONTENT_ENCODING, "gzip");
		return response.writeAndFlushWith(endless()
			.map((event) -> Flux.just(response.bufferFactory().wrap(new byte[] { 1, 2, 3, (byte) event.length() }))));
	}

	private Flux<String> endless() {
		return Flux.interval(Duration.ZERO, Duration.ofMillis(10))
			.onBackpressureDrop()
			.map((i) -> EVENT)
			.doOnCancel(this::cancel);
	}

	private void cancel() {
		this.cancelled.incrementAndGet();
	}

	@Bean
	RouterFunction<ServerResponse> functions() {
		return RouterFunctions.route()
			.GET("/functions/{name}", (request) -> ServerResponse.ok().bodyValue(observe("function")))
			.GET("/never-functions/{name}", (request) -> never("").flatMap((value) -> ServerResponse.ok().build()))
			.GET("/function-events/{name}",
					(request) -> ServerResponse.ok()
						.contentType(MediaType.TEXT_EVENT_STREAM)
						.body(endless(), String.class))
			.build();
	}

	@Bean
	WebFilter answeringFilter() {
		return (exchange, chain) -> switch (exchange.getRequest().getPath().value()) {
			case "/unauthorized" -> {
				exchange.getResponse().setStatusCode(HttpStatus.UNAUTHORIZED);
				yield exchange.getResponse().setComplete();
			}
			case "/filter-never" -> {
				exchange.getResponse().getHeaders().setContentLength(4);
				yield never("").then();
			}
			case "/late-filter" -> afterGate("").then(exchange.getResponse().setComplete());
			case "/filter-fails" -> Mono.error(new IllegalStateException("fails"));
			case "/filter-throws" -> throw new IllegalStateException("throws");
			default -> chain.filter(exchange);
		};
	}

	@Bean
	HandlerMapping webSockets() {
		WebSocketHandler echo = (session) -> {
			this.gate.arrive();
			return session.send(session.receive().map((message) -> session.textMessage(message.getPayloadAsText())));
		};
		WebSocketHandler deaf = new WebSocketHandler() {

			@Override
			public Mono<Void> handle(WebSocketSession session) {
				return never("").then();
			}

			@Override
			public String toString() {
				return "deaf handler";
			}

		};
		String large = "x".repeat(60_000);
		WebSocketHandler givingUp = (session) -> session
			.send(Flux.range(0, 2_000).map((number) -> session.textMessage(large)))
			.takeUntilOther(Mono.delay(Duration.ofSeconds(3)))
			.then(Mono.defer(session::close));
		WebSocketHandler talking = (session) -> session.send(endless().map(session::textMessage))
			.and(session.receive().then());
		return new SimpleUrlHandlerMapping(Map.of("/sockets/echo", echo, "/sockets/deaf/{id}", deaf, "/sockets/talking",
				talking, "/sockets/giving-up", givingUp, "/sockets/fails", (WebSocketHandler) (session) -> {
					throw new IllegalStateException("fails");
				}), Ordered.HIGHEST_PRECEDENCE);
	}

}
