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

import java.util.List;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;

import org.springframework.core.env.Environment;

/**
 * Checks that HTTP/2 clients are moved on before the servers stop.
 *
 * @param environment the environment of the application
 * @param goaway whether clients are asked by GOAWAY
 * @author GraceWrap Maintainers
 */
record Http2Check(Environment environment, boolean goaway) implements ComplianceCheck {

	@Override
	public List<ComplianceRow> rows() {
		String requirement = "HTTP/2 clients are asked to go";
		if (!this.environment.getProperty("server.http2.enabled", Boolean.class, false)) {
			return List.of(ComplianceRow.pass(requirement, "HTTP/2 is off"));
		}
		return List.of(this.goaway
				? ComplianceRow.pass(requirement,
						"by GOAWAY before the servers stop, unless the connector has a protocol of its own")
				: ComplianceRow.warn(requirement, "'gracewrap.http2-goaway' is false",
						"Remove it, unless clients fail their streams when they are asked"));
	}

}
