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

import io.gracewrap.web.servlet.InFlightFilter;

import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.core.PriorityOrdered;

/**
 * Puts the filter before those of the application that have the highest precedence as
 * well: theirs may answer or forward a request.
 *
 * @author GraceWrap Maintainers
 */
final class InFlightFilterRegistration extends FilterRegistrationBean<InFlightFilter> implements PriorityOrdered {

	InFlightFilterRegistration(InFlightFilter filter) {
		super(filter);
	}

}
