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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.ClientConnection.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * {@link AbstractReactiveConnectionCloseTests} on Reactor Netty.
 *
 * @author GraceWrap Maintainers
 */
class NettyReactiveConnectionCloseTests extends AbstractReactiveConnectionCloseTests {

	@Override
	Class<?> server() {
		return ReactiveServers.NettyServer.class;
	}

	@ParameterizedTest
	@CsvSource({ "/no-such-path, 404, 0", "/no-such-path, 404, 300000", "/unread, 200, 0", "/unread, 200, 300000",
			"/first-part, 200, 1", "/first-part, 200, 300000", "/body, 413, 300000" })
	void aRequestThatStillComesIsTakenToItsEnd(String path, int status, int before) throws Exception {
		try (ClientConnection client = connect()) {
			long begin = System.nanoTime();
			try {
				client.send("POST " + path + " HTTP/1.1", "Content-Type: text/plain",
						"Content-Length: " + (5_000_000 + before));
				client.write("x".repeat(before));
				Response response = client.receive();
				assertThat(response.status()).isEqualTo(status);
				assertThat(response.announcesClose()).isTrue();
				for (int i = 0; i < 5; i++) {
					client.write("x".repeat(1_000_000));
				}
				assertThat(client.endsHere()).isTrue();
			}
			catch (IOException ex) {
				// It is waited for only a second.
				assumeThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(900));
				throw ex;
			}
		}
	}

	@Test
	void aRequestThatNeverEndsIsNotWaitedForForLong() throws Exception {
		try (ClientConnection client = connect()) {
			client.send("POST /no-such-path HTTP/1.1", "Transfer-Encoding: chunked");
			assertThat(client.receive().announcesClose()).isTrue();
			assertThat(client.endsHere()).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/no-such-path", "/unread" })
	void aRequestThatHasArrivedIsNotWaitedFor(String path) throws Exception {
		assertPrompt((client) -> client
			.write("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"));
	}

	/**
	 * On a busy machine an end that is not waited for takes as long, but not each time.
	 * @param last sends the last bytes of a request
	 */
	private void assertPrompt(Request last) throws Exception {
		List<Duration> times = new ArrayList<>();
		while (times.size() < 5) {
			try (ClientConnection client = connect()) {
				last.send(client);
				long begin = System.nanoTime();
				assertThat(client.receive().announcesClose()).isTrue();
				assertThat(client.endsHere()).isTrue();
				Duration time = Duration.ofNanos(System.nanoTime() - begin);
				if (time.compareTo(Duration.ofMillis(900)) < 0) {
					return;
				}
				times.add(time);
			}
		}
		fail("The end has been waited for: " + times);
	}

	@Test
	void aRequestThatIsAnsweredWhileItsEndArrivesIsNotWaitedFor() throws Exception {
		assertPrompt((client) -> {
			client.send("POST /first-part HTTP/1.1", "Content-Type: text/plain", "Content-Length: 3");
			// Alone, so that it is handled first.
			TimeUnit.MILLISECONDS.sleep(100);
			client.write("abc");
		});
	}

	@Test
	void aRequestThatHasBeenReadIsAnsweredWithTheAnnouncement() throws Exception {
		try (ClientConnection client = connect()) {
			client.send("POST /body HTTP/1.1", "Content-Type: text/plain", "Content-Length: 3").write("abc");
			Response response = client.receive();
			assertThat(response.body()).isEqualTo("abc");
			assertThat(response.announcesClose()).isTrue();
			assertThat(client.endsHere()).isTrue();
		}
	}

	private interface Request {

		void send(ClientConnection client) throws Exception;

	}

}
