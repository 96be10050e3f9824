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
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * One stop of one process that is ready.
 *
 * @author GraceWrap Maintainers
 */
final class StopRun {

	/** For a request to be in flight. */
	private static final Duration LEAD = Duration.ofMillis(500);

	private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(90);

	private final String server;

	private final StopCase stop;

	private final int repetition;

	private final ServerProcess process;

	StopRun(String server, StopCase stop, int repetition, ServerProcess process) {
		this.server = server;
		this.stop = stop;
		this.repetition = repetition;
		this.process = process;
	}

	/**
	 * Stop the process.
	 * @param begin when to
	 * @return how long it took
	 * @throws InterruptedException if interrupted
	 */
	StopResult stop(long begin) throws InterruptedException {
		sleepUntil(begin - LEAD.toNanos());
		List<CompletableFuture<@Nullable Long>> answers = new ArrayList<>();
		for (int i = 0; i < this.stop.requests(); i++) {
			CompletableFuture<@Nullable Long> answer = new CompletableFuture<>();
			new Thread(() -> answer.complete(request()), "request").start();
			answers.add(answer);
		}
		sleepUntil(begin + this.stop.sleep().toNanos());
		long signalled = this.process.terminate().nanoTime();
		ServerProcess.Exit exit = this.process.awaitExit(EXIT_TIMEOUT);
		if (exit == null) {
			throw new IllegalStateException(this.stop.arm() + " does not exit");
		}
		List<Long> answered = answers.stream().map(CompletableFuture::join).filter(Objects::nonNull).toList();
		return new StopResult(this.server, this.stop, this.repetition,
				Duration.ofNanos(signalled - begin).plus(exit.sinceSignal()),
				answered.stream().max(Long::compare).map((last) -> Duration.ofNanos(last - begin)).orElse(null),
				answered.size());
	}

	private @Nullable Long request() {
		try (HttpConnection connection = HttpConnection.open(this.process.port())) {
			int status = connection
				.exchange(HttpConnection.get(SampleJar.work(this.server, this.stop.work().toMillis())), EXIT_TIMEOUT)
				.status();
			return (status == 200) ? System.nanoTime() : null;
		}
		catch (IOException ex) {
			return null;
		}
	}

	private static void sleepUntil(long nanoTime) throws InterruptedException {
		TimeUnit.NANOSECONDS.sleep(nanoTime - System.nanoTime());
	}

}
