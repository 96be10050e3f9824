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

package io.gracewrap.actuate;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.boot.health.actuate.endpoint.AdditionalHealthEndpointPath;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroup;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;

/**
 * Checks that a probe can see the readiness state, and sees the server that has it.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class ProbeCheck implements ComplianceCheck {

	private static final EndpointId HEALTH = EndpointId.of("health");

	private static final String READINESS_STATE = "readinessState";

	private final Supplier<@Nullable HealthEndpointGroups> groups;

	private final Supplier<@Nullable PathMappedEndpoints> endpoints;

	private final boolean mainPort;

	private final String basePath;

	private final String managementBasePath;

	/**
	 * Create the check.
	 * @param groups the groups of health indicators
	 * @param endpoints the endpoints that are exposed over HTTP
	 * @param mainPort whether they are served on the application's own port
	 * @param basePath what stands before every path on that port, may be empty
	 * @param managementBasePath what stands before every path on a port of their own, may
	 * be empty
	 */
	public ProbeCheck(Supplier<@Nullable HealthEndpointGroups> groups,
			Supplier<@Nullable PathMappedEndpoints> endpoints, boolean mainPort, String basePath,
			String managementBasePath) {
		this.groups = groups;
		this.endpoints = endpoints;
		this.mainPort = mainPort;
		this.basePath = basePath;
		this.managementBasePath = managementBasePath;
	}

	@Override
	public List<ComplianceRow> rows() {
		HealthEndpointGroups groups = this.groups.get();
		String name = (groups != null) ? readiness(groups) : null;
		return List.of(readiness(name), port(groups, name));
	}

	private ComplianceRow readiness(@Nullable String group) {
		String requirement = "A probe sees the readiness state";
		String path = path();
		if (group == null) {
			return ComplianceRow.warn(requirement, "no health group contains 'readinessState'",
					"Add it to 'management.endpoint.health.group.readiness.include', and leave 'management.endpoint.health.probes.enabled' true");
		}
		if (path == null) {
			return ComplianceRow.warn(requirement, "the health endpoint is not exposed",
					"Add 'health' to 'management.endpoints.web.exposure.include'");
		}
		return ComplianceRow.pass(requirement,
				(this.mainPort ? this.basePath : this.managementBasePath) + path + '/' + group);
	}

	private ComplianceRow port(@Nullable HealthEndpointGroups groups, @Nullable String name) {
		String requirement = "Probes look at the port that serves";
		if (this.mainPort) {
			return ComplianceRow.pass(requirement, "endpoints are on the main port");
		}
		HealthEndpointGroup group = (groups != null && name != null) ? groups.get(name) : null;
		AdditionalHealthEndpointPath additional = (group != null) ? group.getAdditionalPath() : null;
		if (additional != null && additional.hasNamespace(WebServerNamespace.SERVER)) {
			return ComplianceRow.pass(requirement, this.basePath + additional.getValue() + " is on the main port");
		}
		return ComplianceRow.warn(requirement, "endpoints have a port of their own",
				"Set 'management.endpoint.health.probes.add-additional-paths' to true and probe %s/readyz on the main port"
					.formatted(this.basePath));
	}

	private static @Nullable String readiness(HealthEndpointGroups groups) {
		// Others may contain everything, whether it is there or not.
		return Stream.concat(Stream.of("readiness"), groups.getNames().stream())
			.filter((name) -> hasReadinessState(groups.get(name)))
			.findFirst()
			.orElse(null);
	}

	private static boolean hasReadinessState(@Nullable HealthEndpointGroup group) {
		return group != null && group.isMember(READINESS_STATE);
	}

	private @Nullable String path() {
		PathMappedEndpoints endpoints = this.endpoints.get();
		return (endpoints != null) ? endpoints.getPath(HEALTH) : null;
	}

}
