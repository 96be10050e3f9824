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

package io.gracewrap;

import org.apache.commons.logging.LogFactory;

/**
 * Writes what a drain has to say to the application's log.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@FunctionalInterface
public interface DrainLog {

	/**
	 * Writes the message alone.
	 */
	DrainLog PLAIN = (message, status) -> LogFactory.getLog(Drain.class).info(message);

	/**
	 * Write one line.
	 * @param message the line, for people
	 * @param status what it is about, for machines
	 */
	void info(String message, DrainStatus status);

}
