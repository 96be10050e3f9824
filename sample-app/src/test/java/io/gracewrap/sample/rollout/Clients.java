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

package io.gracewrap.sample.rollout;

import java.time.Duration;

/**
 * Clients of one kind that load a server while it is rolled out.
 *
 * @author GraceWrap Maintainers
 */
interface Clients extends AutoCloseable {

	/**
	 * Start all clients.
	 * @throws Exception if they cannot be started
	 */
	void start() throws Exception;

	/**
	 * What happened to them, and when the pod was signalled and routed away from.
	 * @return the tally
	 */
	Tally tally();

	/**
	 * Wait until every client has lost its connection. Clients that still have one when
	 * the time is over stop.
	 * @param atMost how long to wait
	 * @return what happened
	 * @throws InterruptedException if interrupted
	 */
	LoadReport end(Duration atMost) throws InterruptedException;

	@Override
	void close();

}
