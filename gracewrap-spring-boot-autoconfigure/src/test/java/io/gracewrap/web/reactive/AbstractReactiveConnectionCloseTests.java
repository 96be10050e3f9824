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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

import io.gracewrap.GraceWrap;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * From the refusal on, every response on HTTP/1.x moves its client to a new connection,
 * and none on HTTP/2 says so.
 *
 * @author GraceWrap Maintainers
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class AbstractReactiveConnectionCloseTests {

	private static final List<String> ANSWERED_AT_ONCE = List.of("/orders/1", "/plain", "/no-content", "/delayed",
			"/missing", "/times-out", "/list", "/finite-events", "/finite-lines", "/resource", "/functions/a",
			"/unauthorized", "/hello.txt", "/no-such-thing", "/actuator", "/actuator/health",
			"/actuator/health/readiness", "/actuator/no-such-thing", "/sockets/echo");

	private static final List<String> ANSWERED_LATE = List.of("/late/1", "/late-keep-alive", "/late-no-content",
			"/late-fails", "/late-list", "/late-events", "/late-filter");

	private RunningApplication refusing;

	abstract Class<?> server();

	RunningApplication start(String... properties) {
		return ReactiveServers.start(ReactiveApplication.class, server(), properties, "logging.level.root=off",
				"gracewrap.load-balancer-delay=0s", "gracewrap.quiet-period=0s");
	}

	@BeforeAll
	void refuse() {
		this.refusing = start();
		this.refusing.bean(GraceWrap.class).drain();
	}

	@AfterAll
	void stop() {
		this.refusing.close();
	}

	ClientConnection connect() throws IOException {
		return this.refusing.connect();
	}

	static List<String> answeredAtOnce() {
		return ANSWERED_AT_ONCE;
	}

	@ParameterizedTest
	@MethodSource("answeredAtOnce")
	void everyResponseAnnouncesTheCloseOnceAndTheServerCloses(String path) throws Exception {
		for (String[] request : new String[][] { { "GET " + path + " HTTP/1.1" },
				{ "POST " + path + " HTTP/1.1", "Content-Length: 0" }, { "OPTIONS " + path + " HTTP/1.1" } }) {
			try (ClientConnection client = this.refusing.connect()) {
				assertThat(client.send(request).receive().header("Connection")).as(request[0])
					.singleElement()
					.asString()
					.isEqualToIgnoringCase("close");
				assertThat(client.endsHere()).as(request[0]).isTrue();
			}
		}
	}

	@Test
	void aBodyOfUnknownLengthStillSaysWhereItEnds() throws Exception {
		try (ClientConnection client = this.refusing.connect()) {
			Response response = client.get("/finite-lines").receive();
			assertThat(response.announcesClose()).isTrue();
			assertThat(response.header("Transfer-Encoding")).containsExactly("chunked");
		}
		for (String path : List.of("/plain", "/no-content", "/unauthorized")) {
			try (ClientConnection client = this.refusing.connect()) {
				assertThat(client.get(path).receive().header("Transfer-Encoding")).as(path).isEmpty();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/orders/1", "/finite-events", "/resource", "/actuator/health" })
	void whatAnswersHeadDoesSoToo(String path) throws Exception {
		try (ClientConnection client = this.refusing.connect()) {
			assertThat(client.send("HEAD " + path + " HTTP/1.1").receiveHead().announcesClose()).isTrue();
			assertThat(client.endsHere()).isTrue();
		}
	}

	@ParameterizedTest
	@MethodSource("answeredAtOnce")
	void noResponseOnHttp10KeepsTheConnectionAlive(String path) throws Exception {
		try (ClientConnection client = this.refusing.connect()) {
			client.send("GET " + path + " HTTP/1.0", "Connection: keep-alive");
			assertThat(client.receive().header("Connection")).noneMatch("keep-alive"::equalsIgnoreCase);
			assertThat(client.endsHere()).isTrue();
		}
	}

	/**
	 * The client of JDK 17 fails its open streams on any GOAWAY.
	 * @throws Exception if there is no answer
	 */
	@Test
	void http2KnowsNoSuchHeader() throws Exception {
		try (RunningApplication application = start("server.http2.enabled=true", "gracewrap.http2-goaway=false")) {
			application.bean(GraceWrap.class).drain();
			HttpClient client = HttpClient.newBuilder().version(Version.HTTP_2).build();
			for (String path : List.of("/orders/1", "/missing", "/no-content", "/finite-events", "/actuator/health")) {
				HttpResponse<String> response = client.send(
						HttpRequest.newBuilder(URI.create("http://localhost:" + application.port() + path)).build(),
						HttpResponse.BodyHandlers.ofString());
				assertThat(response.version()).as(path).isEqualTo(Version.HTTP_2);
				assertThat(response.headers().map()).as(path).doesNotContainKey("connection");
			}
		}
	}

	@Test
	void aWebSocketHandshakeIsNotTouchedUnlessItFails() throws Exception {
		String[] handshake = { "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" };
		try (ClientConnection client = this.refusing.connect()) {
			client.send(RunningApplication.properties(new String[] { "GET /sockets/echo HTTP/1.1" }, handshake));
			Response response = client.receiveHead();
			assertThat(response.status()).isEqualTo(101);
			assertThat(response.header("Connection")).singleElement().asString().isEqualToIgnoringCase("upgrade");
		}
		try (ClientConnection client = this.refusing.connect()) {
			client.send(RunningApplication.properties(new String[] { "GET /missing HTTP/1.1" }, handshake));
			assertThat(client.receive().announcesClose()).isTrue();
		}
	}

	@Test
	void responsesBeforeTheRefusalDoNotAndThoseWhoseHeadersAreSentAfterItDo() throws Exception {
		try (RunningApplication application = start("gracewrap.end-streams=false")) {
			for (String path : ANSWERED_AT_ONCE) {
				try (ClientConnection client = application.connect()) {
					Response response = client.get(path).receive();
					// Tomcat closes the connection after these by itself.
					if (!List.of(400, 503).contains(response.status())) {
						assertThat(response.announcesClose()).as(path).isFalse();
					}
				}
			}
			List<ClientConnection> clients = new ArrayList<>();
			for (String path : ANSWERED_LATE) {
				clients.add(application.connect().get(path));
			}
			ClientConnection committed = application.connect().get("/committed-then-late");
			assertThat(committed.receiveHead().announcesClose()).isFalse();
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(ANSWERED_LATE.size() + 1);
			application.bean(GraceWrap.class).drain();
			gate.open();
			for (int i = 0; i < clients.size(); i++) {
				try (ClientConnection client = clients.get(i)) {
					assertThat(client.receive().header("Connection")).as(ANSWERED_LATE.get(i))
						.singleElement()
						.asString()
						.isEqualToIgnoringCase("close");
					assertThat(client.endsHere()).as(ANSWERED_LATE.get(i)).isTrue();
				}
			}
			StringBuilder body = new StringBuilder();
			while (!body.toString().endsWith("\r\n0\r\n\r\n")) {
				body.append((char) committed.bytes(1)[0]);
			}
			assertThat(body).contains("early", "late");
			committed.close();
		}
	}

}
