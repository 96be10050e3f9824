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

package io.gracewrap.web.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

/**
 * A request whose response stays a {@link TrackedResponse} when it becomes asynchronous,
 * however it does.
 *
 * @author GraceWrap Maintainers
 */
final class TrackedRequest extends HttpServletRequestWrapper {

	private final TrackedResponse response;

	private final RequestTracking tracking;

	TrackedRequest(HttpServletRequest request, TrackedResponse response, RequestTracking tracking) {
		super(request);
		this.response = response;
		this.tracking = tracking;
	}

	RequestTracking tracking() {
		return this.tracking;
	}

	@Override
	public AsyncContext startAsync() {
		return startAsync(this, this.response);
	}

	@Override
	public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
		AsyncContext asyncContext = super.startAsync(request, response);
		this.response.started(asyncContext);
		return asyncContext;
	}

}
