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

import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/**
 * What serves gRPC.
 *
 * @author GraceWrap Maintainers
 */
enum GrpcStack {

	NETTY(GrpcServers.Netty.class, "spring.grpc.server.servlet.enabled=false"),

	SHADED_NETTY(GrpcServers.Tomcat.class, "spring.grpc.server.servlet.enabled=false"),

	TOMCAT(GrpcServers.Tomcat.class, "server.http2.enabled=true"),

	JETTY(GrpcServers.Jetty.class, "server.http2.enabled=true"),

	IN_PROCESS(GrpcServers.Tomcat.class, "server.http2.enabled=true", "spring.grpc.server.inprocess.name=orders");

	private final Class<?> source;

	private final String[] properties;

	GrpcStack(Class<?> source, String... properties) {
		this.source = source;
		this.properties = properties;
	}

	/**
	 * Start an application as users do.
	 * @param properties its properties
	 * @return the application, ready
	 */
	ConfigurableApplicationContext start(String... properties) {
		SpringApplication application = new SpringApplication(this.source);
		application.setBannerMode(Banner.Mode.OFF);
		application.setRegisterShutdownHook(false);
		return application.run(Stream
			.of(Stream.of("server.port=0", "spring.grpc.server.enabled=true", "spring.grpc.server.port=0"),
					Stream.of(this.properties), Stream.of(properties))
			.flatMap((some) -> some)
			.map("--"::concat)
			.toArray(String[]::new));
	}

	int port(ConfigurableApplicationContext application) {
		return switch (this) {
			case NETTY, SHADED_NETTY -> application.getBean(GrpcServerLifecycle.class).getPort();
			default -> ((WebServerApplicationContext) application).getWebServer().getPort();
		};
	}

	ManagedChannel connect(ConfigurableApplicationContext application) {
		return (this == IN_PROCESS) ? InProcessChannelBuilder.forName("orders").build()
				: NettyChannelBuilder.forAddress("127.0.0.1", port(application)).usePlaintext().build();
	}

}
