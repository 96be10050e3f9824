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

import io.gracewrap.DrainLog;
import io.gracewrap.logging.JdkLoggingBridge;
import io.gracewrap.logging.StructuredDrainLog;
import org.slf4j.spi.LoggingEventBuilder;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/**
 * Auto-configuration for structured logging of the drain, and for the log of those who
 * log by {@code java.util.logging} meanwhile.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@AutoConfiguration(after = GraceWrapAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass(LoggingEventBuilder.class)
@ConditionalOnDrain
public final class GraceWrapLoggingAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	DrainLog gracewrapDrainLog() {
		return new StructuredDrainLog();
	}

	@Bean
	JdkLoggingBridge gracewrapJdkLoggingBridge() {
		return new JdkLoggingBridge();
	}

}
