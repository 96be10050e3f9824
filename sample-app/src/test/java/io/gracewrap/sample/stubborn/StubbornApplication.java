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

package io.gracewrap.sample.stubborn;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import jakarta.annotation.PreDestroy;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application that resists being stopped, in the way that {@code stubborn.by} says.
 *
 * @author GraceWrap Maintainers
 */
@SpringBootApplication
public class StubbornApplication {

	static final Duration TEN_MINUTES = Duration.ofMinutes(10);

	public static void main(String[] args) {
		SpringApplication.run(StubbornApplication.class, args);
	}

	static void sleepUninterruptibly(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		while (System.nanoTime() < end) {
			LockSupport.parkNanos(end - System.nanoTime());
			Thread.interrupted();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "stubborn.by", havingValue = "pre-destroy")
	static class SleepyConfiguration {

		@Bean
		SleepyBean sleepyBean() {
			return new SleepyBean();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "stubborn.by", havingValue = "deadlock")
	static class DeadlockConfiguration {

		@Bean
		DeadlockedBean deadlockedBean() {
			return new DeadlockedBean();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "stubborn.by", havingValue = "jvm-hook")
	static class HookConfiguration {

		@Bean
		ApplicationRunner hookRunner() {
			return (arguments) -> Runtime.getRuntime()
				.addShutdownHook(new Thread(() -> sleepUninterruptibly(TEN_MINUTES), "stubborn-hook"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "stubborn.by", havingValue = "slow-runner")
	static class SlowRunnerConfiguration {

		@Bean
		ApplicationRunner slowRunner() {
			return (arguments) -> sleepUninterruptibly(Duration.ofMillis(1500));
		}

	}

	/**
	 * Sleeps when it is destroyed.
	 */
	static class SleepyBean {

		@PreDestroy
		void sleepForTenMinutes() {
			sleepUninterruptibly(TEN_MINUTES);
		}

	}

	/**
	 * Waits for a lock that nobody gives back.
	 */
	static class DeadlockedBean {

		private final ReentrantLock lock = new ReentrantLock();

		@PreDestroy
		void waitForTheLock() throws InterruptedException {
			CountDownLatch locked = new CountDownLatch(1);
			Thread owner = new Thread(() -> {
				this.lock.lock();
				locked.countDown();
				sleepUninterruptibly(TEN_MINUTES);
			}, "lock-owner");
			owner.setDaemon(true);
			owner.start();
			locked.await();
			this.lock.lock();
		}

	}

	/**
	 * Answers late, or not at all.
	 */
	@RestController
	static class StubbornController {

		private final ConfigurableApplicationContext context;

		StubbornController(ConfigurableApplicationContext context) {
			this.context = context;
		}

		@GetMapping("/close")
		void close() {
			new Thread(this.context::close, "closing").start();
		}

		@GetMapping("/sleep/{id}")
		String sleep(@PathVariable String id, @RequestParam long ms) throws InterruptedException {
			Thread.sleep(ms);
			return id;
		}

		@GetMapping("/deaf/{id}")
		String deaf(@PathVariable String id, @RequestParam long ms) {
			sleepUninterruptibly(Duration.ofMillis(ms));
			return id;
		}

	}

}
