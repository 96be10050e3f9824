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

import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.jetty.JettyConnections;
import io.gracewrap.web.netty.NettyConnections;
import io.gracewrap.web.server.ServerConnections;
import io.gracewrap.web.server.WebServerDrain;
import io.gracewrap.web.tomcat.TomcatConnections;
import io.netty.handler.codec.http2.Http2FrameCodec;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.server.Server;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.reactor.netty.NettyWebServer;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.Ordered;

/**
 * Auto-configuration for draining embedded web servers.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnWebApplication
@ConditionalOnClass(WebServerApplicationContext.class)
@ConditionalOnDrain
public final class GraceWrapWebServerAutoConfiguration {

	@Bean
	WebServerDrain gracewrapWebServerDrain(ApplicationContext context, InFlightRegistry gracewrapInFlightRegistry,
			GraceWrapProperties properties) {
		return new WebServerDrain(context, List.copyOf(context.getBeansOfType(ServerConnections.class).values()),
				gracewrapInFlightRegistry, properties.isHttp2Goaway());
	}

	@Configuration(proxyBeanMethods = false)
	@ImportRuntimeHints(TomcatHints.class)
	@ConditionalOnClass({ Tomcat.class, TomcatWebServer.class })
	static class TomcatConfiguration {

		@Bean
		TomcatConnections gracewrapTomcatConnections() {
			return new TomcatConnections();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ Server.class, JettyWebServer.class })
	static class JettyConfiguration {

		@Bean
		JettyConnections gracewrapJettyConnections() {
			return new JettyConnections();
		}

	}

	/**
	 * Reactor Netty serves nothing else. Its classes are not even looked for where it is
	 * only there for clients.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	static class ReactiveConfiguration {

		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass({ HttpServer.class, NettyWebServer.class, Http2FrameCodec.class })
		static class NettyConfiguration {

			@Bean
			NettyConnections gracewrapNettyConnections() {
				return new NettyConnections();
			}

		}

	}

}
