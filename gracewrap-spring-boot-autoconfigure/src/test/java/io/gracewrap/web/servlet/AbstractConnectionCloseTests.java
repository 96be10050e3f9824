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

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.gracewrap.GraceWrap;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * From the refusal on, every response on HTTP/1.x moves its client to a new connection.
 *
 * @author GraceWrap Maintainers
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class AbstractConnectionCloseTests {

	private static final List<String> ANSWERED_AT_ONCE = List.of("/body", "/redirect", "/keep-alive", "/not-modified",
			"/no-content", "/begins-anew", "/deferred", "/deferred-no-content", "/callable", "/streaming", "/emitter",
			"/async", "/servlet", "/unauthorized", "/hello.txt", "/no-such-thing", "/actuator", "/actuator/health",
			"/actuator/health/readiness", "/actuator/no-such-thing");

	private static final List<String> ANSWERED_LATE = Stream
		.of("body", "fails", "not-found", "redirect", "keep-alive", "no-content", "nothing", "buffered", "stream",
				"flushed-stream", "closed-stream", "large-stream", "single-bytes", "length-reached", "writer",
				"large-writer", "closed-writer", "check-error", "flush-buffer", "reset", "deferred",
				"deferred-no-content", "deferred-fails", "callable", "streaming", "emitter", "async", "async-dispatch",
				"non-blocking", "servlet", "unauthorized")
		.map("/late/"::concat)
		.toList();

	private RunningApplication refusing;

	abstract Class<?> server();

	RunningApplication start(String... properties) {
		return RunningApplication.start(RunningApplication.sources(AnsweringApplication.class, server()),
				RunningApplication.properties(properties, "logging.level.root=off", "gracewrap.load-balancer-delay=0s",
						"gracewrap.quiet-period=0s"));
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

	static Stream<String> answeredAtOnce() {
		return Stream.concat(ANSWERED_AT_ONCE.stream(), Stream.of("/fails"));
	}

	@ParameterizedTest
	@MethodSource("answeredAtOnce")
	void everyResponseAnnouncesTheCloseOnceAndTheServerCloses(String path) throws Exception {
		for (String[] request : new String[][] { { "GET " + path + " HTTP/1.1" },
				{ "POST " + path + " HTTP/1.1", "Content-Length: 0" }, { "OPTIONS " + path + " HTTP/1.1" },
				{ "GET " + path + " HTTP/1.0", "Connection: keep-alive" } }) {
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
			Response response = client.get("/streaming").receive();
			assertThat(response.announcesClose()).isTrue();
			assertThat(response.header("Transfer-Encoding")).containsExactly("chunked");
			assertThat(response.body()).isEqualTo("body");
		}
		for (String path : List.of("/body", "/no-content", "/not-modified")) {
			try (ClientConnection client = this.refusing.connect()) {
				assertThat(client.get(path).receive().header("Transfer-Encoding")).as(path).isEmpty();
			}
		}
	}

	@Test
	void aPipelinedRequestIsNotAnsweredAfterTheClose() throws Exception {
		try (ClientConnection client = this.refusing.connect()) {
			client.write("GET /body HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2));
			assertThat(client.receive().announcesClose()).isTrue();
			assertThat(client.endsHere()).isTrue();
		}
	}

	@Test
	void aResponseMayBeginAnew() throws Exception {
		try (ClientConnection client = this.refusing.connect()) {
			assertThat(client.get("/begins-anew").receive().body()).isEqualTo("second");
		}
	}

	@Test
	void anUpgradeIsNotTouched() throws Exception {
		try (ClientConnection client = this.refusing.connect()) {
			client.send("GET /switches-protocols HTTP/1.1", "Connection: Upgrade", "Upgrade: something");
			Response response = client.receiveHead();
			assertThat(response.status()).isEqualTo(101);
			assertThat(response.header("Connection")).singleElement().asString().isEqualToIgnoringCase("upgrade");
		}
	}

	@Test
	void theWriterStillTellsThatTheClientIsGone() throws Exception {
		AnsweringApplication application = this.refusing.bean(AnsweringApplication.class);
		Gate gate = this.refusing.bean(Gate.class);
		try (ClientConnection client = this.refusing.connect()) {
			client.get("/until-client-is-gone");
			client.receiveHead();
			gate.awaitArrivals(1);
			assertThat(application.clientFoundGone).isFalse();
			client.reset();
		}
		gate.awaitArrivals(1);
		assertThat(application.clientFoundGone).isTrue();
	}

	@Test
	void responsesBeforeTheRefusalDoNotAndThoseWhoseHeadersAreSentAfterItDo() throws Exception {
		try (RunningApplication application = start()) {
			assertNoneAnnouncesClose(application);
			Gate gate = application.bean(Gate.class);
			List<ClientConnection> clients = new ArrayList<>();
			for (String path : ANSWERED_LATE) {
				clients.add(application.connect().get(path));
			}
			ClientConnection committed = application.connect().get("/late/committed");
			ClientConnection upgraded = application.connect().get("/late/switches-protocols");
			gate.awaitArrivals(ANSWERED_LATE.size() + 2);
			application.bean(GraceWrap.class).drain();
			gate.open();
			SoftAssertions.assertSoftly((softly) -> {
				for (int i = 0; i < clients.size(); i++) {
					String path = ANSWERED_LATE.get(i);
					ClientConnection client = clients.get(i);
					softly.assertThatCode(() -> {
						Response response = client.receive();
						softly.assertThat(response.header("Connection"))
							.as(path + " " + response.status())
							.singleElement()
							.asString()
							.isEqualToIgnoringCase("close");
						if (response.announcesClose()) {
							softly.assertThat(client.endsHere()).as(path).isTrue();
						}
						client.close();
					}).as(path).doesNotThrowAnyException();
				}
			});
			assertThat(committed.receive().body()).isEqualTo("earlylate");
			assertThat(upgraded.receiveHead().header("Connection")).singleElement()
				.asString()
				.isEqualToIgnoringCase("upgrade");
			committed.close();
			upgraded.close();
		}
	}

	private static void assertNoneAnnouncesClose(RunningApplication application) throws Exception {
		try (ClientConnection client = application.connect()) {
			for (String path : ANSWERED_AT_ONCE) {
				assertThat(client.get(path).receive().announcesClose()).as(path).isFalse();
			}
		}
	}

}
