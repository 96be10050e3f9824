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

import io.gracewrap.web.servlet.InFlightInterceptor;

import org.springframework.core.Ordered;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Puts the interceptor before all others: theirs may refuse a request.
 *
 * @author GraceWrap Maintainers
 */
final class InFlightWebMvcConfigurer implements WebMvcConfigurer {

	private final InFlightInterceptor interceptor;

	private volatile boolean applied;

	InFlightWebMvcConfigurer(InFlightInterceptor interceptor) {
		this.interceptor = interceptor;
	}

	/**
	 * Whether anyone has asked for interceptors. A {@code WebMvcConfigurationSupport} of
	 * the application does not.
	 * @return whether the interceptor is in use
	 */
	boolean isApplied() {
		return this.applied;
	}

	@Override
	public void addInterceptors(InterceptorRegistry registry) {
		this.applied = true;
		registry.addInterceptor(this.interceptor).order(Ordered.HIGHEST_PRECEDENCE);
	}

}
