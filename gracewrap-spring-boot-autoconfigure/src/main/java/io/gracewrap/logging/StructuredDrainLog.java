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

package io.gracewrap.logging;

import io.gracewrap.Drain;
import io.gracewrap.DrainLog;
import io.gracewrap.DrainStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Adds the figures to each line as key-value pairs. Spring Boot's structured formats
 * write them as members, its other patterns leave them out.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class StructuredDrainLog implements DrainLog {

	private static final Logger logger = LoggerFactory.getLogger(Drain.class);

	@Override
	public void info(String message, DrainStatus status) {
		LoggingEventBuilder line = logger.atInfo().addKeyValue("gracewrap.state", status.state().name());
		if (status.stopping()) {
			line = line.addKeyValue("gracewrap.elapsed_seconds", status.elapsed().toMillis() / 1000.0);
		}
		line.addKeyValue("gracewrap.time_left_seconds", status.timeLeft().toMillis() / 1000.0)
			.addKeyValue("gracewrap.in_flight", status.inFlight().values().stream().mapToInt(Integer::intValue).sum())
			.addKeyValue("gracewrap.finished", status.finished())
			.addKeyValue("gracewrap.aborted", status.aborted())
			.addKeyValue("gracewrap.late", status.late().count())
			.log(message);
	}

}
