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

package io.gracewrap.logging;

import java.util.List;
import java.util.Map;

import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.autoconfigure.GraceWrapAutoConfiguration;
import io.gracewrap.autoconfigure.GraceWrapLoggingAutoConfiguration;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.boot.logging.LoggingInitializationContext;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.logging.LoggingSystemProperty;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StructuredDrainLog}, with the formats of Spring Boot.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class StructuredDrainLogTests {

	@AfterEach
	void plainLogging() {
		System.clearProperty(LoggingSystemProperty.CONSOLE_STRUCTURED_FORMAT.getEnvironmentVariableName());
		LoggingSystem loggingSystem = LoggingSystem.get(getClass().getClassLoader());
		loggingSystem.cleanUp();
		loggingSystem.initialize(new LoggingInitializationContext(new StandardEnvironment()), null, null);
		// The next application is to bring its own.
		loggingSystem.cleanUp();
	}

	@Test
	void ecsCarriesTheFieldsAsAnObject(CapturedOutput output) {
		run("--logging.structured.format.console=ecs");
		List<Map<String, Object>> lines = lines(output);
		assertThat(lines).extracting((line) -> (Object) ((Map<?, ?>) line.get("gracewrap")).get("state"))
			.containsExactly("REFUSING", "DRAINING", "STOPPING", "STOPPED");
		assertThat(lines).allSatisfy((line) -> {
			assertThat(line.get("gracewrap")).asInstanceOf(InstanceOfAssertFactories.MAP)
				.containsOnlyKeys("state", "elapsed_seconds", "time_left_seconds", "in_flight", "finished", "aborted",
						"late");
			assertThat(line.get("message")).asString().startsWith("Drain state ");
		});
		assertFigures((Map<?, ?>) lines.get(3).get("gracewrap"), "");
	}

	@ParameterizedTest
	@CsvSource({ "logstash, gracewrap.", "gelf, _gracewrap." })
	void otherFormatsCarryTheFieldsAsMembers(String format, String prefix, CapturedOutput output) {
		run("--logging.structured.format.console=" + format);
		List<Map<String, Object>> lines = lines(output);
		assertThat(lines).extracting((line) -> line.get(prefix + "state"))
			.containsExactly("REFUSING", "DRAINING", "STOPPING", "STOPPED");
		assertFigures(lines.get(3), prefix);
	}

	@Test
	void whatDoesNotStopHasNoTimeOfAStop(CapturedOutput output) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		try (ConfigurableApplicationContext context = application.run("--logging.structured.format.console=logstash")) {
			context.getBean(GraceWrap.class).drain();
			context.getBean(GraceWrap.class).resume();
		}
		List<Map<String, Object>> lines = lines(output);
		assertThat(lines.subList(0, 2)).extracting((line) -> line.get("gracewrap.state"))
			.containsExactly("REFUSING", "SERVING");
		assertThat(lines.subList(0, 2)).allSatisfy((line) -> assertThat(line).containsKey("gracewrap.finished")
			.doesNotContainKey("gracewrap.elapsed_seconds"));
		assertThat(lines.get(2)).containsKey("gracewrap.elapsed_seconds");
	}

	@Test
	void plainTextIsLeftAsItIs(CapturedOutput output) {
		run();
		assertThat(output).contains("Drain state STOPPED at ").doesNotContain("gracewrap.state", "in_flight");
	}

	private static void assertFigures(Map<?, ?> members, String prefix) {
		assertThat(((Number) members.get(prefix + "in_flight")).intValue()).isZero();
		assertThat(((Number) members.get(prefix + "finished")).intValue()).isZero();
		assertThat(((Number) members.get(prefix + "aborted")).intValue()).isOne();
		assertThat(((Number) members.get(prefix + "late")).intValue()).isZero();
		assertThat(((Number) members.get(prefix + "elapsed_seconds")).doubleValue()).isBetween(1.0, 30.0);
		assertThat(((Number) members.get(prefix + "time_left_seconds")).doubleValue()).isZero();
	}

	private static void run(String... arguments) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setDefaultProperties(Map.of("gracewrap.drain-timeout", "1s", "gracewrap.hard-stop-timeout", "1s"));
		try (ConfigurableApplicationContext context = application.run(arguments)) {
			GraceWrap graceWrap = context.getBean(GraceWrap.class);
			InFlight work = graceWrap.begin("nightly import");
			work.suspend();
			work.onAbort(work::close);
		}
	}

	private static List<Map<String, Object>> lines(CapturedOutput output) {
		return output.getOut()
			.lines()
			.filter((line) -> line.startsWith("{") && line.contains("Drain state "))
			.map((line) -> JsonParserFactory.getJsonParser().parseMap(line))
			.toList();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class, GraceWrapLoggingAutoConfiguration.class })
	static class Application {

	}

}
