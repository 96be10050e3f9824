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
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.Gate;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.context.request.async.WebAsyncTask;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/**
 * Serves requests in every way there is, and notes what is in flight meanwhile.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class TrackedApplication {

	private static final long SHORT = 100;

	final Queue<Integer> observed = new ConcurrentLinkedQueue<>();

	private final InFlightRegistry registry;

	private final Gate gate = new Gate();

	volatile DeferredResult<String> lastDeferred;

	volatile SseEmitter lastEmitter;

	TrackedApplication(InFlightRegistry registry) {
		this.registry = registry;
	}

	@Bean
	static BeanFactoryPostProcessor without(Environment environment) {
		return (beanFactory) -> Arrays.stream(environment.getProperty("test.without", String[].class, new String[0]))
			.forEach(((BeanDefinitionRegistry) beanFactory)::removeBeanDefinition);
	}

	@Bean
	Gate gate() {
		return this.gate;
	}

	private <T> T observe(T value) {
		this.observed.add(this.registry.count());
		return value;
	}

	@GetMapping("/orders/{id}")
	String order(@PathVariable String id) {
		return observe("order " + id);
	}

	@GetMapping("/no-content")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void noContent() {
		observe(null);
	}

	@GetMapping("/blocked/{id}")
	String blocked(@PathVariable String id) throws InterruptedException {
		this.gate.pass();
		return "done";
	}

	@GetMapping("/blocked-callable/{id}")
	Callable<String> blockedCallable(@PathVariable String id) {
		return () -> {
			this.gate.pass();
			return "done";
		};
	}

	@GetMapping("/fails")
	String fails() {
		throw new IllegalStateException(observe("fails"));
	}

	@GetMapping("/send-error")
	void sendError(HttpServletResponse response) throws IOException {
		response.sendError(observe(409));
	}

	@GetMapping("/response-status")
	void responseStatus() {
		observe(null);
		throw new GoneException();
	}

	@GetMapping("/missing")
	void missing() {
		throw new ResponseStatusException(observe(HttpStatus.NOT_FOUND));
	}

	@GetMapping("/callable")
	Callable<String> callable() {
		observe(null);
		return () -> observe("called");
	}

	@GetMapping("/callable-fails")
	Callable<String> callableFails() {
		return () -> {
			throw new IllegalStateException(observe("fails"));
		};
	}

	@GetMapping("/callable-times-out")
	WebAsyncTask<String> callableTimesOut() {
		return new WebAsyncTask<>(SHORT, () -> {
			observe(null);
			new CountDownLatch(1).await();
			return "never";
		});
	}

	@GetMapping("/deferred")
	DeferredResult<String> deferred(@RequestParam(defaultValue = "20000") long timeout) {
		this.lastDeferred = new DeferredResult<>(timeout);
		this.gate.arrive();
		return this.lastDeferred;
	}

	@GetMapping("/deferred-at-once")
	DeferredResult<String> deferredAtOnce() {
		DeferredResult<String> result = new DeferredResult<>();
		result.setResult(observe("done"));
		return result;
	}

	@GetMapping("/deferred-fails")
	DeferredResult<String> deferredFails() {
		DeferredResult<String> result = new DeferredResult<>();
		result.setErrorResult(new IllegalStateException(observe("fails")));
		return result;
	}

	@GetMapping("/deferred-times-out")
	DeferredResult<String> deferredTimesOut() {
		DeferredResult<String> result = new DeferredResult<>(SHORT);
		result.onTimeout(() -> observe(null));
		return result;
	}

	@GetMapping("/deferred-times-out-with-result")
	DeferredResult<String> deferredTimesOutWithResult() {
		return new DeferredResult<>(SHORT, () -> observe("timed out"));
	}

	@GetMapping("/emitter")
	SseEmitter emitter(@RequestParam(defaultValue = "20000") long timeout) {
		this.lastEmitter = new SseEmitter(timeout);
		this.gate.arrive();
		return this.lastEmitter;
	}

	@GetMapping("/emitter-at-once")
	ResponseBodyEmitter emitterAtOnce() throws IOException {
		ResponseBodyEmitter emitter = new ResponseBodyEmitter();
		emitter.send(observe("done"));
		emitter.complete();
		return emitter;
	}

	@GetMapping("/emitter-times-out")
	ResponseBodyEmitter emitterTimesOut() throws IOException {
		ResponseBodyEmitter emitter = new ResponseBodyEmitter(SHORT);
		emitter.onTimeout(() -> {
			observe(null);
			emitter.complete();
		});
		emitter.send("begun");
		return emitter;
	}

	@GetMapping("/streaming")
	StreamingResponseBody streaming() {
		return (out) -> {
			out.write("stream".getBytes());
			out.flush();
			observe(null);
			out.write("ed".getBytes());
		};
	}

	@GetMapping("/streaming-fails")
	StreamingResponseBody streamingFails() {
		return (out) -> {
			throw new IOException(observe("fails"));
		};
	}

	@GetMapping("/streaming-forever")
	StreamingResponseBody streamingForever() {
		byte[] bytes = new byte[10_000];
		return (out) -> {
			while (true) {
				out.write(bytes);
				out.flush();
			}
		};
	}

	@GetMapping("/async-complete")
	void asyncComplete(HttpServletRequest request, HttpServletResponse response) {
		AsyncContext async = request.startAsync(request, response);
		async.start(() -> {
			observe(null);
			writeAndComplete(async);
		});
	}

	@GetMapping("/async-dispatch")
	void asyncDispatch(HttpServletRequest request) {
		AsyncContext async = request.startAsync();
		async.start(() -> async.dispatch("/orders/1"));
	}

	@RequestMapping("/async-twice")
	void asyncTwice(HttpServletRequest request) {
		AsyncContext async = request.startAsync();
		observe(null);
		if (request.getDispatcherType() == DispatcherType.REQUEST) {
			async.dispatch("/async-twice");
		}
		else {
			async.start(() -> {
				observe(null);
				writeAndComplete(async);
			});
		}
	}

	@GetMapping("/async-times-out")
	void asyncTimesOut(HttpServletRequest request) {
		AsyncContext async = request.startAsync();
		async.setTimeout(SHORT);
		async.addListener(new CompletingListener(() -> observe(null)));
	}

	private static void writeAndComplete(AsyncContext async) {
		try {
			async.getResponse().getWriter().write("done");
			async.complete();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@GetMapping("/forward")
	ModelAndView forward() {
		return new ModelAndView("forward:/orders/1");
	}

	@GetMapping("/forward-to-deferred")
	ModelAndView forwardToDeferred() {
		return new ModelAndView("forward:/deferred-times-out-with-result");
	}

	@GetMapping("/forward-to-callable")
	ModelAndView forwardToCallable() {
		return new ModelAndView("forward:/callable");
	}

	@GetMapping("/include")
	void include(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
		request.getRequestDispatcher("/orders/1").include(request, response);
		request.getRequestDispatcher("/orders/2").include(request, response);
		observe(null);
	}

	@PostMapping("/multipart")
	String multipart(@RequestParam MultipartFile file) {
		return observe(file.getSize() + " bytes");
	}

	@PostMapping("/body")
	String body(@RequestBody String body) {
		return observe(body);
	}

	@Bean
	RouterFunction<ServerResponse> functions() {
		return RouterFunctions.route().GET("/functions/{name}", (request) -> {
			if (request.pathVariable("name").equals("blocked")) {
				this.gate.pass();
			}
			return observe(ServerResponse.ok().build());
		}).build();
	}

	@Bean
	ServletRegistrationBean<HttpServlet> servlet() {
		return new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
				if (request.getParameter("blocked") != null) {
					try {
						TrackedApplication.this.gate.pass();
					}
					catch (InterruptedException ex) {
						throw new IllegalStateException(ex);
					}
				}
				response.getWriter().write(observe("servlet"));
			}

		}, "/servlet/*");
	}

	@Bean
	ServletRegistrationBean<HttpServlet> dispatchingServlet() {
		ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(new HttpServlet() {

			@Override
			protected void doGet(HttpServletRequest request, HttpServletResponse response)
					throws ServletException, IOException {
				if (request.getServletPath().equals("/servlet-forwards")) {
					request.getRequestDispatcher("/orders/1").forward(request, response);
				}
				else {
					request.getRequestDispatcher("/orders/1").include(request, response);
				}
			}

		}, "/servlet-forwards", "/servlet-includes");
		registration.setName("dispatchingServlet");
		return registration;
	}

	@Bean
	FilterRegistrationBean<Filter> answeringFilter() {
		FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>((request, response, chain) -> {
			if (((HttpServletRequest) request).getRequestURI().equals("/unauthorized")) {
				((HttpServletResponse) response).setStatus(401);
				response.getWriter().write("unauthorized");
			}
			else {
				request.getRequestDispatcher("/orders/1").forward(request, response);
			}
		});
		registration.addUrlPatterns("/unauthorized", "/filter-forwards");
		return registration;
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	WebMvcConfigurer firstInterceptor() {
		return new EndingInterceptor("first", Ordered.HIGHEST_PRECEDENCE);
	}

	@Bean
	WebMvcConfigurer lastInterceptor() {
		return new EndingInterceptor("last", 0);
	}

	@ResponseStatus(HttpStatus.GONE)
	private static final class GoneException extends RuntimeException {

	}

	/**
	 * An interceptor that may end a request.
	 */
	private record EndingInterceptor(String name, int order) implements WebMvcConfigurer, HandlerInterceptor {

		@Override
		public void addInterceptors(InterceptorRegistry registry) {
			registry.addInterceptor(this).order(this.order);
		}

		@Override
		public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
			boolean first = request.getDispatcherType() == DispatcherType.REQUEST;
			if (first && ("throw-" + this.name).equals(request.getQueryString())) {
				throw new IllegalStateException();
			}
			if (first && ("refuse-" + this.name).equals(request.getQueryString())) {
				response.setStatus(403);
				return false;
			}
			return true;
		}

	}

}
