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

import jakarta.servlet.ServletRequest;

import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.ClassUtils;

/**
 * Tells whether a response can announce {@code Connection: close}.
 *
 * @author GraceWrap Maintainers
 */
final class ConnectionClose {

	private static final boolean SERVLET_PRESENT = ClassUtils.isPresent("jakarta.servlet.ServletRequest",
			ConnectionClose.class.getClassLoader());

	private ConnectionClose() {
	}

	static boolean isPossible(ServerHttpRequest request, ServerHttpResponse response) {
		return !switchesProtocols(request, response) && !isHttp2(request);
	}

	/**
	 * A WebSocket handshake is committed before the server gives it its status.
	 * @param request the request
	 * @param response its response
	 * @return whether the connection is about to speak another protocol
	 */
	private static boolean switchesProtocols(ServerHttpRequest request, ServerHttpResponse response) {
		HttpStatusCode status = response.getStatusCode();
		return HttpStatus.SWITCHING_PROTOCOLS.equals(status)
				|| ("websocket".equalsIgnoreCase(request.getHeaders().getUpgrade())
						&& (status == null || !status.isError()));
	}

	/**
	 * HTTP/2 forbids the header. Netty and Jetty drop it there, Tomcat would send it.
	 * @param request the request
	 * @return whether it is known to be one on HTTP/2
	 */
	private static boolean isHttp2(ServerHttpRequest request) {
		return SERVLET_PRESENT && ServletProtocol.isHttp2(request);
	}

	/**
	 * Apart, because the Servlet API is absent on Netty.
	 */
	private static final class ServletProtocol {

		private ServletProtocol() {
		}

		static boolean isHttp2(ServerHttpRequest request) {
			ServerHttpRequest undecorated = request;
			while (undecorated instanceof ServerHttpRequestDecorator decorator) {
				undecorated = decorator.getDelegate();
			}
			if (!(undecorated instanceof AbstractServerHttpRequest nativeRequest)) {
				return false;
			}
			try {
				Object candidate = nativeRequest.getNativeRequest();
				return candidate instanceof ServletRequest servletRequest
						&& !servletRequest.getProtocol().startsWith("HTTP/1");
			}
			catch (IllegalStateException ex) {
				// A request of a test, which no server has received.
				return false;
			}
		}

	}

}
