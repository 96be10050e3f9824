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

import io.gracewrap.DrainLog;
import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.logging.JdkLoggingBridge;
import io.gracewrap.logging.StructuredDrainLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.spi.LoggingEventBuilder;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.startsWith;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link GraceWrapLoggingAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class GraceWrapLoggingAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withPropertyValues("gracewrap.termination-log=")
		.withConfiguration(
				AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
						GraceWrapAutoConfiguration.class, GraceWrapLoggingAutoConfiguration.class));

	@Test
	void logsWithFields() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(StructuredDrainLog.class));
	}

	@Test
	void keepsTheLogOfTheJdk() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(JdkLoggingBridge.class));
	}

	@Test
	void backsOffWithoutGraceWrap() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(DrainLog.class)
				.doesNotHaveBean(JdkLoggingBridge.class));
	}

	@Test
	void withoutSlf4jTheLinesAreStillThere(CapturedOutput output) {
		this.contextRunner.withClassLoader(new FilteredClassLoader(LoggingEventBuilder.class)).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(DrainLog.class);
			context.getBean(GraceWrap.class).drain();
		});
		assertThat(output).contains("Drain state " + DrainState.REFUSING).contains("Drain state STOPPED");
	}

	@Test
	void theUsersOwnLogIsTaken() {
		DrainLog log = mock(DrainLog.class);
		this.contextRunner.withBean(DrainLog.class, () -> log).run((context) -> {
			assertThat(context).hasSingleBean(DrainLog.class);
			((ConfigurableApplicationContext) context.getSourceApplicationContext()).close();
			then(log).should().info(startsWith("Drain state STOPPED"), any());
		});
	}

}
