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

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.gracewrap.ComplianceReport;
import io.gracewrap.ComplianceRow;
import io.gracewrap.DrainParticipant;
import io.gracewrap.GraceWrap;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that an application starts and stops without what is optional, on class paths
 * that really lack it.
 *
 * @author GraceWrap Maintainers
 */
@Tag("long")
class OptionalDependenciesTests {

	private static final String RESULT = "Result: ";

	@Test
	void worksWithJettyAlone() throws Exception {
		assertThat(runWithout("tomcat"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithTomcatAloneAndWithoutActuatorEndpoints() throws Exception {
		assertThat(runWithout("jetty", "spring-boot-actuator-autoconfigure", "spring-boot-health",
				"spring-boot-micrometer", "spring-boot-starter", "spring-boot-test", "spring-test"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithoutMicrometer() throws Exception {
		assertThat(runWithout("jetty", "micrometer-core", "micrometer-jakarta9", "micrometer-registry",
				"spring-boot-micrometer"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithMicrometerAloneAndWithoutItsAutoConfiguration() throws Exception {
		assertThat(runWithout("jetty", "micrometer-registry", "spring-boot-micrometer",
				"spring-boot-actuator-autoconfigure", "spring-boot-health", "spring-boot-starter", "spring-boot-test",
				"spring-test"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithReactorNettyAlone() throws Exception {
		assertThat(runWithout("tomcat", "jetty", "servlet", "webmvc"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithoutReactorNetty() throws Exception {
		assertThat(runWithout("reactor-netty", "netty-", "jetty"))
			.isEqualTo("JdkLoggingBridge StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithJettyWithoutItsHttp2() throws Exception {
		assertThat(runWithout("tomcat", "jetty-http2"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithoutSpringMvcsAutoConfiguration() throws Exception {
		assertThat(runWithout("spring-boot-webmvc", "jetty"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithWebFluxOnNettyAlone() throws Exception {
		assertThat(runWithout("webmvc", "tomcat", "jetty", "servlet", "spring-boot-actuator-autoconfigure",
				"spring-boot-health", "spring-boot-micrometer", "spring-test", "spring-boot-test",
				"spring-boot-starter", "websocket", "grpc"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithoutAnythingOfTheWeb() throws Exception {
		assertThat(runWithout("webmvc", "tomcat", "jetty", "servlet", "spring-boot-web-server",
				"spring-boot-actuator-autoconfigure", "spring-boot-health", "spring-boot-micrometer", "spring-test",
				"spring-boot-test"))
			.isEqualTo("JdkLoggingBridge ReactorResourcesDrain StreamDrain STOPPED");
	}

	@Test
	void worksWithoutSlf4j() throws Exception {
		assertThat(runWithout("slf4j", "logback", "log4j", "jetty", "spring-test", "spring-boot-test"))
			.isEqualTo("ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	@Test
	void worksWithGrpcAlone() throws Exception {
		assertThat(run(GrpcApplication.class, "spring-web", "spring-boot-web", "tomcat", "jetty", "servlet", "reactor",
				"websocket", "spring-boot-actuator-autoconfigure", "spring-boot-health", "spring-boot-micrometer",
				"spring-test", "spring-boot-test", "grpc-inprocess", "grpc-netty-shaded"))
			.isEqualTo("GrpcHealthInterceptor GrpcServerDrain JdkLoggingBridge StreamDrain STOPPED");
	}

	@Test
	void worksWithGrpcAndWithoutItsServices() throws Exception {
		assertThat(run(GrpcApplication.class, "grpc-services", "grpc-inprocess", "grpc-netty-shaded", "grpc-servlet"))
			.isEqualTo("GrpcServerDrain JdkLoggingBridge ReactorResourcesDrain StreamDrain WebServerDrain STOPPED");
	}

	private static String runWithout(String... excluded) throws Exception {
		return run(Application.class, excluded);
	}

	private static String run(Class<?> application, String... excluded) throws Exception {
		String classPath = Arrays
			.stream(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
				.split(File.pathSeparator))
			.filter((entry) -> Arrays.stream(excluded).noneMatch(Path.of(entry).getFileName().toString()::contains))
			.collect(Collectors.joining(File.pathSeparator));
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classPath, application.getName())
			.redirectErrorStream(true)
			.start();
		try {
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor()).as(output).isZero();
			return output.lines()
				.filter((line) -> line.startsWith(RESULT))
				.findFirst()
				.map((line) -> line.substring(RESULT.length()))
				.orElse(output);
		}
		finally {
			process.destroyForcibly();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	public static class Application {

		public static void main(String[] args) {
			run(Application.class);
		}

		static void run(Class<?> source, String... properties) {
			List<String> participants;
			GraceWrap graceWrap;
			try (ConfigurableApplicationContext context = SpringApplication.run(source,
					Stream
						.concat(Stream.of("--server.port=0", "--gracewrap.load-balancer-delay=0s"),
								Stream.of(properties))
						.toArray(String[]::new))) {
				graceWrap = context.getBean(GraceWrap.class);
				List<ComplianceRow> rows = context.getBean(ComplianceReport.class).rows();
				if (rows.isEmpty() || rows.stream().anyMatch((row) -> row.found().contains(" failed: "))) {
					throw new IllegalStateException("Could not check: " + rows);
				}
				participants = context.getBeanProvider(DrainParticipant.class)
					.stream()
					.map((participant) -> participant.getClass().getSimpleName())
					.sorted()
					.toList();
			}
			System.out.println(RESULT + Stream.concat(participants.stream(), Stream.of(graceWrap.state().name()))
				.collect(Collectors.joining(" ")));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	public static class GrpcApplication {

		public static void main(String[] args) {
			Application.run(GrpcApplication.class, "--spring.grpc.server.enabled=true", "--spring.grpc.server.port=0");
		}

		@Bean
		BindableService orderService() {
			return () -> ServerServiceDefinition.builder("shop.Orders").build();
		}

	}

}
