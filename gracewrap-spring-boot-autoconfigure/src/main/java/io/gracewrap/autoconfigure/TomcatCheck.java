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

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceRow;
import io.gracewrap.web.tomcat.DrainableHttp11NioProtocol;
import org.apache.catalina.connector.Connector;

import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

/**
 * Checks that no connector is left out of the drain: those that an application adds to
 * Tomcat come with Tomcat's own protocol.
 *
 * @param context the application context that is drained
 * @author GraceWrap Maintainers
 */
record TomcatCheck(WebServerApplicationContext context) implements ComplianceCheck {

	@Override
	public List<ComplianceRow> rows() {
		if (!(this.context.getWebServer() instanceof TomcatWebServer tomcat)) {
			return List.of();
		}
		String requirement = "Idle connections of all connectors are closed in time";
		String others = Arrays.stream(tomcat.getTomcat().getService().findConnectors())
			.filter((connector) -> !(connector.getProtocolHandler() instanceof DrainableHttp11NioProtocol))
			.map(TomcatCheck::describe)
			.collect(Collectors.joining(", "));
		return List.of(others.isEmpty() ? ComplianceRow.pass(requirement, "by the protocol of each connector")
				: ComplianceRow.warn(requirement, "not on " + others,
						"Create the connector by 'new Connector(DrainableHttp11NioProtocol.class.getName())', or know"
								+ " that a request on such a connection can be lost"));
	}

	private static String describe(Connector connector) {
		return "port " + connector.getLocalPort() + ", which has " + connector.getProtocolHandlerClassName();
	}

}
