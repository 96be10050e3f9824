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

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.boot.health.actuate.endpoint.AdditionalHealthEndpointPath;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroup;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.contributor.Status;

/**
 * Checks that a probe can see the readiness state, and sees the server that has it.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class ProbeCheck implements ComplianceCheck {

	private static final EndpointId HEALTH = EndpointId.of("health");

	private static final String READINESS = "readiness";

	private static final String READINESS_STATE = "readinessState";

	private static final String INCLUDE = "management.endpoint.health.group.readiness.include";

	private static final int FIRST_ERROR = 400;

	private final BooleanSupplier indicator;

	private final Supplier<@Nullable HealthEndpointGroups> groups;

	private final Supplier<@Nullable PathMappedEndpoints> endpoints;

	private final ManagementPortType port;

	private final String basePath;

	private final String managementBasePath;

	/**
	 * Create the check.
	 * @param indicator whether there is a readiness state among the health indicators
	 * @param groups the groups of health indicators
	 * @param endpoints the endpoints that are exposed over HTTP
	 * @param port which port they are served on, if any
	 * @param basePath what stands before every path on the application's own port, may be
	 * empty
	 * @param managementBasePath what stands before every path on a port of their own, may
	 * be empty
	 */
	public ProbeCheck(BooleanSupplier indicator, Supplier<@Nullable HealthEndpointGroups> groups,
			Supplier<@Nullable PathMappedEndpoints> endpoints, ManagementPortType port, String basePath,
			String managementBasePath) {
		this.indicator = indicator;
		this.groups = groups;
		this.endpoints = endpoints;
		this.port = port;
		this.basePath = basePath;
		this.managementBasePath = managementBasePath;
	}

	@Override
	public List<ComplianceRow> rows() {
		// A group may contain everything, whether it is there or not.
		HealthEndpointGroups groups = this.indicator.getAsBoolean() ? this.groups.get() : null;
		String name = (groups != null) ? readiness(groups) : null;
		String additional = (groups != null && name != null) ? additionalPath(groups.get(name)) : null;
		boolean elsewhere = groups != null && !READINESS.equals(name) && groups.get(READINESS) != null;
		List<ComplianceRow> rows = new ArrayList<>();
		rows.add(readiness(name, elsewhere, additional));
		rows.add(port(additional));
		HealthEndpointGroup group = (groups != null && name != null) ? groups.get(name) : null;
		if (name != null && group != null) {
			rows.add(status(name, group));
		}
		return rows;
	}

	/**
	 * What statuses a group has of its own take the place of all that Spring Boot knows.
	 * Others of the group are up while traffic is refused.
	 * @param name the name of the group that is probed
	 * @param group the group
	 * @return the row
	 */
	private static ComplianceRow status(String name, HealthEndpointGroup group) {
		String requirement = "Readiness fails while traffic is refused";
		int status = group.getHttpCodeStatusMapper()
			.getStatusCode(group.getStatusAggregator().getAggregateStatus(Set.of(Status.OUT_OF_SERVICE, Status.UP)));
		String found = "the health group '%s' answers %d".formatted(name, status);
		return (status >= FIRST_ERROR) ? ComplianceRow.pass(requirement, found) : ComplianceRow.warn(requirement, found,
				"Add 'out-of-service' to what 'status.http-mapping' and 'status.order' say in 'management.endpoint.health' or its 'group.%s', in the order before 'up'"
					.formatted(name));
	}

	private ComplianceRow readiness(@Nullable String group, boolean elsewhere, @Nullable String additional) {
		String requirement = "A probe sees the readiness state";
		if (group == null) {
			return ComplianceRow.warn(requirement, "no health group contains 'readinessState'",
					"Add it to '%s', and leave 'management.endpoint.health.probes.enabled' true".formatted(INCLUDE));
		}
		String path = path();
		if (path == null) {
			return ComplianceRow.warn(requirement, "the health endpoint is not exposed",
					"Add 'health' to 'management.endpoints.web.exposure.include'");
		}
		if (this.port == ManagementPortType.DISABLED) {
			return (additional != null) ? ComplianceRow.pass(requirement, additional) : ComplianceRow.warn(requirement,
					"'management.server.port' disables all endpoints", "Give it a port, or remove it");
		}
		String probed = ((this.port == ManagementPortType.SAME) ? this.basePath : this.managementBasePath) + path + '/'
				+ group;
		return elsewhere
				? ComplianceRow.warn(requirement,
						"the health group 'readiness' does not contain 'readinessState', but '%s' does".formatted(
								group),
						"Add it to '%s', or remove that group and probe %s".formatted(INCLUDE, probed))
				: ComplianceRow.pass(requirement, probed);
	}

	private ComplianceRow port(@Nullable String additional) {
		String requirement = "Probes look at the port that serves";
		if (this.port == ManagementPortType.SAME) {
			return ComplianceRow.pass(requirement, "endpoints are on the main port");
		}
		if (additional != null) {
			return ComplianceRow.pass(requirement, additional + " is on the main port");
		}
		return ComplianceRow.warn(requirement,
				(this.port == ManagementPortType.DISABLED) ? "endpoints have no port"
						: "endpoints have a port of their own",
				"Set 'management.endpoint.health.probes.add-additional-paths' to true and probe %s/readyz on the main port"
					.formatted(this.basePath));
	}

	/**
	 * Return where a group can be asked on the application's own port although endpoints
	 * are not there.
	 * @param group the group
	 * @return its path, or {@code null} if it has none
	 */
	private @Nullable String additionalPath(@Nullable HealthEndpointGroup group) {
		AdditionalHealthEndpointPath path = (group != null) ? group.getAdditionalPath() : null;
		return (path != null && path.hasNamespace(WebServerNamespace.SERVER)) ? this.basePath + path.getValue() : null;
	}

	private static @Nullable String readiness(HealthEndpointGroups groups) {
		return Stream.concat(Stream.of(READINESS), groups.getNames().stream())
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
