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

package io.gracewrap.web.netty;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.RunningApplication;
import org.junit.jupiter.api.Test;

import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link NettyConnections}.
 *
 * @author GraceWrap Maintainers
 */
class NettyConnectionsTests {

	private final AtomicLong time = new AtomicLong();

	@Test
	void aConnectionHasTimeFromItsLastRequestOn() throws Exception {
		NettyConnections connections = new NettyConnections(this.time::get);
		NettyReactiveWebServerFactory factory = new NettyReactiveWebServerFactory(0);
		connections.customize(factory);
		WebServer server = factory.getWebServer((request, response) -> response.setComplete());
		server.start();
		try (ClientConnection client = new ClientConnection(server.getPort())) {
			client.get("/").receive();
			pass(Duration.ofSeconds(10));
			client.get("/").receive();
			connections.stopAccepting(server);
			for (int look = 0; look < 5; look++) {
				assertThat(connections.closeIdle(server, true)).isTrue();
				TimeUnit.MILLISECONDS.sleep(20);
			}
			assertThat(client.get("/").receive().status()).isEqualTo(200);
			RunningApplication.soon().until(() -> {
				pass(Duration.ofMillis(200));
				return !connections.closeIdle(server, true);
			});
			assertThat(client.endsHere()).isTrue();
		}
		finally {
			server.stop();
		}
	}

	private void pass(Duration time) {
		this.time.addAndGet(time.toNanos());
	}

}
