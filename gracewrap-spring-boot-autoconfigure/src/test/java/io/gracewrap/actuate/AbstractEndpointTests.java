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

package io.gracewrap.actuate;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.gracewrap.DrainState;
import io.gracewrap.DrainStateChangedEvent;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.RunningApplication;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GraceWrapEndpoint} on a real server, on its own port and on that of
 * the application.
 *
 * @author GraceWrap Maintainers
 */
abstract class AbstractEndpointTests {

	private static final String ENDPOINT = "/actuator/gracewrap";

	private static final String READINESS = "/actuator/health/readiness";

	private static final String[] CHILD_ARGUMENTS = { "--server.port=0", "--gracewrap.load-balancer-delay=0s",
			"--gracewrap.quiet-period=0s", "--management.endpoints.web.exposure.include=health,gracewrap",
			"--management.endpoint.gracewrap.access=unrestricted" };

	abstract Class<?> server();

	abstract String type();

	private RunningApplication start(boolean ownPort, String... properties) {
		return RunningApplication.start(RunningApplication.sources(WorkingApplication.class, server()),
				RunningApplication.properties(
						RunningApplication.properties(properties,
								ownPort ? new String[] { "management.server.port=0" } : new String[0]),
						"spring.main.web-application-type=" + type(), "gracewrap.quiet-period=0s",
						"gracewrap.end-streams-within=0s"));
	}

