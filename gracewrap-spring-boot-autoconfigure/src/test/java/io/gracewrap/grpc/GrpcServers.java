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

package io.gracewrap.grpc;

import java.util.stream.Stream;

import io.gracewrap.web.Gate;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.netty.NettyServerBuilder;
import org.apache.coyote.http2.Http2Protocol;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties;
import org.springframework.boot.jetty.autoconfigure.actuate.web.server.JettyServletManagementContextAutoConfiguration;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatServletManagementContextAutoConfiguration;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.grpc.server.NettyGrpcServerFactory;
import org.springframework.grpc.server.ServerBuilderCustomizer;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.grpc.server.service.GrpcServiceConfigurer;
import org.springframework.grpc.server.service.GrpcServiceDiscoverer;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The servers that gRPC is tested on, as sources of an application.
 *
 * @author GraceWrap Maintainers
 */
final class GrpcServers {

	private GrpcServers() {
	}

	@RestController
	@Configuration(proxyBeanMethods = false)
	static class OrdersConfiguration {

		private final Gate gate = new Gate();

		@Bean
		Gate gate() {
			return this.gate;
		}

		@Bean
		OrderService orderService() {
			return new OrderService("old", this.gate);
		}

		@GetMapping("/blocked")
		String blocked() throws InterruptedException {
			this.gate.pass();
			return "done";
		}

	}

	/**
	 * Spring Boot takes the shaded Netty where it is on the class path.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(OrdersConfiguration.class)
	@EnableAutoConfiguration(exclude = JettyServletManagementContextAutoConfiguration.class)
	static class Tomcat {

		@Bean
		TomcatServletWebServerFactory webServerFactory() {
			TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory();
			factory.addConnectorCustomizers((connector) -> Stream.of(connector.findUpgradeProtocols())
				.filter(Http2Protocol.class::isInstance)
				.map(Http2Protocol.class::cast)
				.forEach(Tomcat::countNoOverhead));
			return factory;
		}

		/**
		 * Small frames and calls that are cancelled count against a client, which may
		 * lose its connection over them.
		 */
		private static void countNoOverhead(Http2Protocol protocol) {
			protocol.setOverheadDataThreshold(0);
			protocol.setOverheadWindowUpdateThreshold(0);
			protocol.setOverheadResetFactor(0);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(OrdersConfiguration.class)
	@EnableAutoConfiguration(exclude = TomcatServletManagementContextAutoConfiguration.class)
	static class Jetty {

		@Bean
		JettyServletWebServerFactory webServerFactory() {
			return new JettyServletWebServerFactory();
		}

	}

	/**
	 * What Spring Boot does where the shaded Netty is not on the class path.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(Tomcat.class)
	static class Netty {

		@Bean
		NettyGrpcServerFactory nettyGrpcServerFactory(GrpcServiceDiscoverer discoverer,
				GrpcServiceConfigurer configurer,
				ObjectProvider<ServerBuilderCustomizer<NettyServerBuilder>> customizers) {
			NettyGrpcServerFactory factory = new NettyGrpcServerFactory("*:0", customizers.orderedStream().toList(),
					null, null, ClientAuth.NONE);
			discoverer.findServices()
				.stream()
				.map((service) -> configurer.configure(service, factory))
				.forEach(factory::addService);
			return factory;
		}

		@Bean
		GrpcServerLifecycle nettyGrpcServerLifecycle(NettyGrpcServerFactory factory, GrpcServerProperties properties,
				ApplicationEventPublisher publisher) {
			return new GrpcServerLifecycle(factory, properties.getShutdown().getGracePeriod(), publisher);
		}

	}

}
