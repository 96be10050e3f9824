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

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Says what would fit where Spring Boot's own analysis, which comes after this one, says
 * only what does not.
 *
 * @author GraceWrap Maintainers
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class BadPropertyFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("gracewrap");

	private static final ConfigurationPropertyName MEDIA_TYPES = PREFIX.append("stream-media-types");

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
		ConfigurationProperty property = cause.getProperty();
		if (property == null || !PREFIX.isAncestorOf(property.getName())) {
			return null;
		}
		Class<?> type = cause.getTarget().getType().resolve();
		if (Duration.class.equals(type)) {
			return analyze(property, cause, "not a duration",
					"a whole number directly followed by its unit, for example 500ms, 25s or 2m");
		}
		if (Boolean.class.equals(type) || boolean.class.equals(type)) {
			return analyze(property, cause, "neither true nor false", "true or false");
		}
		if (MEDIA_TYPES.isAncestorOf(property.getName()) || MEDIA_TYPES.equals(property.getName())) {
			return analyze(property, cause, "not a list of media types",
					"media types with commas between them, for example text/event-stream,application/x-ndjson");
		}
		return null;
	}

	private static FailureAnalysis analyze(ConfigurationProperty property, BindException cause, String reason,
			String fitting) {
		return new FailureAnalysis(
				"The property '%s' is '%s'%s, which is %s.".formatted(property.getName(), property.getValue(),
						(property.getOrigin() != null) ? " (" + property.getOrigin() + ")" : "", reason),
				"Set '%s' to %s.".formatted(property.getName(), fitting), cause);
	}

}
