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

import java.util.List;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;
import io.gracewrap.grpc.GrpcCallInterceptor;
import io.gracewrap.grpc.GrpcHealthInterceptor;
import io.grpc.BindableService;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.context.ApplicationContext;
import org.springframework.grpc.server.service.GrpcServiceDiscoverer;

/**
 * Checks that gRPC calls are tracked, and that clients hear of the drain.
 *
 * @param context the application context that is drained
 * @author GraceWrap Maintainers
 */
record GrpcCheck(ApplicationContext context) implements ComplianceCheck {

	private static final String HEALTH_SERVICE = "grpc.health.v1.Health";

	@Override
	public List<ComplianceRow> rows() {
		boolean serves = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.context, GrpcServiceDiscoverer.class,
				true, false).length > 0;
		return serves ? List.of(tracking(), health()) : List.of();
	}

	private ComplianceRow tracking() {
		String requirement = "gRPC calls in flight are tracked";
		return has(GrpcCallInterceptor.class) ? ComplianceRow.pass(requirement, "by an interceptor")
				: ComplianceRow.warn(requirement, "not at all", "Do not exclude GraceWrapGrpcAutoConfiguration");
	}

	private ComplianceRow health() {
		String requirement = "gRPC health follows readiness";
		// The discoverer of Spring gRPC would look at the annotations of every bean.
		boolean served = this.context.getBeanProvider(BindableService.class)
			.stream()
			.anyMatch((service) -> service.bindService().getServiceDescriptor().getName().equals(HEALTH_SERVICE));
		if (!served) {
			return ComplianceRow.warn(requirement, "no health service is registered",
					"Add io.grpc:grpc-services, and leave 'spring.grpc.server.health.enabled' true");
		}
		return has(GrpcHealthInterceptor.class)
				? ComplianceRow.pass(requirement, "NOT_SERVING while traffic is refused")
				: ComplianceRow.warn(requirement, "nothing tells the health service",
						"Do not exclude GraceWrapGrpcAutoConfiguration");
	}

	private boolean has(Class<?> type) {
		return this.context.getBeanProvider(type).stream().findAny().isPresent();
	}

}
