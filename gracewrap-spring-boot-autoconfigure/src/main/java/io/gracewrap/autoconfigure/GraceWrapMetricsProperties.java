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
import java.time.temporal.ChronoUnit;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * {@link ConfigurationProperties Properties} for the meters of GraceWrap.
 *
 * @param finalScrapeWait Most time to keep the management server up after the drain,
 * until Prometheus has scraped the final figures once. Needs management.server.port.
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@ConfigurationProperties("gracewrap.metrics")
public record GraceWrapMetricsProperties(
		@DurationUnit(ChronoUnit.SECONDS) @DefaultValue("0s") Duration finalScrapeWait) {

}
