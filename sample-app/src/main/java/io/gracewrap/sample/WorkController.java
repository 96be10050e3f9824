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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Work that takes as long as it is asked to.
 *
 * @author GraceWrap Maintainers
 */
@RestController
@RequestMapping(produces = MediaType.TEXT_PLAIN_VALUE)
class WorkController {

	@GetMapping("/work")
	String work(@RequestParam(defaultValue = "50") long ms) throws InterruptedException {
		Thread.sleep(ms);
		return "worked " + ms + " ms";
	}

	@GetMapping("/async-work")
	CompletableFuture<String> workAsync(@RequestParam(defaultValue = "50") long ms) {
		String result = "worked " + ms + " ms";
		return (ms > 0)
				? CompletableFuture.supplyAsync(() -> result,
						CompletableFuture.delayedExecutor(ms, TimeUnit.MILLISECONDS))
				: CompletableFuture.completedFuture(result);
	}

}
