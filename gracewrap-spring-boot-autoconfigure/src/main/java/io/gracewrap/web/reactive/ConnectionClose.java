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

import java.util.Map;
import java.util.Set;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.ChannelOperations;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.ClassUtils;

/**
 * Tells whether a response can announce {@code Connection: close}, and what that would do
 * to its body.
 *
 * @author GraceWrap Maintainers
 */
final class ConnectionClose {

	private static final boolean SERVLET_PRESENT = ClassUtils.isPresent("jakarta.servlet.ServletRequest",
			ConnectionClose.class.getClassLoader());

	private static final boolean REACTOR_NETTY_PRESENT = ClassUtils.isPresent("reactor.netty.channel.ChannelOperations",
			ConnectionClose.class.getClassLoader());

	private static final Set<HttpStatus> NO_BODY = Set.of(HttpStatus.NO_CONTENT, HttpStatus.RESET_CONTENT,
			HttpStatus.NOT_MODIFIED);

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
	 * Reactor Netty closes a connection that announces it right behind the response. If
	 * the client still sends, the kernel resets the connection then, and the response may
	 * be lost with it: what still comes is taken first, as by the other servers.
	 * @param request the request
	 */
	static void lingerIfStillComing(ServerHttpRequest request) {
		HttpHeaders headers = request.getHeaders();
		if (REACTOR_NETTY_PRESENT
				&& (headers.getContentLength() > 0 || headers.containsHeader(HttpHeaders.TRANSFER_ENCODING))) {
			ReactorNetty.linger(request);
		}
	}

	static @Nullable Object nativeRequest(ServerHttpRequest request) {
		ServerHttpRequest undecorated = request;
		while (undecorated instanceof ServerHttpRequestDecorator decorator) {
			undecorated = decorator.getDelegate();
		}
		try {
			return (undecorated instanceof AbstractServerHttpRequest nativeRequest) ? nativeRequest.getNativeRequest()
					: null;
		}
		catch (IllegalStateException ex) {
			// A request of a test, which no server has received.
			return null;
		}
	}

	/**
	 * Have a body of unknown length sent in chunks, although the connection closes:
	 * Tomcat and Jetty would let its end be that of the connection, and half of it would
	 * look like all of it (issue 5).
	 * @param response the response whose headers are about to be sent
	 */
	static void keepDelimited(ServerHttpResponse response) {
		HttpStatusCode status = response.getStatusCode();
		boolean mayHaveBody = status == null || NO_BODY.stream().noneMatch(status::isSameCodeAs);
		if (SERVLET_PRESENT && mayHaveBody && response.getHeaders().getContentLength() < 0) {
			ServletProtocol.keepDelimited(response);
		}
	}

	/**
	 * Apart, because the Servlet API is absent on Netty.
	 */
	private static final class ServletProtocol {

		private ServletProtocol() {
		}

		// Trailers, be it none, need chunks.
		static void keepDelimited(ServerHttpResponse response) {
			try {
				Object candidate = ServerHttpResponseDecorator.getNativeResponse(response);
				if (candidate instanceof HttpServletResponse servletResponse
						&& servletResponse.getTrailerFields() == null) {
					servletResponse.setTrailerFields(Map::of);
				}
			}
			catch (IllegalArgumentException | IllegalStateException ex) {
				// HTTP/1.0 has no chunks, and what a test makes no server.
			}
		}

		static boolean isHttp2(ServerHttpRequest request) {
			return nativeRequest(request) instanceof ServletRequest servletRequest
					&& !servletRequest.getProtocol().startsWith("HTTP/1");
		}

	}

	/**
	 * Apart, because Reactor Netty may be absent.
	 */
	private static final class ReactorNetty {

		private ReactorNetty() {
		}

		static void linger(ServerHttpRequest request) {
			// Not when its client has just gone.
			if (nativeRequest(request) instanceof ChannelOperations<?, ?> operations
					&& operations.channel().isRegistered()) {
				LingeringClose.addTo(operations.channel());
			}
		}

	}

}
