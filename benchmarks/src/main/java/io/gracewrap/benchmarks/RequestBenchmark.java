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

package io.gracewrap.benchmarks;

import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * One request, from where the server hands it over to the end of its response.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@NullUnmarked
public class RequestBenchmark {

	/**
	 * Measure the whole application.
	 * @param client who sends the request
	 * @return how many bytes it was answered with
	 */
	@Benchmark
	public long application(ApplicationClient client) {
		return client.exchange.send();
	}

	/**
	 * Measure what GraceWrap has in the application, around next to nothing.
	 * @param client who sends the request
	 * @return how many bytes it was answered with
	 */
	@Benchmark
	public long path(PathClient client) {
		return client.exchange.send();
	}

	/**
	 * The application, which all threads ask.
	 */
	@State(Scope.Benchmark)
	public static class Application {

		/** What serves the requests. */
		@Param
		public Stack stack;

		/** Whether with GraceWrap. */
		@Param({ "false", "true" })
		public boolean gracewrap;

		private ConfigurableApplicationContext context;

		/**
		 * Start the application.
		 */
		@Setup(Level.Trial)
		public void start() {
			this.context = this.stack.start(this.gracewrap);
		}

		/**
		 * Stop the application.
		 */
		@TearDown(Level.Trial)
		public void stop() {
			this.context.close();
		}

	}

	/**
	 * A client on each thread. It warms the code up by a number of requests, not by a
	 * time in which a busy machine would do little.
	 */
	private abstract static class Client {

		private static final int WARM_UP = 50_000;

		Exchange exchange;

		void connect(Stack stack, Exchange exchange) {
			for (int i = 0; i < WARM_UP; i++) {
				if (exchange.send() != HelloApplication.ANSWER.length()) {
					throw new IllegalStateException(stack + " does not answer");
				}
			}
			this.exchange = exchange;
		}

	}

	/**
	 * A client of the application.
	 */
	@State(Scope.Thread)
	public static class ApplicationClient extends Client {

		/**
		 * Connect to the application.
		 * @param application the application
		 */
		@Setup(Level.Trial)
		public void connect(Application application) {
			connect(application.stack, application.stack.exchange(application.context));
		}

	}

	/**
	 * A client of what GraceWrap has in the application.
	 */
	@State(Scope.Thread)
	public static class PathClient extends Client {

		/**
		 * Connect to the application.
		 * @param application the application
		 */
		@Setup(Level.Trial)
		public void connect(Application application) {
			connect(application.stack, application.stack.path(application.context));
		}

	}

}
