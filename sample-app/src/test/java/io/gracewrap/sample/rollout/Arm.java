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

package io.gracewrap.sample.rollout;

import java.util.Locale;

/**
 * What is rolled out. Each takes traffic for the same time after it was marked as
 * terminating, those that cannot do so themselves by a preStop sleep.
 *
 * @author GraceWrap Maintainers
 */
enum Arm {

	/**
	 * The sample with the starter, with its defaults on Kubernetes.
	 */
	GRACEWRAP("GraceWrap"),

	/**
	 * Quarkus with its own delay.
	 */
	QUARKUS("Quarkus, delay 5 s"),

	/**
	 * The sample without the starter, SIGTERM after a preStop sleep.
	 */
	PRESTOP("Boot, preStop 5 s"),

	/**
	 * The same, SIGTERM at once.
	 */
	PLAIN("Boot"),

	/**
	 * The same without graceful shutdown.
	 */
	IMMEDIATE("Boot, immediate");

	private final String label;

	Arm(String label) {
		this.label = label;
	}

	static Arm of(String name) {
		return valueOf(name.toUpperCase(Locale.ROOT));
	}

	String label() {
		return this.label;
	}

	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

}
