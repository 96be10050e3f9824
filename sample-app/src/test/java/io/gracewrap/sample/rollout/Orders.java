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

import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Orders, as clients of the sample place them.
 *
 * @author GraceWrap Maintainers
 */
final class Orders {

	static final String ONE = "{\"item\":\"tea\",\"quantity\":1}";

	private static final Pattern ID = Pattern.compile("\\{\"id\":(\\d+)}");

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private Orders() {
	}

	/**
	 * Place an order and wait for the answer.
	 * @param port where the sample listens
	 * @param paymentTime how long its payment takes, such as {@code 200ms}
	 * @return the number of the order
	 * @throws IOException if it was not taken
	 */
	static long place(int port, String paymentTime) throws IOException {
		try (HttpConnection connection = HttpConnection.open(port)) {
			return id(connection.exchange(HttpConnection.post("/orders?payment-time=" + paymentTime, ONE), TIMEOUT)
				.text());
		}
	}

	static long id(String body) {
		Matcher matcher = ID.matcher(body);
		if (!matcher.matches()) {
			throw new IllegalStateException("An order without a number: " + body);
		}
		return Long.parseLong(matcher.group(1));
	}

}
