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

package io.gracewrap.benchmarks;

import java.util.function.Function;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What serves the requests.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public enum Stack {

	/**
	 * Spring MVC on Tomcat.
	 */
	SPRING_MVC("Spring MVC on Tomcat", WebApplicationType.SERVLET, TomcatExchange::new, ServletPath::new),

	/**
	 * WebFlux on Reactor Netty.
	 */
	WEBFLUX("WebFlux on Reactor Netty", WebApplicationType.REACTIVE, NettyExchange::new, WebFluxPath::create),

	/**
	 * Spring Boot's own gRPC server.
	 */
	GRPC("gRPC", WebApplicationType.NONE, GrpcExchange::new, GrpcExchange::new);

	private final String label;

	private final WebApplicationType type;

	private final Function<ConfigurableApplicationContext, Exchange> exchange;

	private final Function<ConfigurableApplicationContext, Exchange> path;

	Stack(String label, WebApplicationType type, Function<ConfigurableApplicationContext, Exchange> exchange,
			Function<ConfigurableApplicationContext, Exchange> path) {
		this.label = label;
		this.type = type;
		this.exchange = exchange;
		this.path = path;
	}

	/**
	 * Start the application with this stack.
	 * @param gracewrap whether with GraceWrap
	 * @return the application
	 */
	ConfigurableApplicationContext start(boolean gracewrap) {
		return new SpringApplicationBuilder(HelloApplication.class).web(this.type)
			.properties("gracewrap.enabled=" + gracewrap, "gracewrap.load-balancer-delay=0s",
					// The connection of a stand-in never ends.
					"gracewrap.drain-timeout=1s", "logging.level.root=error", "server.port=0",
					"spring.grpc.server.port=0", "spring.main.banner-mode=off")
			.run();
	}

	/**
	 * Create a client of the application as it is.
	 * @param application an application that {@link #start} has started
	 * @return the client
	 */
	Exchange exchange(ConfigurableApplicationContext application) {
		return this.exchange.apply(application);
	}

	/**
	 * Create a client of what GraceWrap has in the application, without what it stands
	 * around: a tenth of the time, in which a difference can be seen.
	 * @param application an application that {@link #start} has started
	 * @return the client
	 */
	Exchange path(ConfigurableApplicationContext application) {
		return this.path.apply(application);
	}

	@Override
	public String toString() {
		return this.label;
	}

}
