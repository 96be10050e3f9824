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

import java.util.Map;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.util.ClassUtils;

/**
 * Sets the load-balancer delay and all that goes with it to zero and writes no
 * termination log, above the application's own configuration and below that of the test.
 * Without a server it waits for no requests either. All instances are equal, so that
 * contexts are cached as before.
 *
 * @author GraceWrap Maintainers
 */
record NoLoadBalancerContextCustomizer() implements ContextCustomizer {

	private static final MapPropertySource PROPERTIES = new MapPropertySource("gracewrapTest",
			Map.of("gracewrap.load-balancer-delay", "0s", "gracewrap.quiet-period", "0s",
					"gracewrap.end-streams-within", "0s", "gracewrap.termination-log", "",
					"gracewrap.metrics.final-scrape-wait", "0s"));

	private static final boolean WEB_SERVER_PRESENT = ClassUtils.isPresent(
			"org.springframework.boot.web.server.context.WebServerApplicationContext",
			NoLoadBalancerContextCustomizer.class.getClassLoader());

	@Override
	public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
		MutablePropertySources sources = context.getEnvironment().getPropertySources();
		if (sources.contains(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)) {
			sources.addAfter(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, PROPERTIES);
		}
		else {
			sources.addLast(PROPERTIES);
		}
		if (context instanceof GenericApplicationContext && !hasServer(context)) {
			context.getBeanFactory().registerSingleton("gracewrapMockRequests", new MockRequests(context));
		}
	}

	private static boolean hasServer(ConfigurableApplicationContext context) {
		return WEB_SERVER_PRESENT && context instanceof WebServerApplicationContext;
	}

}
