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

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A servlet request that can be sent again and again, with attributes like Tomcat's.
 *
 * @author GraceWrap Maintainers
 */
final class HelloServletRequest extends HttpServletRequestWrapper {

	private final Map<String, Object> attributes = new ConcurrentHashMap<>();

	private HelloServletRequest(HttpServletRequest unsupported) {
		super(unsupported);
	}

	static HelloServletRequest create() {
		return new HelloServletRequest(Unsupported.of(HttpServletRequest.class));
	}

	void recycle() {
		this.attributes.clear();
	}

	@Override
	public @Nullable Object getAttribute(String name) {
		return this.attributes.get(name);
	}

	@Override
	public void setAttribute(String name, Object value) {
		this.attributes.put(name, value);
	}

	@Override
	public String getMethod() {
		return "GET";
	}

	@Override
	public String getProtocol() {
		return "HTTP/1.1";
	}

	@Override
	public String getServletPath() {
		return HelloApplication.PATH;
	}

	@Override
	public @Nullable String getPathInfo() {
		return null;
	}

	@Override
	public DispatcherType getDispatcherType() {
		return DispatcherType.REQUEST;
	}

	@Override
	public boolean isAsyncStarted() {
		return false;
	}

}
