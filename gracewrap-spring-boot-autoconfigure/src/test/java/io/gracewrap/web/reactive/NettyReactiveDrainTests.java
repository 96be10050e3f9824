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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link AbstractReactiveDrainTests} on Reactor Netty.
 *
 * @author GraceWrap Maintainers
 */
class NettyReactiveDrainTests extends AbstractReactiveDrainTests {

	@Override
	Class<?> server() {
		return ReactiveServers.NettyServer.class;
	}

	/**
	 * Reactor Netty before 1.3.8 does so if a request comes before it knows that the
	 * response before it has ended, and is answered at once then.
	 * @throws Exception if there is no answer
	 */
	@Test
	void aConnectionOnWhichTheServerHasLeftOffReadingIsServed() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s"); ClientConnection client = application.connect()) {
			assertThat(client.get("/answered-early").receive().body()).isEqualTo("early");
			client.get("/plain");
			application.bean(Gate.class).awaitArrivals(1);
			TimeUnit.MILLISECONDS.sleep(100);
			application.bean(Gate.class).open();
			assertThat(client.receive().body()).isEqualTo("plain");
			client.get("/plain");
			CompletableFuture<Duration> closing = close(application);
			assertThat(client.receive().body()).isEqualTo("plain");
			assertThat(client.endsHere()).isTrue();
			await(closing);
		}
	}

}
