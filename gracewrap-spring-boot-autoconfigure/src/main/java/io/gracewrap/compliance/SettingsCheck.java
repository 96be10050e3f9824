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

package io.gracewrap.compliance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;
import io.gracewrap.DrainSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.thread.Threading;
import org.springframework.core.env.Environment;

/**
 * Checks the settings of Spring Boot that can fight the drain.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class SettingsCheck implements ComplianceCheck {

	private final Environment environment;

	private final Binder binder;

	private final DrainSettings settings;

	/**
	 * Create the check.
	 * @param environment the environment of the application
	 * @param settings the times of the drain
	 */
	public SettingsCheck(Environment environment, DrainSettings settings) {
		this.environment = environment;
		this.binder = Binder.get(environment);
		this.settings = settings;
	}

	@Override
	public List<ComplianceRow> rows() {
		List<ComplianceRow> rows = new ArrayList<>();
		rows.add(isTrue("SIGTERM closes the application", "spring.main.register-shutdown-hook"));
		rows.add(isGraceful("The web server stops gracefully", "server.shutdown"));
		rows.add(isTrue("Open streams do not hold the drain", "gracewrap.end-streams"));
		rows.add(atMost("spring.lifecycle.timeout-per-shutdown-phase", this.settings.budget()));
		rows.add(termination("spring.task.execution"));
		rows.add(termination("spring.task.scheduling"));
		return rows;
	}

	private ComplianceRow isTrue(String requirement, String property) {
		boolean value = this.binder.bind(property, Boolean.class).orElse(true);
		return is(requirement, property, Boolean.toString(value), value);
	}

	private ComplianceRow isGraceful(String requirement, String property) {
		String value = this.binder.bind(property, String.class).orElse("graceful");
		return is(requirement, property, value, value.equalsIgnoreCase("graceful"));
	}

	private static ComplianceRow is(String requirement, String property, String value, boolean expected) {
		String found = "'%s' is %s".formatted(property, value);
		return expected ? ComplianceRow.pass(requirement, found)
				: ComplianceRow.warn(requirement, found, "Remove '%s'".formatted(property));
	}

	private ComplianceRow termination(String executor) {
		String property = executor + ".shutdown.await-termination-period";
		// On platform threads whatever 'await-termination' says: it only lets tasks go on
		// meanwhile (issue 5).
		if (Threading.VIRTUAL.isActive(this.environment)
				&& !this.binder.bind(executor + ".shutdown.await-termination", Boolean.class).orElse(false)) {
			return ComplianceRow.pass(requirement(property), "not waited for");
		}
		return atMost(property, this.settings.hardStopTimeout());
	}

	private ComplianceRow atMost(String property, Duration most) {
		Duration value = value(property);
		if (value == null) {
			return ComplianceRow.pass(requirement(property), "not set");
		}
		String found = "%s, of which the drain leaves at most %s".formatted(Times.print(value), Times.print(most));
		return (value.compareTo(most) <= 0) ? ComplianceRow.pass(requirement(property), found)
				: ComplianceRow.warn(requirement(property), found,
						"Set '%s' to at most %s, or give the drain more time".formatted(property, Times.print(most)));
	}

	private static String requirement(String property) {
		return "'%s' fits the drain".formatted(property);
	}

	private @Nullable Duration value(String property) {
		return this.binder.bind(property, Duration.class).orElse(null);
	}

}
