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

package io.gracewrap.web.servlet;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

import io.gracewrap.web.Gate;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import reactor.core.publisher.Flux;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/**
 * Has streams of every kind. With a pause they send that number of milliseconds apart,
 * without one they send once and are silent then.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class StreamingApplication implements DisposableBean {

	private static final long NEVER = 600_000;

	private static final String LARGE_EVENT = "data:" + "x".repeat(100_000) + "\n\n";

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final Gate gate = new Gate();

	private final Gate stopped = new Gate();

	private volatile boolean destroyed;

	volatile int flooded;

	volatile boolean released;

	@Bean
	Gate gate() {
		return this.gate;
	}

	@Bean
	StreamingApplication.Stopped stopped() {
		return new Stopped(this.stopped);
	}

	@GetMapping("/never-sse")
	SseEmitter neverSse() {
		return new SseEmitter(NEVER);
	}

	@GetMapping("/never-completing")
	SseEmitter neverCompleting() {
		SseEmitter emitter = new SseEmitter(NEVER);
		emitter.onCompletion(() -> {
			this.stopped.arrive();
			spinUntil(() -> this.released);
		});
		return emitter;
	}

	@GetMapping("/never-deferred")
	DeferredResult<String> neverDeferred() {
		return new DeferredResult<>(NEVER);
	}

	@GetMapping(path = "/never-flux", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> neverFlux() {
		return Flux.never();
	}

	@GetMapping("/sse/{id}")
	SseEmitter sse(@PathVariable String id, @RequestParam(defaultValue = "-1") long pause) {
		SseEmitter emitter = new SseEmitter(NEVER);
		send(pause, (number) -> emitter.send(SseEmitter.event().id(String.valueOf(number)).data(event(number))));
		return emitter;
	}

	@GetMapping(path = "/emitter/{id}", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	ResponseEntity<ResponseBodyEmitter> emitter(@PathVariable String id,
			@RequestParam(defaultValue = "-1") long pause) {
		ResponseBodyEmitter emitter = new ResponseBodyEmitter(NEVER);
		send(pause, (number) -> {
			emitter.send("data:");
			emitter.send(event(number), MediaType.APPLICATION_JSON);
			emitter.send("\n\n");
		});
		return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(emitter);
	}

	@GetMapping(path = "/flux/{id}", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<Map<String, Object>> flux(@PathVariable String id, @RequestParam(defaultValue = "-1") long pause) {
		return Flux.interval(Duration.ZERO, Duration.ofMillis((pause >= 0) ? Math.max(1, pause) : NEVER))
			.onBackpressureDrop()
			.doOnCancel(this.stopped::arrive)
			.map((number) -> event(number.intValue()));
	}

	@GetMapping(path = "/ndjson/{id}", produces = MediaType.APPLICATION_NDJSON_VALUE)
	Flux<Map<String, Object>> ndjson(@PathVariable String id, @RequestParam(defaultValue = "-1") long pause) {
		return flux(id, pause);
	}

	@GetMapping("/body/{id}")
	ResponseEntity<StreamingResponseBody> body(@PathVariable String id, @RequestParam(defaultValue = "-1") long pause) {
		return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body((out) -> write(pause, (number) -> {
			out.write("data:{\"text\":\"%s\",".formatted("x".repeat(number % 100)).getBytes());
			out.flush();
			out.write("\"number\":%d}\n\n".formatted(number).getBytes());
			out.flush();
		}));
	}

	@GetMapping("/deaf/{id}")
	ResponseEntity<StreamingResponseBody> deaf(@PathVariable String id) {
		return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body((out) -> write(1, (number) -> {
			if (number > 0) {
				spinUntil(Thread.currentThread()::isInterrupted);
			}
			// Here Spring MVC waits for a lock, and swallows the interrupt.
			out.write("data:{\"text\":\"\",\"number\":%d}\n\n".formatted(number).getBytes());
		}));
	}

	@Bean
	RouterFunction<ServerResponse> functional() {
		return RouterFunctions.route()
			.GET("/functional/{id}", (request) -> ServerResponse.sse(
					(sse) -> send(pause(request), (number) -> sse.id(String.valueOf(number)).data(event(number))),
					Duration.ofMillis(NEVER)))
			.build();
	}

	private static long pause(ServerRequest request) {
		return request.param("pause").map(Long::valueOf).orElse(-1L);
	}

	@Bean
	ServletRegistrationBean<HttpServlet> asyncServlet() {
		ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				streamAsynchronously(request, response, pause(request));
			}

		}, "/async/*");
		registration.setName("asyncServlet");
		return registration;
	}

	@GetMapping("/handler/{id}")
	void handler(HttpServletRequest request, HttpServletResponse response,
			@RequestParam(defaultValue = "-1") long pause) throws IOException {
		streamAsynchronously(request, response, pause);
	}

	private void streamAsynchronously(HttpServletRequest request, HttpServletResponse response, long pause)
			throws IOException {
		response.setContentType("text/event-stream");
		AsyncContext async = request.startAsync();
		async.setTimeout(NEVER);
		PrintWriter writer = async.getResponse().getWriter();
		send(pause, (number) -> {
			writer.print("data:");
			writer.flush();
			writer.print("{\"text\":\"%s\",".formatted("x".repeat(number % 100)));
			writer.print("\"number\":%d}\n\n".formatted(number));
			if (writer.checkError()) {
				throw new IOException("The client has gone");
			}
		});
	}

	/**
	 * Swallows its interrupt as Spring MVC does, on the thread of the container: an
	 * executor that is busy may have its caller run what it should.
	 */
	@Bean
	ServletRegistrationBean<HttpServlet> swallowingServlet() {
		ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				response.setContentType("text/event-stream");
				AsyncContext async = request.startAsync();
				ServletOutputStream out = async.getResponse().getOutputStream();
				try {
					StreamingApplication.this.write(1, (number) -> {
						if (number > 0) {
							spinUntil(Thread::interrupted);
						}
						out.print("data:{\"text\":\"\",\"number\":%d}\n\n".formatted(number));
						out.flush();
					});
				}
				finally {
					async.complete();
				}
			}

		}, "/swallowing/*");
		registration.setName("swallowingServlet");
		return registration;
	}

	@Bean
	ServletRegistrationBean<HttpServlet> loopingServlet() {
		ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				response.setContentType("text/event-stream");
				ServletOutputStream out = response.getOutputStream();
				write(pause(request), (number) -> {
					out.print("data:");
					out.flush();
					out.print("{\"text\":\"\",\"number\":%d}\n\n".formatted(number));
					out.flush();
				});
			}

		}, "/looping/*");
		registration.setName("loopingServlet");
		return registration;
	}

	private static long pause(HttpServletRequest request) {
		String pause = request.getParameter("pause");
		return (pause != null) ? Long.parseLong(pause) : -1;
	}

	@GetMapping("/flood/{id}")
	ResponseEntity<StreamingResponseBody> flood(@PathVariable String id) {
		return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body((out) -> write(0, (number) -> {
			this.flooded = number;
			out.write(LARGE_EVENT.getBytes());
			out.flush();
		}));
	}

	@GetMapping("/flood-emitter/{id}")
	SseEmitter floodEmitter(@PathVariable String id) {
		SseEmitter emitter = new SseEmitter(NEVER);
		send(0, (number) -> {
			this.flooded = number;
			emitter.send(LARGE_EVENT);
		});
		return emitter;
	}

	@Bean
	ServletRegistrationBean<HttpServlet> floodingServlet() {
		ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				response.setContentType("text/event-stream");
				ServletOutputStream out = response.getOutputStream();
				write(0, (number) -> {
					StreamingApplication.this.flooded = number;
					out.print(LARGE_EVENT);
					out.flush();
				});
			}

		}, "/flood-servlet/*");
		registration.setName("floodingServlet");
		return registration;
	}

	@GetMapping("/unfinished/{id}")
	ResponseEntity<ResponseBodyEmitter> unfinished(@PathVariable String id) throws IOException {
		ResponseBodyEmitter emitter = new ResponseBodyEmitter(NEVER);
		emitter.send("data:1\n");
		return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(emitter);
	}

	private static Map<String, Object> event(int number) {
		return Map.of("text", "x".repeat(number % 100), "number", number);
	}

	private void send(long pause, Sending sending) {
		this.executor.execute(() -> {
			try {
				write(pause, sending);
			}
			catch (IOException | IllegalStateException ex) {
				// The client has gone, as it seems.
			}
		});
	}

	/**
	 * What is never told to end must not keep a core busy beyond its application.
	 */
	private void spinUntil(BooleanSupplier condition) {
		while (!this.destroyed && !condition.getAsBoolean()) {
			Thread.onSpinWait();
		}
	}

	@Override
	public void destroy() {
		this.destroyed = true;
		this.executor.shutdownNow();
	}

	private void write(long pause, Sending sending) throws IOException {
		try {
			sending.send(0);
			this.gate.arrive();
			if (pause < 0) {
				return;
			}
			for (int number = 1; !Thread.currentThread().isInterrupted(); number++) {
				if (pause > 0) {
					Thread.sleep(pause);
				}
				sending.send(number);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			if (pause >= 0) {
				this.stopped.arrive();
			}
		}
	}

	/**
	 * Where writers arrive that have stopped.
	 *
	 * @param gate the gate
	 */
	record Stopped(Gate gate) {

	}

	private interface Sending {

		void send(int number) throws IOException;

	}

}
