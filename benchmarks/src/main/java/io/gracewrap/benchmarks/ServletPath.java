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

package io.gracewrap.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.gracewrap.web.servlet.InFlightFilter;
import io.gracewrap.web.servlet.InFlightInterceptor;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.context.request.async.CallableProcessingInterceptor;
import org.springframework.web.context.request.async.WebAsyncUtils;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;

/**
 * The filter and the interceptor of the application around next to nothing: what Spring
 * MVC does anyway where GraceWrap takes part, and an answer.
 *
 * @author GraceWrap Maintainers
 */
class ServletPath implements Exchange {

	private static final byte[] ANSWER = HelloApplication.ANSWER.getBytes(StandardCharsets.UTF_8);

	private static final CallableProcessingInterceptor SPRINGS_OWN = new CallableProcessingInterceptor() {
	};

	private final HelloServletRequest request = HelloServletRequest.create();

	private final HelloServletResponse response = HelloServletResponse.create();

	private final List<HandlerInterceptor> interceptors;

	private final FilterChain chain;

	ServletPath(ConfigurableApplicationContext application) {
		this.interceptors = List.copyOf(application.getBeansOfType(InFlightInterceptor.class).values());
		FilterChain chain = this::dispatch;
		for (FilterRegistrationBean<?> registration : application.getBeansOfType(FilterRegistrationBean.class)
			.values()) {
			if (registration.getFilter() instanceof InFlightFilter filter) {
				chain = before(filter, chain);
			}
		}
		this.chain = chain;
	}

	private static FilterChain before(Filter filter, FilterChain chain) {
		return (request, response) -> filter.doFilter(request, response, chain);
	}

	@Override
	public long send() {
		try {
			this.chain.doFilter(this.request, this.response);
			return this.response.written();
		}
		catch (IOException | ServletException ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			this.request.recycle();
			this.response.recycle();
		}
	}

	private void dispatch(ServletRequest servletRequest, ServletResponse servletResponse) throws IOException {
		HttpServletRequest request = (HttpServletRequest) servletRequest;
		HttpServletResponse response = (HttpServletResponse) servletResponse;
		WebAsyncUtils.getAsyncManager(request).registerCallableInterceptor("spring", SPRINGS_OWN);
		request.setAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE, HelloApplication.PATH);
		try {
			for (HandlerInterceptor interceptor : this.interceptors) {
				interceptor.preHandle(request, response, this);
			}
			response.addHeader("Content-Type", "text/plain;charset=UTF-8");
			response.setContentLengthLong(ANSWER.length);
			response.getOutputStream().write(ANSWER, 0, ANSWER.length);
			response.getOutputStream().flush();
			for (HandlerInterceptor interceptor : this.interceptors) {
				interceptor.afterCompletion(request, response, this, null);
			}
		}
		catch (IOException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
