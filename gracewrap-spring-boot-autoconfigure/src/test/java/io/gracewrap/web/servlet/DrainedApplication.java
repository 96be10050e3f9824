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
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;

import io.gracewrap.web.Gate;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Has requests that take their time.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class DrainedApplication {

	static final int LARGE = 20_000_000;

	private final Gate gate = new Gate();

	private final Store store = new Store();

	private final ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();

	final List<Boolean> threadsLeftInterrupted = new CopyOnWriteArrayList<>();

	volatile boolean released;

	@Bean
	Gate gate() {
		return this.gate;
	}

	@Bean
	ThreadPoolTaskScheduler scheduler() {
		return this.scheduler;
	}

	@Bean
	Store store() {
		return this.store;
	}

	/**
	 * Sends its headers before anything can be announced by them.
	 */
	@GetMapping("/flushed")
	void flushed(HttpServletResponse response) throws IOException, InterruptedException {
		response.getWriter().write("begun, ");
		response.flushBuffer();
		this.gate.pass();
		response.getWriter().write("ended");
	}

	@GetMapping("/quick")
	String quick() {
		return "quick";
	}

	@GetMapping("/scheduled")
	DeferredResult<String> scheduled() {
		DeferredResult<String> result = new DeferredResult<>();
		this.scheduler.schedule(() -> result.setResult("scheduled"), Instant.now());
		return result;
	}

	@GetMapping("/stored")
	String stored() throws InterruptedException {
		this.gate.pass();
		return this.store.isRunning() ? "stored" : "the store has stopped";
	}

	@GetMapping("/deferred/{id}")
	DeferredResult<String> deferred(@PathVariable String id) {
		this.gate.arrive();
		return new DeferredResult<>(60_000L);
	}

	@GetMapping("/emitter/{id}")
	SseEmitter emitter(@PathVariable String id) throws IOException {
		SseEmitter emitter = new SseEmitter(60_000L);
		emitter.send("event");
		this.gate.arrive();
		return emitter;
	}

	@GetMapping("/blocked/{id}")
	String blocked(@PathVariable String id) throws InterruptedException {
		this.gate.pass();
		return "done";
	}

	@GetMapping("/blocked-callable/{id}")
	Callable<String> blockedCallable(@PathVariable String id) {
		return () -> blocked(id);
	}

	@GetMapping("/gives-up/{id}")
	String givesUp(@PathVariable String id) {
		try {
			this.gate.pass();
			return "done";
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return "gave up";
		}
	}

	@GetMapping("/gives-up-and-streams/{id}")
	void givesUpAndStreams(@PathVariable String id, HttpServletResponse response) throws IOException {
		OutputStream stream = response.getOutputStream();
		stream.write(givesUp(id).getBytes());
		stream.flush();
		stream.write((Thread.currentThread().isInterrupted() ? " for good" : " for now").getBytes());
	}

	@GetMapping("/stubborn/{id}")
	String stubborn(@PathVariable String id) {
		this.gate.arrive();
		while (!this.released) {
			try {
				Thread.sleep(10);
			}
			catch (InterruptedException ex) {
				// Never mind.
			}
		}
		return "done";
	}

	@GetMapping("/stubborn-callable/{id}")
	Callable<String> stubbornCallable(@PathVariable String id) {
		return () -> stubborn(id);
	}

	@PostMapping("/upload")
	int upload(HttpServletRequest request) throws IOException {
		int first = request.getInputStream().read();
		this.gate.arrive();
		return request.getInputStream().readAllBytes().length + ((first != -1) ? 1 : 0);
	}

	@GetMapping("/large")
	void large(@RequestParam(defaultValue = "true") boolean sized, HttpServletResponse response) throws IOException {
		this.gate.arrive();
		if (sized) {
			response.setContentLength(LARGE);
		}
		OutputStream out = response.getOutputStream();
		out.write(new byte[LARGE / 2]);
		out.write(new byte[LARGE / 2]);
	}

	@GetMapping("/buffered")
	void buffered(HttpServletResponse response) throws IOException {
		response.setBufferSize(LARGE + 1);
		byte[] part = new byte[LARGE / 100];
		for (int i = 0; i < 100; i++) {
			response.getOutputStream().write(part);
		}
	}

	@GetMapping("/half")
	void half(HttpServletResponse response) throws Exception {
		this.gate.pass();
		response.getOutputStream().write("half".getBytes());
		response.flushBuffer();
		this.gate.pass();
	}

	@GetMapping("/half-compressed")
	void halfCompressed(HttpServletResponse response) throws Exception {
		response.setContentType("text/plain");
		response.setContentLength(LARGE);
		half(response);
	}

	@GetMapping("/half-handled")
	void halfHandled(HttpServletResponse response) {
		try {
			half(response);
		}
		catch (Exception ex) {
			throw new HandledException();
		}
	}

	@GetMapping("/handled")
	String blockedAndHandled() {
		try {
			return blocked("");
		}
		catch (InterruptedException ex) {
			throw new HandledException();
		}
	}

	@ExceptionHandler(HandledException.class)
	String handled() {
		return "handled";
	}

	@GetMapping("/handled-slowly")
	void handledSlowly() {
		throw new IllegalStateException();
	}

	@ExceptionHandler(IllegalStateException.class)
	void handleSlowly(HttpServletResponse response) throws IOException {
		response.getOutputStream().write("handled".getBytes());
		response.flushBuffer();
		givesUp("");
	}

	@GetMapping("/half-emitted")
	ResponseBodyEmitter halfEmitted(@RequestParam(defaultValue = "60000") long timeout) throws Exception {
		this.gate.pass();
		ResponseBodyEmitter emitter = new ResponseBodyEmitter(timeout);
		emitter.send("half");
		return emitter;
	}

	@Bean
	ServletRequestListener threadListener() {
		return new ServletRequestListener() {

			@Override
			public void requestDestroyed(ServletRequestEvent event) {
				DrainedApplication.this.threadsLeftInterrupted.add(Thread.currentThread().isInterrupted());
			}

		};
	}

	private static final class HandledException extends RuntimeException {

	}

	/**
	 * What plain Spring Boot has stopped before it lets requests finish.
	 */
	static class Store implements SmartLifecycle {

		private volatile boolean running;

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return Integer.MAX_VALUE - 100;
		}

	}

}
