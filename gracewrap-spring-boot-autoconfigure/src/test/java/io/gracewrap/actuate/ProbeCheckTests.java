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

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.gracewrap.ComplianceRow;
import io.gracewrap.ComplianceRow.Verdict;
import org.junit.jupiter.api.Test;
import org.mockito.BDDMockito;
import org.mockito.Mockito;

import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.health.actuate.endpoint.AdditionalHealthEndpointPath;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroup;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HttpCodeStatusMapper;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProbeCheck}.
 *
 * @author GraceWrap Maintainers
 */
class ProbeCheckTests {

	private final HealthEndpointGroup group = Mockito.mock(HealthEndpointGroup.class);

	private final Map<String, HealthEndpointGroup> others = new HashMap<>(Map.of("readiness", this.group));

	private boolean indicator = true;

	private final PathMappedEndpoints endpoints = Mockito.mock(PathMappedEndpoints.class);

	@Test
	void theProbeSeesReadinessOnTheMainPort() {
		memberAndExposed(true, true);
		assertThat(rows(ManagementPortType.SAME)).extracting(ComplianceRow::verdict).containsOnly(Verdict.PASS);
		assertThat(rows(ManagementPortType.SAME)).extracting(ComplianceRow::found)
			.containsExactly("/actuator/health/readiness", "endpoints are on the main port",
					"the health group 'readiness' answers 503");
	}

	@Test
	void aGroupOfEverythingContainsNoReadinessStateWhereThereIsNone() {
		memberAndExposed(true, true);
		this.indicator = false;
		assertThat(rows(ManagementPortType.SAME).get(0).found()).isEqualTo("no health group contains 'readinessState'");
	}

