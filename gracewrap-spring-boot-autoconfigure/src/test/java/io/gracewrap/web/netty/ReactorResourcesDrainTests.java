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

package io.gracewrap.web.netty;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import reactor.netty.ReactorNetty;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.ReactorNettyConfigurations.ReactorResourceFactoryConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReactorResourcesDrain}.
 *
 * @author GraceWrap Maintainers
 */
class ReactorResourcesDrainTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withUserConfiguration(ReactorResourceFactoryConfiguration.class);

	@Test
	void noQuietPeriodIsLeftWhenTheApplicationStops() {
		this.contextRunner.run((context) -> {
			assertThat(quietPeriod(context)).isEqualTo(Duration.ofSeconds(2));
			new ReactorResourcesDrain((ConfigurableApplicationContext) context.getSourceApplicationContext())
				.stop(Duration.ZERO);
			assertThat(quietPeriod(context)).isEqualTo(Duration.ZERO);
		});
	}

	@Test
	void whatTheApplicationHasChosenStays() {
		this.contextRunner.withPropertyValues("spring.reactor.netty.shutdown-quiet-period=1s")
			.run((context) -> assertStays(context.getSourceApplicationContext(), Duration.ofSeconds(1)));
		this.contextRunner.withSystemProperties(ReactorNetty.SHUTDOWN_QUIET_PERIOD + "=3")
			.run((context) -> assertStays(context.getSourceApplicationContext(), Duration.ofSeconds(2)));
		new ApplicationContextRunner().withUserConfiguration(OwnFactory.class)
			.withConfiguration(AutoConfigurations.of(NettyReactiveWebServerAutoConfiguration.class))
			.run((context) -> assertStays(context.getSourceApplicationContext(), Duration.ofSeconds(5)));
	}

	@Test
	void doesNotAskForAFactory() {
		new ApplicationContextRunner().run((context) -> new ReactorResourcesDrain(
				(ConfigurableApplicationContext) context.getSourceApplicationContext())
			.stop(Duration.ZERO));
	}

	private static void assertStays(ApplicationContext context, Duration expected) {
		new ReactorResourcesDrain((ConfigurableApplicationContext) context).stop(Duration.ZERO);
		assertThat(quietPeriod(context)).isEqualTo(expected);
	}

	private static Object quietPeriod(ApplicationContext context) {
		return ReflectionTestUtils.getField(context.getBean(ReactorResourceFactory.class), "shutdownQuietPeriod");
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnFactory {

		@Bean
		ReactorResourceFactory reactorResourceFactory() {
			ReactorResourceFactory factory = new ReactorResourceFactory();
			factory.setShutdownQuietPeriod(Duration.ofSeconds(5));
			return factory;
		}

	}

}
