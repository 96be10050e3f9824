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

/**
 * How one request ended for its client. Everything but {@link #ANSWERED} is a failure.
 *
 * @author GraceWrap Maintainers
 */
enum Outcome {

	/**
	 * A complete answer with a 2xx status.
	 */
	ANSWERED("answered"),

	/**
	 * The connection was refused.
	 */
	REFUSED("refused"),

	/**
	 * The connection was reset.
	 */
	RESET("reset"),

	/**
	 * The connection ended before the answer was complete.
	 */
	CUT_SHORT("cut short"),

	/**
	 * A complete answer that blames the client.
	 */
	CLIENT_ERROR("4xx"),

	/**
	 * A complete answer that blames the server.
	 */
	SERVER_ERROR("5xx"),

	/**
	 * No answer in time, a wrong one, or something that is no HTTP.
	 */
	OTHER("other");

	private final String label;

	Outcome(String label) {
		this.label = label;
	}

	static Outcome ofStatus(int status) {
		return switch (status / 100) {
			case 2 -> ANSWERED;
			case 4 -> CLIENT_ERROR;
			case 5 -> SERVER_ERROR;
			default -> OTHER;
		};
	}

	String label() {
		return this.label;
	}

}
