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

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Logger;

import io.gracewrap.DrainParticipant;

/**
 * Keeps what is logged by {@code java.util.logging} in the log of the application until
 * the drain is over. At SIGTERM a shutdown hook of the JDK takes all handlers away, the
 * one that Spring Boot has put there among them: Tomcat, which logs by it, would then
 * answer with 500 for the whole drain and say nothing (issue 5).
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class JdkLoggingBridge implements DrainParticipant {

	private final Logger root = Logger.getLogger("");

	/** All others are closed for good. */
	private final List<Handler> bridges = Arrays.stream(this.root.getHandlers())
		.filter((handler) -> handler.getClass().getSimpleName().endsWith("BridgeHandler"))
		.toList();

	@Override
	public void refuse() {
		keep();
	}

	@Override
	public void refusing(Duration windowLeft) {
		keep();
	}

	@Override
	public boolean isDrained() {
		keep();
		return true;
	}

	private synchronized void keep() {
		if (this.root.getHandlers().length == 0) {
			this.bridges.forEach(this.root::addHandler);
		}
	}

	@Override
	public String toString() {
		return "java.util.logging";
	}

}
