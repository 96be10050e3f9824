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

package io.gracewrap.autoconfigure;

import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * In a native image a class that servers and WebSocket sessions are asked for by its name
 * is found only if it is registered, and so is a method that is not public.
 *
 * @author GraceWrap Maintainers
 */
class OptionalLibraryHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		Stream
			.of("jakarta.servlet.ServletRequest", "jakarta.websocket.Session",
					"org.eclipse.jetty.http2.HTTP2Connection", "reactor.netty.channel.ChannelOperations")
			.forEach((className) -> hints.reflection().registerTypeIfPresent(classLoader, className));
		hints.reflection()
			.registerTypeIfPresent(classLoader,
					"org.springframework.web.reactive.socket.adapter.AbstractWebSocketSession",
					(type) -> type.withMethod("getDelegate", List.of(), ExecutableMode.INVOKE));
	}

}