	@Test
	void statusesOfTheGroupsOwnAnswer200WhileTrafficIsRefused() {
		memberAndExposed(true, true);
		BDDMockito.given(this.group.getHttpCodeStatusMapper()).willReturn(HttpCodeStatusMapper.of(Map.of("down", 503)));
		assertThat(rows(ManagementPortType.SAME).get(2)).extracting(ComplianceRow::verdict, ComplianceRow::found)
			.containsExactly(Verdict.WARN, "the health group 'readiness' answers 200");
		BDDMockito.given(this.group.getHttpCodeStatusMapper()).willReturn(HttpCodeStatusMapper.getDefault());
		BDDMockito.given(this.group.getStatusAggregator()).willReturn(StatusAggregator.of("down", "up"));
		assertThat(rows(ManagementPortType.SAME).get(2).verdict()).isEqualTo(Verdict.WARN);
		BDDMockito.given(this.group.getStatusAggregator())
			.willReturn(StatusAggregator.of("down", "out-of-service", "up"));
		assertThat(rows(ManagementPortType.SAME).get(2).verdict()).isEqualTo(Verdict.PASS);
		// Another member of the group is up.
		BDDMockito.given(this.group.getStatusAggregator())
			.willReturn(StatusAggregator.of("down", "up", "out-of-service"));
		assertThat(rows(ManagementPortType.SAME).get(2).verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void noGroupContainsTheReadinessState() {
		memberAndExposed(false, true);
		assertThat(rows(ManagementPortType.SAME).get(0).verdict()).isEqualTo(Verdict.WARN);
		assertThat(rows(ManagementPortType.SAME).get(0).advice())
			.contains("management.endpoint.health.group.readiness.include");
	}

	@Test
	void thereIsNoHealthAtAll() {
		assertThat(new ProbeCheck(() -> true, () -> null, () -> null, ManagementPortType.SAME, "", "").rows()
			.get(0)
			.verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void theHealthEndpointIsNotExposed() {
		memberAndExposed(true, false);
		assertThat(rows(ManagementPortType.SAME).get(0).verdict()).isEqualTo(Verdict.WARN);
		assertThat(rows(ManagementPortType.SAME).get(0).advice()).contains("management.endpoints.web.exposure.include");
	}

	@Test
	void theProbeLooksAtAnotherPort() {
		memberAndExposed(true, true);
		assertThat(rows(ManagementPortType.DIFFERENT).get(1).verdict()).isEqualTo(Verdict.WARN);
		assertThat(rows(ManagementPortType.DIFFERENT).get(1).advice()).contains("add-additional-paths");
	}

	@Test
	void theMainPortHasAPathOfItsOwn() {
		memberAndExposed(true, true);
		BDDMockito.given(this.group.getAdditionalPath())
			.willReturn(AdditionalHealthEndpointPath.from("server:/readyz"));
		assertThat(rows(ManagementPortType.DIFFERENT).get(1))
			.isEqualTo(ComplianceRow.pass("Probes look at the port that serves", "/readyz is on the main port"));
	}

	@Test
	void thereIsNoPortForEndpoints() {
		memberAndExposed(true, true);
		assertThat(rows(ManagementPortType.DISABLED).subList(0, 2)).extracting(ComplianceRow::verdict)
			.containsOnly(Verdict.WARN);
		assertThat(rows(ManagementPortType.DISABLED).get(0).found()).contains("'management.server.port'");
		BDDMockito.given(this.group.getAdditionalPath())
			.willReturn(AdditionalHealthEndpointPath.from("server:/readyz"));
		assertThat(rows(ManagementPortType.DISABLED)).extracting(ComplianceRow::verdict).containsOnly(Verdict.PASS);
		assertThat(rows(ManagementPortType.DISABLED).get(0).found()).isEqualTo("/readyz");
	}

	@Test
	void theGroupThatIsUsuallyProbedLacksWhatAnotherHas() {
		memberAndExposed(false, true);
		HealthEndpointGroup other = Mockito.mock(HealthEndpointGroup.class);
		BDDMockito.given(other.isMember("readinessState")).willReturn(true);
		answersByDefault(other);
		this.others.put("ops", other);
		ComplianceRow row = rows(ManagementPortType.SAME).get(0);
		assertThat(row.verdict()).isEqualTo(Verdict.WARN);
		assertThat(row.found()).endsWith("but 'ops' does");
		assertThat(row.advice()).contains("probe /actuator/health/ops");
		this.others.remove("readiness");
		assertThat(rows(ManagementPortType.SAME).get(0).found()).isEqualTo("/actuator/health/ops");
	}

	@Test
	void whatStandsBeforeEachPathIsSaid() {
		memberAndExposed(true, true);
		assertThat(rows(ManagementPortType.SAME, "/base").get(0).found()).isEqualTo("/base/actuator/health/readiness");
		assertThat(rows(ManagementPortType.DIFFERENT, "/base").get(0).found())
			.isEqualTo("/management/actuator/health/readiness");
		assertThat(rows(ManagementPortType.DIFFERENT, "/base").get(1).advice())
			.endsWith(" /base/readyz on the main port");
		BDDMockito.given(this.group.getAdditionalPath())
			.willReturn(AdditionalHealthEndpointPath.from("server:/readyz"));
		assertThat(rows(ManagementPortType.DIFFERENT, "/base").get(1).found())
			.isEqualTo("/base/readyz is on the main port");
	}

	private void memberAndExposed(boolean member, boolean exposed) {
		BDDMockito.given(this.group.isMember("readinessState")).willReturn(member);
		answersByDefault(this.group);
		BDDMockito.given(this.endpoints.getPath(EndpointId.of("health")))
			.willReturn(exposed ? "/actuator/health" : null);
	}

	private static void answersByDefault(HealthEndpointGroup group) {
		BDDMockito.given(group.getStatusAggregator()).willReturn(StatusAggregator.getDefault());
		BDDMockito.given(group.getHttpCodeStatusMapper()).willReturn(HttpCodeStatusMapper.getDefault());
	}

	private List<ComplianceRow> rows(ManagementPortType port) {
		return rows(port, "");
	}

	private List<ComplianceRow> rows(ManagementPortType port, String basePath) {
		HealthEndpointGroups groups = HealthEndpointGroups.of(Mockito.mock(HealthEndpointGroup.class), this.others);
		return new ProbeCheck(() -> this.indicator, () -> groups, () -> this.endpoints, port, basePath, "/management")
			.rows();
	}

}