	private RunningApplication startUnrestricted(boolean ownPort, String... properties) {
		return start(ownPort,
				RunningApplication.properties(properties, "management.endpoints.web.exposure.include=health,gracewrap",
						"management.endpoint.gracewrap.access=unrestricted"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void readinessFollowsAndNoRequestFails(boolean ownPort) throws Exception {
		try (RunningApplication application = startUnrestricted(ownPort, "gracewrap.load-balancer-delay=0s");
				Load load = new Load(application.port())) {
			int port = managementPort(application);
			assertThat(call(port, "GET", READINESS).status()).isEqualTo(200);
			for (String method : List.of("POST", "DELETE", "POST")) {
				boolean refusing = method.equals("POST");
				load.awaitAnswers(100);
				Response answer = call(port, method, ENDPOINT);
				assertThat(answer.status()).isEqualTo(200);
				assertThat(answer.body()).contains("\"state\":\"" + (refusing ? "REFUSING" : "SERVING") + '"');
				assertThat(call(port, "GET", READINESS).status()).isEqualTo(refusing ? 503 : 200);
				assertThat(call(application.port(), "GET", "/tasks/4711").announcesClose()).isEqualTo(refusing);
				load.awaitAnswers(100);
				assertThat(call(port, "GET", READINESS).status()).isEqualTo(refusing ? 503 : 200);
			}
			assertThat(load.stop()).isEmpty();
		}
	}

	@ParameterizedTest
	@CsvSource({ "POST, /actuator/gracewrap, 405", "DELETE, /actuator/gracewrap, 405",
			"POST, /actuator/gracewrap/wait, 404" })
	void nothingCanBeChangedWithoutAccess(String method, String path, int status) throws Exception {
		try (RunningApplication application = start(false, "management.endpoints.web.exposure.include=*")) {
			int port = application.port();
			assertThat(call(port, "GET", ENDPOINT).status()).isEqualTo(200);
			assertThat(call(port, method, path).status()).isEqualTo(status);
			// As an operation that an endpoint of Spring Boot does not have.
			assertThat(call(port, method, path.replace("gracewrap", "info")).status()).isEqualTo(status);
			assertThat(application.bean(GraceWrap.class).state()).isEqualTo(DrainState.SERVING);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void isNotExposedUnlessTheUserExposesIt(boolean ownPort) throws Exception {
		try (RunningApplication application = start(ownPort, "management.endpoint.gracewrap.access=unrestricted")) {
			int port = managementPort(application);
			assertThat(call(port, "GET", ENDPOINT).status()).isEqualTo(404);
			assertThat(call(port, "POST", ENDPOINT).status()).isIn(404, 405)
				.isEqualTo(call(port, "POST", "/actuator/env").status());
			assertThat(application.bean(GraceWrap.class).state()).isEqualTo(DrainState.SERVING);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void showsWhatIsInFlightWithoutItsPathAndNeverItself(boolean ownPort) throws Exception {
		try (RunningApplication application = startUnrestricted(ownPort, "gracewrap.load-balancer-delay=0s");
				ClientConnection client = application.connect()) {
			int port = managementPort(application);
			assertThat(call(port, "GET", ENDPOINT).body()).contains("\"state\":\"SERVING\"", "\"timeLeft\":\"PT25S\"",
					"\"budget\":\"PT30S\"", "\"settings\":{\"loadBalancerDelay\":\"PT0S\"",
					"\"maxLoadBalancerDelay\":\"PT15S\"", "\"count\":0", "\"HTTP\":0", "\"open\":[]",
					"\"late\":{\"count\":0", "\"requirement\":\"SIGTERM reaches the JVM\"");
			client.get("/blocked/s3cr3t?token=s3cr3t");
			Awaitility.await().until(() -> call(port, "GET", ENDPOINT).body().contains("\"HTTP\":1"));
			String body = call(port, "GET", ENDPOINT).body();
			assertThat(body).contains("\"count\":1",
					"{\"name\":\"GET /blocked/{id}\",\"protocol\":\"HTTP\",\"age\":\"PT");
			assertThat(body).doesNotContain("s3cr3t");
			call(port, "POST", ENDPOINT);
			call(application.port(), "GET", "/tasks/1");
			assertThat(call(port, "GET", ENDPOINT).body()).contains("\"late\":{\"count\":1",
					"\"lastProtocol\":\"HTTP\"", "\"suggestedDelay\":\"PT");
			application.bean(WorkingApplication.class).unblock();
			assertThat(client.receive().status()).isEqualTo(200);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void theWaitFormAnswersWhenNothingIsInFlight(boolean ownPort) throws Exception {
		try (RunningApplication application = startUnrestricted(ownPort, "gracewrap.load-balancer-delay=200ms")) {
			int port = managementPort(application);
			InFlight work = application.bean(GraceWrap.class).begin("nightly import");
			CompletableFuture<Response> answer = CompletableFuture
				.supplyAsync(() -> call(port, "POST", ENDPOINT + "/wait"));
			Awaitility.await().until(() -> application.bean(GraceWrap.class).state() == DrainState.REFUSING);
			TimeUnit.MILLISECONDS.sleep(500);
			assertThat(answer).isNotDone();
			work.close();
			assertThat(await(answer).status()).isEqualTo(200);
			assertThat(await(answer).body()).contains("\"state\":\"REFUSING\"", "\"count\":0");
		}
	}

	@Test
	void theWaitFormEndsWithTheLongestDelayAndAnyOtherIsABadRequest() throws Exception {
		try (RunningApplication application = startUnrestricted(false, "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=1s", "gracewrap.drain-timeout=5s", "gracewrap.hard-stop-timeout=2s");
				InFlight work = application.bean(GraceWrap.class).begin("nightly import")) {
			assertThat(call(application.port(), "POST", ENDPOINT + "/999999").status()).isEqualTo(400);
			assertThat(application.bean(GraceWrap.class).state()).isEqualTo(DrainState.SERVING);
			long begun = System.nanoTime();
			assertThat(call(application.port(), "POST", ENDPOINT + "/wait?ms=999999").body()).contains("\"work\":1");
			assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofSeconds(1),
					Duration.ofSeconds(10));
			assertThat(work.age()).isPositive();
			begun = System.nanoTime();
			List<Duration> left = new CopyOnWriteArrayList<>();
			application.context().addApplicationListener((event) -> {
				if (event instanceof DrainStateChangedEvent change && change.getState() == DrainState.DRAINING) {
					left.add(application.bean(GraceWrap.class).timeLeft());
				}
			});
			application.close();
			assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(1));
			assertThat(left).as("the rest of the drain timeout")
				.singleElement(InstanceOfAssertFactories.DURATION)
				.isLessThanOrEqualTo(Duration.ofSeconds(4));
		}
	}

	@Test
	void aPreStopHookMayGetItIfItHasAccess() throws Exception {
		String path = "/actuator/gracewrapprestop";
		try (RunningApplication application = start(false, "gracewrap.load-balancer-delay=0s",
				"management.endpoints.web.exposure.include=*", "management.endpoints.access.default=read-only")) {
			assertThat(call(application.port(), "GET", path).status()).isEqualTo(404);
			assertThat(application.bean(GraceWrap.class).state()).isEqualTo(DrainState.SERVING);
		}
		try (RunningApplication application = start(false, "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=1s", "management.endpoints.web.exposure.include=*",
				"management.endpoint.gracewrapprestop.access=read-only");
				InFlight work = application.bean(GraceWrap.class).begin("nightly import")) {
			long begun = System.nanoTime();
			assertThat(call(application.port(), "GET", path + "?ms=999999").body())
				.isEqualTo("{\"state\":\"REFUSING\"}");
			assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofSeconds(1),
					Duration.ofSeconds(10));
			work.close();
		}
	}

	@Test
	void theWaitFormHoldsNoStop() throws Exception {
		RunningApplication application = startUnrestricted(false, "gracewrap.load-balancer-delay=0s");
		InFlight work = application.bean(GraceWrap.class).begin("nightly import");
		int port = application.port();
		CompletableFuture<Response> answer = CompletableFuture
			.supplyAsync(() -> call(port, "POST", ENDPOINT + "/wait"));
		GraceWrap graceWrap = application.bean(GraceWrap.class);
		Awaitility.await().until(() -> graceWrap.state() == DrainState.REFUSING);
		CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
		TimeUnit.MILLISECONDS.sleep(200);
		work.close();
		closing.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
		assertThat(await(answer).status()).isEqualTo(200);
	}

	@Test
	void streamsAreEndedAtEachDrainAndStayOtherwise() throws Exception {
		try (RunningApplication application = startUnrestricted(false, "gracewrap.load-balancer-delay=0s")) {
			int port = application.port();
			for (int i = 0; i < 2; i++) {
				try (ClientConnection client = application.connect()) {
					client.get("/events");
					client.awaitResponse();
					CompletableFuture<Response> stream = CompletableFuture.supplyAsync(() -> receive(client));
					Awaitility.await().until(() -> call(port, "GET", ENDPOINT).body().contains("\"streams\":1"));
					TimeUnit.MILLISECONDS.sleep(300);
					assertThat(stream).isNotDone();
					call(port, "POST", ENDPOINT);
					assertThat(await(stream).body()).contains("data:");
					call(port, "DELETE", ENDPOINT);
				}
			}
		}
	}

	@Test
	void aChildContextWithAServerHasItsOwn() throws Exception {
		try (ConfigurableApplicationContext parent = new SpringApplicationBuilder(Parent.class)
			.web(WebApplicationType.NONE)
			.run(CHILD_ARGUMENTS);
				ConfigurableApplicationContext child = new SpringApplicationBuilder(WorkingApplication.class, server())
					.parent(parent)
					.web(WebApplicationType.valueOf(type().toUpperCase(Locale.ROOT)))
					.run(CHILD_ARGUMENTS)) {
			int port = ((WebServerApplicationContext) child).getWebServer().getPort();
			assertThat(call(port, "POST", ENDPOINT).body()).contains("\"state\":\"REFUSING\"");
			assertThat(call(port, "GET", READINESS).status()).isEqualTo(503);
			assertThat(call(port, "GET", "/tasks/4711").announcesClose()).isTrue();
			assertThat(parent.getBean(GraceWrap.class).state()).isEqualTo(DrainState.SERVING);
		}
	}

	private static int managementPort(RunningApplication application) {
		return application.context()
			.getBean(Environment.class)
			.getProperty("local.management.port", Integer.class, application.port());
	}

	private static <T> T await(CompletableFuture<T> future) throws Exception {
		return future.get(ClientConnection.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	private static Response call(int port, String method, String path) {
		try (ClientConnection client = new ClientConnection(port)) {
			return client.send(method + " " + path + " HTTP/1.1", "Content-Length: 0").receive();
		}
		catch (IOException ex) {
			throw new IllegalStateException(method + " " + path, ex);
		}
	}

	private static Response receive(ClientConnection client) {
		try {
			return client.receive();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Parent {

	}

	@Configuration(proxyBeanMethods = false)
	@RestController
	@EnableAutoConfiguration
	static class WorkingApplication {

		private final CompletableFuture<String> blocked = new CompletableFuture<>();

		@GetMapping("/tasks/{id}")
		String work(@PathVariable String id) {
			return id;
		}

		@GetMapping("/blocked/{id}")
		CompletableFuture<String> blocked(@PathVariable String id) {
			return this.blocked;
		}

		@GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<String> events() {
			return Flux.concat(Flux.just("event"), Flux.never());
		}

		void unblock() {
			this.blocked.complete("done");
		}

	}

	/**
	 * Clients that keep their connections until they are told to go.
	 */
	private static final class Load implements AutoCloseable {

		private final Queue<String> failures = new ConcurrentLinkedQueue<>();

		private final AtomicInteger answers = new AtomicInteger();

		private final List<Thread> clients = new ArrayList<>();

		private volatile boolean running = true;

		Load(int port) {
			for (int i = 0; i < 6; i++) {
				Thread client = new Thread(() -> run(port));
				this.clients.add(client);
				client.start();
			}
		}

		private void run(int port) {
			while (this.running) {
				try (ClientConnection connection = new ClientConnection(port)) {
					boolean leave = false;
					while (this.running && !leave) {
						Response answer = connection.get("/tasks/4711").receive();
						leave = answer.announcesClose();
						if (answer.status() != 200 || !answer.body().equals("4711")) {
							this.failures.add(answer.toString());
						}
						this.answers.incrementAndGet();
						TimeUnit.MILLISECONDS.sleep(5);
					}
				}
				catch (Exception ex) {
					this.failures.add(ex.toString());
				}
			}
		}

		void awaitAnswers(int more) {
			int before = this.answers.get();
			Awaitility.await().atMost(ClientConnection.TIMEOUT).until(() -> this.answers.get() >= before + more);
		}

		Queue<String> stop() throws InterruptedException {
			this.running = false;
			for (Thread client : this.clients) {
				client.join();
			}
			return this.failures;
		}

		@Override
		public void close() {
			this.running = false;
		}

	}

}
