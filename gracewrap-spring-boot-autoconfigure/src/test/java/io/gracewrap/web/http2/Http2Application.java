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

package io.gracewrap.web.http2;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.Gate;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * Answers alike on every stack.
 *
 * @author GraceWrap Maintainers
 */
@Configuration(proxyBeanMethods = false)
@RestController
class Http2Application {

	private final Gate gate = new Gate();

	private volatile CompletableFuture<String> late = new CompletableFuture<>();

	@Bean
	Gate gate() {
		return this.gate;
	}

	void answerLate() {
		this.late.complete("late");
	}

	@GetMapping("/quick")
	String quick() {
		return "quick";
	}

	@GetMapping("/late")
	CompletableFuture<String> late() {
		this.gate.arrive();
		return this.late;
	}

	@PostMapping("/size")
	int size(@RequestBody String body) {
		return body.length();
	}

	@GetMapping("/load")
	CompletableFuture<String> load() {
		return CompletableFuture.supplyAsync(() -> "load",
				CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
	}

}
