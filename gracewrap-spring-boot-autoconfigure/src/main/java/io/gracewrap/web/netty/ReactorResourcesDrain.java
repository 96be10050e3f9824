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

import java.lang.reflect.Method;
import java.time.Duration;

import io.gracewrap.DrainParticipant;
import reactor.netty.ReactorNetty;

import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.reactor.netty.autoconfigure.ReactorNettyConfigurations.ReactorResourceFactoryConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.ReactorNettyProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * Lets the event loops of Reactor Netty, of the server and of clients, stop at once when
 * everything has been drained. They would stay idle for two seconds first.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class ReactorResourcesDrain implements DrainParticipant {

	private final ConfigurableApplicationContext context;

	/**
	 * Create the drain of a context's Reactor Netty resources.
	 * @param context the context
	 */
	public ReactorResourcesDrain(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * What has been chosen on purpose stays: the quiet period of Spring Boot or Reactor
	 * Netty, and any factory that is the application's own.
	 */
	@Override
	public void stop(Duration timeLeft) {
		if (System.getProperty(ReactorNetty.SHUTDOWN_QUIET_PERIOD) == null
				&& this.context.getBeanProvider(ReactorNettyProperties.class)
					.stream()
					.allMatch((properties) -> properties.getShutdownQuietPeriod() == null)) {
			for (String name : this.context.getBeanNamesForType(ReactorResourceFactory.class, false, false)) {
				if (isSpringBoots(name)) {
					this.context.getBean(name, ReactorResourceFactory.class).setShutdownQuietPeriod(Duration.ZERO);
				}
			}
		}
	}

	private boolean isSpringBoots(String name) {
		if (this.context.getBeanFactory().getMergedBeanDefinition(name) instanceof RootBeanDefinition definition) {
			Method method = definition.getResolvedFactoryMethod();
			return method != null && method.getDeclaringClass() == ReactorResourceFactoryConfiguration.class;
		}
		return false;
	}

	@Override
	public String toString() {
		return "Reactor Netty";
	}

}
