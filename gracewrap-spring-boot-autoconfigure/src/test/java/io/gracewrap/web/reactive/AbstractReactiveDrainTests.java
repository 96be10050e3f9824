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

package io.gracewrap.web.reactive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Closing a WebFlux application while it serves: everything in flight is answered, and
 * what takes too long is named and cut.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractReactiveDrainTests {

	abstract Class<?> server();

	RunningApplication start(String... properties) {
		return ReactiveServers.start(ReactiveApplication.class, server(), properties, "gracewrap.quiet-period=0s",
				"logging.level.root=info");
	}

	@Test
	void whatIsInFlightIsAnswered() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s")) {
			List<String> paths = List.of("/late/1", "/late-no-content", "/late-list", "/late-events",
					"/committed-then-late");
			List<ClientConnection> clients = new ArrayList<>();
			for (String path : paths) {
				clients.add(application.connect().get(path));
			}
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(paths.size());
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			CompletableFuture<Duration> closing = close(application);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == DrainState.DRAINING);
			gate.open();
			List<String> answers = new ArrayList<>();
			for (ClientConnection client : clients) {
				answers.add(answer(client));
			}
			// An event stream is not waited for.
			assertThat(answers.remove(3)).startsWith("200 ");
			assertThat(answers).containsExactly("200 done (close)", "204  (close)", "200 [1,2,3] (close)",
					"200 earlylate ()");
			await(closing);
		}
	}

	@Test
	void aFileThatIsReadSlowlyIsSentToItsEnd(@TempDir Path directory) throws Exception {
		Files.write(directory.resolve("file"), new byte[ReactiveApplication.LARGE]);
		try (RunningApplication application = start("spring.web.resources.static-locations=file:" + directory + "/",
				"gracewrap.load-balancer-delay=0s", "gracewrap.max-load-balancer-delay=0s");
				ClientConnection reading = new ClientConnection(application.port(), 10_000)) {
			reading.get("/file");
			assertThat(reading.receiveHead().status()).isEqualTo(200);
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			CompletableFuture<Duration> closing = close(application);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == DrainState.DRAINING);
			// Longer than what any server waits for a request that has not begun.
			TimeUnit.MILLISECONDS.sleep(1500);
			reading.bytes(ReactiveApplication.LARGE);
			assertThat(reading.endsHere()).isTrue();
			await(closing);
		}
	}

	@Test
	void anUploadInChunksThatGoesOnForAWhileIsAnswered() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s"); ClientConnection uploading = application.connect()) {
			uploading.send("POST /body HTTP/1.1", "Content-Type: text/plain", "Transfer-Encoding: chunked");
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			Awaitility.await().until(() -> registry.count() == 1);
			GraceWrap graceWrap = application.bean(GraceWrap.class);
			CompletableFuture<Duration> closing = close(application);
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> graceWrap.state() == DrainState.DRAINING);
			TimeUnit.MILLISECONDS.sleep(1500);
			uploading.write("3\r\nabc\r\n0\r\n\r\n");
			assertThat(uploading.receive().body()).isEqualTo("abc");
			await(closing);
		}
	}

	@Test
	void whatIsInFlightAtTheDeadlineIsNamedAndCancelledAndStillAnswered(CapturedOutput output) throws Exception {
		cutAtTheDeadline(output, Duration.ofSeconds(1));
	}

	@Test
	void theDeadlineIsTheOneThatWasSet(CapturedOutput output) throws Exception {
		cutAtTheDeadline(output, Duration.ofSeconds(3));
	}

	private void cutAtTheDeadline(CapturedOutput output, Duration deadline) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.drain-timeout=" + deadline.toMillis() + "ms", "gracewrap.hard-stop-timeout=4s")) {
			List<String> paths = List.of("/never/no-4711-id", "/never-functions/no-4711-id", "/filter-never",
					"/committed-then-never/no-4711-id");
			List<ClientConnection> clients = new ArrayList<>();
			for (String path : paths) {
				clients.add(application.connect().get(path + "?secret=no-4711-id"));
			}
			application.bean(Gate.class).awaitArrivals(paths.size());
			ReactiveApplication reactive = application.bean(ReactiveApplication.class);
			CompletableFuture<Duration> closing = close(application);
			List<String> answers = new ArrayList<>();
			for (ClientConnection client : clients) {
				answers.add(answer(client));
			}
			assertThat(answers.subList(0, 3)).containsOnly("503  (close)");
			assertThat(answers.get(3)).contains("ended");
			assertThat(await(closing)).isBetween(deadline.minusMillis(100), deadline.plusSeconds(8));
			assertThat(reactive.cancelled).hasValueGreaterThanOrEqualTo(3);
			assertThat(output).contains("4 still in flight after ")
				.contains("Still in flight: GET /never/{id} handled by ")
				.contains("ReactiveApplication#never(String), in flight for ")
				.contains("Still in flight: GET /never-functions/{name} handled by ")
				.contains("Still in flight: GET /committed-then-never/{id} handled by ")
				.contains("Still in flight: GET (no route), in flight for ")
				.contains(", on no known thread");
			assertThat(output.toString().lines()).noneMatch((line) -> line.startsWith("\tat "));
			assertThat(output.toString().lines().filter((line) -> line.contains("in flight")))
				.allSatisfy((line) -> assertThat(line).doesNotContain("no-4711-id"));
		}
	}

	private static String answer(ClientConnection client) {
		try (client) {
			Response response = client.receive();
			return "%d %s (%s)".formatted(response.status(), (response.status() == 200) ? response.body().strip() : "",
					String.join(", ", response.header("Connection")));
		}
		catch (IOException ex) {
			return ex.getMessage();
		}
	}

	static CompletableFuture<Duration> close(RunningApplication application) {
		return CompletableFuture.supplyAsync(() -> {
			long begin = System.nanoTime();
			application.close();
			return Duration.ofNanos(System.nanoTime() - begin);
		});
	}

	static <T> T await(CompletableFuture<T> future) throws Exception {
		return future.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

}
