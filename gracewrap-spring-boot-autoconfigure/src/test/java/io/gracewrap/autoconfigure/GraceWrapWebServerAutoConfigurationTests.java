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

import io.gracewrap.DrainParticipant;
import io.gracewrap.GraceWrapLifecycle;
import io.gracewrap.web.jetty.JettyConnections;
import io.gracewrap.web.netty.NettyConnections;
import io.gracewrap.web.server.WebServerDrain;
import io.gracewrap.web.tomcat.DrainableHttp11NioProtocol;
import io.gracewrap.web.tomcat.TomcatConnections;
import io.netty.handler.codec.http2.Http2FrameCodec;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import reactor.netty.http.server.HttpServer;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.reactor.netty.NettyWebServer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GraceWrapWebServerAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
class GraceWrapWebServerAutoConfigurationTests {

	private static final AutoConfigurations AUTO_CONFIGURATIONS = AutoConfigurations.of(
			ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class, GraceWrapWebServerAutoConfiguration.class);

	private final WebApplicationContextRunner contextRunner = new WebApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS);

	private final ReactiveWebApplicationContextRunner reactiveContextRunner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AUTO_CONFIGURATIONS);

	@Test
	void registersTheServersAsParticipants() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(WebServerDrain.class)
			.hasSingleBean(TomcatConnections.class)
			.hasSingleBean(JettyConnections.class)
			.doesNotHaveBean(NettyConnections.class));
		this.reactiveContextRunner.run((context) -> assertThat(context).hasSingleBean(WebServerDrain.class)
			.hasSingleBean(TomcatConnections.class)
			.hasSingleBean(JettyConnections.class)
			.hasSingleBean(NettyConnections.class));
	}

	@Test
	void hintsAtTheProtocolOfTomcat() {
		RuntimeHints hints = new RuntimeHints();
		new TomcatHints().registerHints(hints, null);
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(DrainableHttp11NioProtocol.class)
			.withMemberCategory(MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS)).accepts(hints);
	}

	@Test
	void isReachableOnlyWithAServer() {
		this.contextRunner
			.run((context) -> assertThat(context.getBean(WebServerDrain.class).isReachable()).as("mock").isFalse());
		new WebApplicationContextRunner(AnnotationConfigServletWebServerApplicationContext::new)
			.withConfiguration(AUTO_CONFIGURATIONS)
			.withConfiguration(AutoConfigurations.of(TomcatServletWebServerAutoConfiguration.class))
			.withPropertyValues("server.port=0")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(WebServerDrain.class).isReachable()).isTrue();
				assertThat(context.getBean(TomcatServletWebServerFactory.class).getProtocol())
					.startsWith("io.gracewrap.");
			});
	}

	@Test
	void backsOffWhenDisabled() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(DrainParticipant.class));
	}

	@Test
	void backsOffWithoutTheDrain() {
		new WebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(GraceWrapWebServerAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(DrainParticipant.class));
	}

	@Test
	void backsOffInApplicationsThatAreNotWebApplications() {
		new ApplicationContextRunner().withConfiguration(AUTO_CONFIGURATIONS)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(GraceWrapLifecycle.class)
				.doesNotHaveBean(WebServerDrain.class));
	}

	@Test
	void backsOffWithoutTomcat() {
		for (Class<?> missing : new Class<?>[] { Tomcat.class, TomcatWebServer.class }) {
			this.contextRunner.withClassLoader(new FilteredClassLoader(missing))
				.run((context) -> assertThat(context).hasNotFailed()
					.hasSingleBean(WebServerDrain.class)
					.hasSingleBean(JettyConnections.class)
					.doesNotHaveBean(TomcatConnections.class));
		}
	}

	@Test
	void backsOffWithoutJetty() {
		for (Class<?> missing : new Class<?>[] { Server.class, JettyWebServer.class }) {
			this.contextRunner.withClassLoader(new FilteredClassLoader(missing))
				.run((context) -> assertThat(context).hasNotFailed()
					.hasSingleBean(WebServerDrain.class)
					.hasSingleBean(TomcatConnections.class)
					.doesNotHaveBean(JettyConnections.class));
		}
	}

	@Test
	void backsOffWithoutReactorNetty() {
		for (Class<?> missing : new Class<?>[] { HttpServer.class, NettyWebServer.class, Http2FrameCodec.class }) {
			this.reactiveContextRunner.withClassLoader(new FilteredClassLoader(missing))
				.run((context) -> assertThat(context).hasNotFailed()
					.hasSingleBean(WebServerDrain.class)
					.hasSingleBean(TomcatConnections.class)
					.doesNotHaveBean(NettyConnections.class));
		}
	}

	@Test
	void backsOffWithoutAnyEmbeddedServer() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(WebServerApplicationContext.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(GraceWrapLifecycle.class)
				.doesNotHaveBean(WebServerDrain.class));
	}

}
