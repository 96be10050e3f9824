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

package io.gracewrap.test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.gracewrap.DrainSettings;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.Protocol;
import io.gracewrap.autoconfigure.GraceWrapAutoConfiguration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.result.MockMvcResultMatchers;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.request.async.DeferredResult;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link NoLoadBalancerContextCustomizer}, its factory, and the default of
 * devtools restarts.
 *
 * @author GraceWrap Maintainers
 */
class NoLoadBalancerContextCustomizerTests {

	@Test
	void testContextsDoNotWaitForLoadBalancers() {
		assertThat(delay(First.class)).isZero();
		assertThat(delay(Second.class)).isZero();
		assertThat(delay(OnKubernetes.class)).isZero();
	}

	@Test
	void testContextsWithoutSpringBootDoNotEither() {
		assertThat(delay(PlainSpring.class)).isZero();
	}

	@Test
	void isAboveTheApplicationsOwnConfiguration() {
		DrainSettings settings = context(WithApplicationProperties.class).getBean(DrainSettings.class);
		assertThat(settings.drainTimeout()).as("is read").hasSeconds(33);
		assertThat(settings.loadBalancerDelay()).isZero();
		assertThat(settings.quietPeriod()).isZero();
	}

	@Test
	void testThatAsksForADelayGetsIt() {
		assertThat(delay(WithProperties.class)).hasSeconds(7);
		assertThat(delay(WithTestPropertySource.class)).hasSeconds(8);
		assertThat(delay(WithDynamicPropertySource.class)).hasSeconds(9);
	}

	@Test
	void contextsAreCachedAsBefore() {
		assertThat(context(First.class)).isSameAs(context(SameAsFirst.class)).isNotSameAs(context(Second.class));
		NoLoadBalancerContextCustomizerFactory factory = new NoLoadBalancerContextCustomizerFactory();
		ContextCustomizer customizer = factory.createContextCustomizer(First.class, List.of());
		assertThat(customizer).isEqualTo(factory.createContextCustomizer(Second.class, List.of()))
			.hasSameHashCodeAs(factory.createContextCustomizer(Second.class, List.of()));
	}

	@Test
	void requestsOfMockMvcThatNobodyEndsAreNotWaitedFor() throws Exception {
		ApplicationContext context = context(OnMockMvc.class);
		MockMvcBuilders.webAppContextSetup((WebApplicationContext) context)
			.build()
			.perform(MockMvcRequestBuilders.get("/never"))
			.andExpect(MockMvcResultMatchers.request().asyncStarted());
		// Not in a drain that the test itself has begun.
		context.getBean(GraceWrap.class).drain();
		assertClosesAtOnce(context);
	}

	@Test
	void requestsOfWebTestClientThatNobodyEndsAreNotWaitedFor() {
		ApplicationContext context = context(OnWebTestClient.class);
		WebTestClient client = WebTestClient.bindToApplicationContext(context)
			.configureClient()
			.responseTimeout(Duration.ofSeconds(1))
			.build();
		assertThatIllegalStateException().isThrownBy(client.get().uri("/never-reactive")::exchange);
		assertClosesAtOnce(context);
	}

	private static void assertClosesAtOnce(ApplicationContext context) {
		InFlightRegistry registry = context.getBean(InFlightRegistry.class);
		assertThat(registry.count(Protocol.HTTP)).isOne();
		long begun = System.nanoTime();
		((ConfigurableApplicationContext) context).close();
		assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
		assertThat(registry.isEmpty()).isTrue();
	}

	@Test
	void devtoolsRestartsDoNotWaitForLoadBalancers() throws IOException {
		assertThat(PropertiesLoaderUtils.loadProperties(new ClassPathResource("META-INF/spring-devtools.properties")))
			.containsOnly(Map.entry("defaults.gracewrap.end-streams-within", "0s"),
					Map.entry("defaults.gracewrap.load-balancer-delay", "0s"),
					Map.entry("defaults.gracewrap.metrics.final-scrape-wait", "0s"),
					Map.entry("defaults.gracewrap.quiet-period", "0s"));
	}

	private static Duration delay(Class<?> testClass) {
		return context(testClass).getBean(DrainSettings.class).loadBalancerDelay();
	}

	private static ApplicationContext context(Class<?> testClass) {
		TestContext testContext = new TestContextManager(testClass).getTestContext();
		return testContext.getApplicationContext();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class })
	static class Application {

	}

	@RestController
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WebApplication {

		@GetMapping("/never")
		DeferredResult<String> never() {
			return new DeferredResult<>();
		}

		@GetMapping("/never-reactive")
		Mono<String> neverReactive() {
			return Mono.never();
		}

	}

	@SpringBootTest(classes = WebApplication.class)
	static class OnMockMvc {

	}

	@SpringBootTest(classes = WebApplication.class, properties = "spring.main.web-application-type=reactive")
	static class OnWebTestClient {

	}

	@SpringBootTest(classes = Application.class)
	static class First {

	}

	@SpringBootTest(classes = Application.class)
	static class SameAsFirst {

	}

	@SpringBootTest(classes = Application.class, properties = "any=thing")
	static class Second {

	}

	@SpringBootTest(classes = Application.class, properties = "spring.main.cloud-platform=kubernetes")
	static class OnKubernetes {

	}

	@ContextConfiguration(classes = Application.class)
	static class PlainSpring {

	}

	@SpringBootTest(classes = Application.class,
			properties = "spring.config.location=classpath:io/gracewrap/test/application.properties")
	static class WithApplicationProperties {

	}

	@SpringBootTest(classes = Application.class, properties = "gracewrap.load-balancer-delay=7s")
	static class WithProperties {

	}

	@SpringBootTest(classes = Application.class)
	@TestPropertySource(properties = "gracewrap.load-balancer-delay=8s")
	static class WithTestPropertySource {

	}

	@SpringBootTest(classes = Application.class)
	static class WithDynamicPropertySource {

		@DynamicPropertySource
		static void properties(DynamicPropertyRegistry registry) {
			registry.add("gracewrap.load-balancer-delay", () -> "9s");
		}

	}

}
