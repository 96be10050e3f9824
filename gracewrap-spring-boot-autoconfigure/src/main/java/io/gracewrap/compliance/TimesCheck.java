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

import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/**
 * Checks the times of the drain against those of the pod.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class TimesCheck implements ComplianceCheck {

	private static final String DELAY = "gracewrap.load-balancer-delay";

	private static final Duration ASSUMED_GRACE_PERIOD = Duration.ofSeconds(30);

	private final ConfigurableApplicationContext context;

	private final DrainSettings settings;

	private final Duration preStopSleep;

	private final @Nullable Duration gracePeriod;

	/**
	 * Create the check.
	 * @param context the application context that is drained
	 * @param settings the times of the drain
	 * @param preStopSleep how long the pod sleeps before SIGTERM, as declared
	 * @param gracePeriod the grace period of the pod, as declared
	 */
	public TimesCheck(ConfigurableApplicationContext context, DrainSettings settings, @Nullable Duration preStopSleep,
			@Nullable Duration gracePeriod) {
		this.context = context;
		this.settings = settings;
		this.preStopSleep = (preStopSleep != null) ? preStopSleep : Duration.ZERO;
		this.gracePeriod = gracePeriod;
	}

	@Override
	public List<ComplianceRow> rows() {
		ConfigurableEnvironment environment = this.context.getEnvironment();
		boolean kubernetes = CloudPlatform.KUBERNETES.isActive(environment);
		List<ComplianceRow> rows = new ArrayList<>();
		rows.add(deadline());
		rows.add(gracePeriod(kubernetes));
		rows.add(delay(kubernetes, source(environment)));
		rows.add(sleep());
		return rows;
	}

	private ComplianceRow deadline() {
		String requirement = "Everything that waits shares one deadline";
		String found = "%s to drain and %s to stop hard, from SIGTERM on"
			.formatted(Times.print(this.settings.drainTimeout()), Times.print(this.settings.hardStopTimeout()));
		Object processor = this.context.getBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME);
		if (!(processor instanceof DefaultLifecycleProcessor)) {
			return ComplianceRow.warn(requirement,
					"the lifecycle processor is %s, whose phases cannot be limited"
						.formatted(processor.getClass().getName()),
					"Leave the bean 'lifecycleProcessor' to Spring Boot, or extend DefaultLifecycleProcessor");
		}
		return this.settings.hardStopTimeout().isZero() ? ComplianceRow.warn(requirement, found
				+ ": after a drain that takes its whole time nothing that was cut is answered, and no bean destroyed",
				"Set 'gracewrap.hard-stop-timeout' to a few seconds, or remove it")
				: ComplianceRow.pass(requirement, found);
	}

	private ComplianceRow gracePeriod(boolean kubernetes) {
		String requirement = "Drain and hard stop fit the grace period";
		Duration needed = this.settings.budget().plus(this.preStopSleep);
		Duration gracePeriod = (this.gracePeriod != null) ? this.gracePeriod : ASSUMED_GRACE_PERIOD;
		boolean fits = needed.compareTo(gracePeriod) <= 0;
		String found = "%s in all%s, %s the grace period of %s%s".formatted(Times.print(needed),
				this.preStopSleep.isZero() ? ""
						: ", the preStop sleep of " + Times.print(this.preStopSleep) + " included",
				fits ? "within" : "beyond", Times.print(gracePeriod),
				(this.gracePeriod != null) ? "" : ", which is assumed");
		if (!kubernetes && this.gracePeriod == null) {
			return ComplianceRow.pass(requirement, Times.print(needed) + " in all, and no pod that has a grace period");
		}
		if (fits && this.gracePeriod != null) {
			return ComplianceRow.pass(requirement, found);
		}
		return ComplianceRow.warn(requirement, found, fits
				? "Set 'gracewrap.termination-grace-period' to what the pod's terminationGracePeriodSeconds says"
				: "Raise the pod's terminationGracePeriodSeconds to %d and set 'gracewrap.termination-grace-period' to the same, or lower 'gracewrap.drain-timeout'"
					.formatted(needed.plusMillis(999).toSeconds()));
	}

	private ComplianceRow delay(boolean kubernetes, @Nullable ConfigurationProperty source) {
		String requirement = "Load balancers get the time to notice";
		Duration delay = this.settings.loadBalancerDelay();
		if (source == null) {
			String byDefault = "%s, the default %s".formatted(Times.print(delay),
					kubernetes ? "on Kubernetes" : "outside Kubernetes");
			return (delay.isZero() && kubernetes && this.preStopSleep.isZero())
					? ComplianceRow.warn(requirement, byDefault + ", limited by its maximum",
							"Raise 'gracewrap.max-load-balancer-delay' and 'gracewrap.drain-timeout'")
					: ComplianceRow.pass(requirement, byDefault);
		}
		String found = "%s, set in %s".formatted(Times.print(delay), describe(source));
		return (delay.isZero() && kubernetes && this.preStopSleep.isZero() && !isForNobody(source)) ? ComplianceRow
			.warn(requirement, found,
					"Remove '%s', or declare the pod's preStop sleep with 'gracewrap.pre-stop-sleep'".formatted(DELAY))
				: ComplianceRow.pass(requirement, found);
	}

	private ComplianceRow sleep() {
		String requirement = "No preStop sleep doubles the load-balancer delay";
		if (this.preStopSleep.isZero()) {
			return ComplianceRow.pass(requirement, "none is declared");
		}
		String found = "the pod sleeps %s, and the application refuses traffic for %s after that"
			.formatted(Times.print(this.preStopSleep), Times.print(this.settings.loadBalancerDelay()));
		return this.settings.loadBalancerDelay().isZero() ? ComplianceRow.pass(requirement, found)
				: ComplianceRow.warn(requirement, found,
						"Remove the preStop hook and 'gracewrap.pre-stop-sleep', or set '%s' to 0s".formatted(DELAY));
	}

	private static @Nullable ConfigurationProperty source(ConfigurableEnvironment environment) {
		ConfigurationPropertyName name = ConfigurationPropertyName.of(DELAY);
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			ConfigurationProperty property = source.getConfigurationProperty(name);
			if (property != null) {
				return property;
			}
		}
		return null;
	}

	/**
	 * Whether no load balancer routes here: in a test, or after a devtools restart.
	 * @param environment the environment of the application
	 * @return whether the delay has been set to zero for that reason
	 */
	static boolean isForNobody(ConfigurableEnvironment environment) {
		ConfigurationProperty source = source(environment);
		return source != null && isForNobody(source);
	}

	private static boolean isForNobody(ConfigurationProperty source) {
		return List.of("gracewrapTest", "devtools").contains(name(source));
	}

	private static String describe(ConfigurationProperty property) {
		return switch (name(property)) {
			case "gracewrapTest" -> "every test";
			case "devtools" -> "every devtools restart";
			default -> (property.getOrigin() != null) ? property.getOrigin().toString() : name(property);
		};
	}

	private static String name(ConfigurationProperty property) {
		ConfigurationPropertySource source = property.getSource();
		return (source != null && source.getUnderlyingSource() instanceof PropertySource<?> properties)
				? properties.getName() : "an unknown place";
	}

}
