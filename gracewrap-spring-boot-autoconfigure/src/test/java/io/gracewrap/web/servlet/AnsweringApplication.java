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
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

import io.gracewrap.web.Gate;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/**
 * Answers in every way there is, at once or, under {@code /late}, when the gate opens.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class AnsweringApplication {

	private final Gate gate = new Gate();

	volatile Boolean clientFoundGone;

	@Bean
	Gate gate() {
		return this.gate;
	}

	@GetMapping("/body")
	String body() {
		return "body";
	}

	@GetMapping("/late/body")
	String lateBody() throws InterruptedException {
		this.gate.pass();
		return "late";
	}

	@GetMapping("/fails")
	void fails() {
		throw new IllegalStateException();
	}

	@GetMapping("/late/fails")
	void lateFails() throws InterruptedException {
		this.gate.pass();
		throw new IllegalStateException();
	}

	@GetMapping("/late/not-found")
	void lateNotFound() throws InterruptedException {
		this.gate.pass();
		throw new ResponseStatusException(HttpStatus.NOT_FOUND);
	}

	@GetMapping("/redirect")
	void redirect(HttpServletResponse response) throws IOException {
		response.sendRedirect("/body");
	}

	@GetMapping("/late/redirect")
	void lateRedirect(HttpServletResponse response) throws IOException, InterruptedException {
		this.gate.pass();
		response.sendRedirect("/body");
	}

	@GetMapping("/keep-alive")
	String keepAlive(HttpServletResponse response) {
		response.setHeader("Connection", "keep-alive");
		return "body";
	}

	@GetMapping("/late/keep-alive")
	String lateKeepAlive(HttpServletResponse response) throws InterruptedException {
		response.setHeader("Connection", "keep-alive");
		this.gate.pass();
		return "late";
	}

	@GetMapping("/not-modified")
	ResponseEntity<Void> notModified() {
		return ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag("tag").build();
	}

	@GetMapping("/no-content")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void noContent() {
	}

	@GetMapping("/late/no-content")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void lateNoContent() throws InterruptedException {
		this.gate.pass();
	}

	@GetMapping("/late/nothing")
	void lateNothing(HttpServletResponse response) throws InterruptedException {
		this.gate.pass();
	}

	@GetMapping("/late/buffered")
	void lateBuffered(HttpServletResponse response) throws IOException, InterruptedException {
		response.getOutputStream().write("buffered".getBytes());
		this.gate.pass();
	}

	@GetMapping("/late/stream")
	void lateStream(HttpServletResponse response) throws IOException, InterruptedException {
		OutputStream stream = response.getOutputStream();
		this.gate.pass();
		stream.write("late".getBytes());
		stream.flush();
	}

	@GetMapping("/late/flushed-stream")
	void lateFlushedStream(HttpServletResponse response) throws IOException, InterruptedException {
		OutputStream stream = response.getOutputStream();
		stream.write("early".getBytes());
		this.gate.pass();
		stream.flush();
	}

	@GetMapping("/late/closed-stream")
	void lateClosedStream(HttpServletResponse response) throws IOException, InterruptedException {
		OutputStream stream = response.getOutputStream();
		stream.write("early".getBytes());
		this.gate.pass();
		stream.close();
	}

	@GetMapping("/late/large-stream")
	void lateLargeStream(HttpServletResponse response) throws IOException, InterruptedException {
		OutputStream stream = response.getOutputStream();
		this.gate.pass();
		stream.write(new byte[100_000]);
	}

	@GetMapping("/late/single-bytes")
	void lateSingleBytes(HttpServletResponse response) throws IOException, InterruptedException {
		response.setBufferSize(1000);
		OutputStream stream = response.getOutputStream();
		this.gate.pass();
		for (int i = 0; i < 100_000; i++) {
			stream.write('x');
		}
	}

	@GetMapping("/late/length-reached")
	void lateLengthReached(HttpServletResponse response) throws IOException, InterruptedException {
		response.setContentLength(4);
		OutputStream stream = response.getOutputStream();
		this.gate.pass();
		stream.write("late".getBytes());
		stream.close();
	}

	@GetMapping("/late/writer")
	void lateWriter(HttpServletResponse response) throws IOException, InterruptedException {
		PrintWriter writer = response.getWriter();
		this.gate.pass();
		writer.println("late");
		writer.flush();
	}

	@GetMapping("/late/large-writer")
	void lateLargeWriter(HttpServletResponse response) throws IOException, InterruptedException {
		PrintWriter writer = response.getWriter();
		this.gate.pass();
		writer.print("x".repeat(100_000));
	}

	@GetMapping("/late/closed-writer")
	void lateClosedWriter(HttpServletResponse response) throws IOException, InterruptedException {
		PrintWriter writer = response.getWriter();
		writer.print("early");
		this.gate.pass();
		writer.close();
	}

	@GetMapping("/late/check-error")
	void lateCheckError(HttpServletResponse response) throws IOException, InterruptedException {
		PrintWriter writer = response.getWriter();
		writer.print("early");
		this.gate.pass();
		writer.checkError();
	}

	@GetMapping("/late/flush-buffer")
	void lateFlushBuffer(HttpServletResponse response) throws IOException, InterruptedException {
		this.gate.pass();
		response.flushBuffer();
	}

	@GetMapping("/late/reset")
	void lateReset(HttpServletResponse response) throws IOException, InterruptedException {
		response.getOutputStream().write("early".getBytes());
		this.gate.pass();
		response.reset();
		response.getWriter().write("late");
	}

	@GetMapping("/deferred")
	DeferredResult<String> deferred() {
		DeferredResult<String> result = new DeferredResult<>();
		CompletableFuture.runAsync(() -> result.setResult("body"));
		return result;
	}

	@GetMapping("/deferred-no-content")
	DeferredResult<ResponseEntity<Void>> deferredNoContent() {
		DeferredResult<ResponseEntity<Void>> result = new DeferredResult<>();
		CompletableFuture.runAsync(() -> result.setResult(ResponseEntity.noContent().build()));
		return result;
	}

	@GetMapping("/late/deferred")
	DeferredResult<String> lateDeferred() {
		DeferredResult<String> result = new DeferredResult<>();
		late(() -> result.setResult("late"));
		return result;
	}

	@GetMapping("/late/deferred-no-content")
	DeferredResult<ResponseEntity<Void>> lateDeferredNoContent() {
		DeferredResult<ResponseEntity<Void>> result = new DeferredResult<>();
		late(() -> result.setResult(ResponseEntity.noContent().build()));
		return result;
	}

	@GetMapping("/late/deferred-fails")
	DeferredResult<String> lateDeferredFails() {
		DeferredResult<String> result = new DeferredResult<>();
		late(() -> result.setErrorResult(new IllegalStateException()));
		return result;
	}

	@GetMapping("/callable")
	Callable<String> callable() {
		return () -> "body";
	}

	@GetMapping("/late/callable")
	Callable<String> lateCallable() {
		return this::lateBody;
	}

	@GetMapping("/streaming")
	StreamingResponseBody streaming() {
		return (out) -> out.write("body".getBytes());
	}

	@GetMapping("/late/streaming")
	StreamingResponseBody lateStreaming() {
		return (out) -> {
			out.write("early".getBytes());
			passUnchecked();
			out.write("late".getBytes());
			out.flush();
		};
	}

	@GetMapping("/emitter")
	SseEmitter emitter() throws IOException {
		SseEmitter emitter = new SseEmitter();
		emitter.send("event");
		emitter.complete();
		return emitter;
	}

	@GetMapping("/late/emitter")
	SseEmitter lateEmitter() {
		SseEmitter emitter = new SseEmitter();
		late(() -> {
			emitter.send("event");
			emitter.complete();
		});
		return emitter;
	}

	@GetMapping("/async")
	void async(HttpServletRequest request, HttpServletResponse response) {
		AsyncContext async = request.startAsync(request, response);
		async.start(async::complete);
	}

	@GetMapping("/late/async")
	void lateAsync(HttpServletRequest request, HttpServletResponse response) {
		AsyncContext async = request.startAsync(request, response);
		late(() -> {
			async.getResponse().getWriter().write("late");
			async.complete();
		});
	}

	@GetMapping("/late/async-dispatch")
	void lateAsyncDispatch(HttpServletRequest request) throws InterruptedException {
		if (request.getDispatcherType() == DispatcherType.ASYNC) {
			this.gate.pass();
		}
		else {
			request.startAsync().dispatch();
		}
	}

	@GetMapping("/late/non-blocking")
	void lateNonBlocking(HttpServletRequest request, HttpServletResponse response) throws IOException {
		AsyncContext async = request.startAsync(request, response);
		ServletOutputStream stream = response.getOutputStream();
		late(() -> stream.setWriteListener(new WriteListener() {

			private boolean written;

			@Override
			public void onWritePossible() throws IOException {
				while (stream.isReady()) {
					if (this.written) {
						async.complete();
						return;
					}
					stream.write("late".getBytes());
					this.written = true;
				}
			}

			@Override
			public void onError(Throwable ex) {
				async.complete();
			}

		}));
	}

	@GetMapping("/late/committed")
	void lateCommitted(HttpServletResponse response) throws IOException, InterruptedException {
		response.getOutputStream().write("early".getBytes());
		response.flushBuffer();
		this.gate.pass();
		response.getOutputStream().write("late".getBytes());
	}

	@GetMapping("/late/switches-protocols")
	void lateSwitchesProtocols(HttpServletResponse response) throws IOException, InterruptedException {
		this.gate.pass();
		switchesProtocols(response);
	}

	@GetMapping("/switches-protocols")
	void switchesProtocols(HttpServletResponse response) throws IOException {
		response.setHeader("Upgrade", "something");
		response.setHeader("Connection", "Upgrade");
		response.setStatus(HttpServletResponse.SC_SWITCHING_PROTOCOLS);
		response.flushBuffer();
	}

	@GetMapping("/until-client-is-gone")
	void untilClientIsGone(HttpServletResponse response) throws IOException {
		PrintWriter writer = response.getWriter();
		writer.print("begun");
		this.clientFoundGone = writer.checkError();
		this.gate.arrive();
		for (int i = 0; i < 100_000 && !writer.checkError(); i++) {
			writer.print("x".repeat(10_000));
		}
		this.clientFoundGone = writer.checkError();
		this.gate.arrive();
	}

	private void late(Action action) {
		new Thread(() -> {
			passUnchecked();
			try {
				action.run();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}).start();
	}

	private void passUnchecked() {
		try {
			this.gate.pass();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Bean
	ServletRegistrationBean<HttpServlet> servlet() {
		return new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				ServletOutputStream stream = response.getOutputStream();
				if (request.getServletPath().startsWith("/late")) {
					passUnchecked();
				}
				stream.write(ByteBuffer.wrap(new byte[100_000]));
			}

		}, "/servlet", "/late/servlet");
	}

	/**
	 * Spring MVC wraps the response as well, and knows of no new beginning.
	 * @return a plain servlet
	 */
	@Bean
	ServletRegistrationBean<HttpServlet> resettingServlet() {
		ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				response.getOutputStream().write("first".getBytes());
				response.reset();
				PrintWriter writer = response.getWriter();
				try {
					response.getOutputStream();
					writer.write("both");
				}
				catch (IllegalStateException ex) {
					writer.write("second");
				}
			}

		}, "/begins-anew");
		registration.setName("resettingServlet");
		return registration;
	}

	@Bean
	FilterRegistrationBean<Filter> securityLikeFilter() {
		FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>((request, response, chain) -> {
			if (((HttpServletRequest) request).getServletPath().startsWith("/late")) {
				passUnchecked();
			}
			((HttpServletResponse) response).sendError(401);
		});
		registration.addUrlPatterns("/unauthorized", "/late/unauthorized");
		return registration;
	}

	private interface Action {

		void run() throws IOException;

	}

}
