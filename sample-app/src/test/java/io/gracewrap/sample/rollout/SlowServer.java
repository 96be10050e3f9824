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
import java.net.InetAddress;
import java.net.InetSocketAddress;

import com.sun.net.httpserver.HttpServer;

/**
 * A server that is always ready and takes its time to close.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class SlowServer {

	private SlowServer() {
	}

	public static void main(String[] args) throws IOException {
		long closingTime = Long.parseLong(args[0]);
		int port = Integer.parseInt(args[1].substring("--server.port=".length()));
		Runtime.getRuntime().addShutdownHook(new Thread(() -> {
			try {
				Thread.sleep(closingTime);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			System.out.println("down");
		}));
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
		server.createContext("/actuator/health/readiness", (exchange) -> {
			exchange.sendResponseHeaders(200, -1);
			exchange.close();
		});
		System.out.println("up");
		server.start();
	}

}
