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

import java.time.Duration;

import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.RunningApplication;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link AbstractReactiveWebSocketTests} on Reactor Netty.
 *
 * @author GraceWrap Maintainers
 */
class NettyReactiveWebSocketTests extends AbstractReactiveWebSocketTests {

	@Override
	Class<?> server() {
		return ReactiveServers.NettyServer.class;
	}

	@Test
	void aSessionThatHasGivenUpAClientThatReadsNothingIsNotWaitedFor() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s");
				ClientConnection stalled = new ClientConnection(application.port(), 10_000)) {
			shakeHands(stalled, "/sockets/giving-up");
			awaitSessions(application, 1);
			awaitSessions(application, 0);
			assertThat(await(close(application))).isLessThan(Duration.ofSeconds(12));
		}
	}

}
