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

package io.gracewrap.web.server;

import java.time.Duration;

/**
 * How long clients are given while the servers drain, the same on each of them.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class Patience {

	/**
	 * For the first request of a connection, from the end of its handshake on.
	 */
	public static final Duration FIRST_REQUEST = Duration.ofSeconds(1);

	/**
	 * For a handshake that its client has begun, from the beginning of the connection on.
	 * Where many come at once it is this processor that they wait for (issue 5).
	 */
	public static final Duration HANDSHAKE = Duration.ofSeconds(5);

	/**
	 * For what a client has sent before it could know better.
	 */
	public static final Duration ON_ITS_WAY = Duration.ofMillis(200);

	/**
	 * For a client that has been asked to go by GOAWAY, and may be far away or busy. Most
	 * leave by themselves at once; a stream that crosses the close of its connection is
	 * lost.
	 */
	public static final Duration AFTER_GOAWAY = Duration.ofSeconds(2);

	private Patience() {
	}

}
