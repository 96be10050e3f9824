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

package io.gracewrap;

/**
 * What something in flight came by.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public enum Protocol {

	/**
	 * A request over HTTP.
	 */
	HTTP("HTTP"),

	/**
	 * A gRPC call.
	 */
	GRPC("gRPC"),

	/**
	 * A WebSocket session, whose handshake was a request of its own.
	 */
	WEBSOCKET("WebSocket"),

	/**
	 * Work that is not a request.
	 */
	WORK("work");

	private final String label;

	Protocol(String label) {
		this.label = label;
	}

	/**
	 * Whether it is what load balancers send.
	 * @return whether it is a request or a call
	 */
	public boolean isRequest() {
		return this == HTTP || this == GRPC;
	}

	@Override
	public String toString() {
		return this.label;
	}

}
