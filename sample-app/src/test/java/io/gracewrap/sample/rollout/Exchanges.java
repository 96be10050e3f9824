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

package io.gracewrap.sample.rollout;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Requests under way, each on a connection of its own. One that a server reads only after
 * the signal is in flight all the same: the window is open for a second at least.
 *
 * @param answers their statuses, or -1 for those that got none
 * @author GraceWrap Maintainers
 */
record Exchanges(List<CompletableFuture<Integer>> answers) {

	static Exchanges of(int port, int count, String target) throws IOException {
		ExecutorService executor = Executors.newFixedThreadPool(count);
		List<CompletableFuture<Integer>> answers = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			HttpConnection connection = HttpConnection.open(port);
			answers.add(CompletableFuture.supplyAsync(() -> status(connection, target), executor));
		}
		executor.shutdown();
		return new Exchanges(answers);
	}

	private static int status(HttpConnection connection, String target) {
		try (connection) {
			return connection.exchange(HttpConnection.get(target), Duration.ofSeconds(90)).status();
		}
		catch (IOException ex) {
			return -1;
		}
	}

	/**
	 * Wait for the answers.
	 * @return the status of each
	 */
	List<Integer> statuses() {
		return this.answers.stream().map(CompletableFuture::join).toList();
	}

}
