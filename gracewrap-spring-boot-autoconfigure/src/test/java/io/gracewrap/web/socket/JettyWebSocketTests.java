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

package io.gracewrap.web.socket;

import java.util.concurrent.TimeUnit;

import io.gracewrap.web.RunningApplication;
import io.gracewrap.web.servlet.ServletServers;
import jakarta.websocket.server.ServerEndpoint;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.socket.server.RequestUpgradeStrategy;
import org.springframework.web.socket.server.jetty.JettyRequestUpgradeStrategy;
import org.springframework.web.socket.server.standard.ServerEndpointExporter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * WebSocket sessions on Jetty.
 *
 * @author GraceWrap Maintainers
 */
class JettyWebSocketTests extends AbstractWebSocketTests {

	@Override
	Class<?>[] server() {
		return new Class<?>[] { ServletServers.JettyServer.class, Upgrades.class };
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void sessionsOfJakartaEndpointsEndWithAClose(boolean endStreams) throws Exception {
		RunningApplication application = start(WithJakartaEndpoint.class, "gracewrap.load-balancer-delay=0s",
				"gracewrap.end-streams=" + endStreams);
		Client client = new Client(application, "/jakarta");
		application.close();
		assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(GOING_AWAY);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(SocketApplication.class)
	static class WithJakartaEndpoint {

		@Bean
		ServerEndpointExporter exporter() {
			ServerEndpointExporter exporter = new ServerEndpointExporter();
			exporter.setAnnotatedEndpointClasses(SilentEndpoint.class);
			return exporter;
		}

	}

	/**
	 * Says nothing.
	 */
	@ServerEndpoint("/jakarta")
	public static class SilentEndpoint {

	}

	@Configuration(proxyBeanMethods = false)
	static class Upgrades {

		@Bean
		RequestUpgradeStrategy upgradeStrategy() {
			return new JettyRequestUpgradeStrategy();
		}

	}

}
