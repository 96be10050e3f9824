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

import io.gracewrap.web.ClientConnection;
import org.junit.jupiter.api.Test;

/**
 * {@link AbstractReactiveRequestTrackingTests} on Reactor Netty.
 *
 * @author GraceWrap Maintainers
 */
class NettyReactiveRequestTrackingTests extends AbstractReactiveRequestTrackingTests {

	@Override
	Class<?> server() {
		return ReactiveServers.NettyServer.class;
	}

	/**
	 * The other servers notice only when they write.
	 * @throws Exception if a client fails
	 */
	@Test
	void aRequestWhoseClientIsGoneBeforeItIsAnsweredIsInFlightNoMore() throws Exception {
		try (ClientConnection client = this.application.connect()) {
			client.get("/never/1");
			this.gate.awaitArrivals(1);
			client.reset();
		}
		assertTracked(1);
	}

}
