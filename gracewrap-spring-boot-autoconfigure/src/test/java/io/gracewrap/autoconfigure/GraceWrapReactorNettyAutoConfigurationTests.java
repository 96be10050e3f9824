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

import io.gracewrap.web.netty.ReactorResourcesDrain;
import org.junit.jupiter.api.Test;
import reactor.netty.ReactorNetty;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.ReactorNettyProperties;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GraceWrapReactorNettyAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
class GraceWrapReactorNettyAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
					GraceWrapAutoConfiguration.class, GraceWrapReactorNettyAutoConfiguration.class));

	@Test
	void takesPartInAnyApplication() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(ReactorResourcesDrain.class));
	}

	@Test
	void backsOffWhenDisabled() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ReactorResourcesDrain.class));
	}

	@Test
	void backsOffWithoutReactorNetty() {
		for (Class<?> missing : new Class<?>[] { ReactorNetty.class, ReactorNettyProperties.class }) {
			this.contextRunner.withClassLoader(new FilteredClassLoader(missing))
				.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ReactorResourcesDrain.class));
		}
	}

}
