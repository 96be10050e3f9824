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

package io.gracewrap.web.servlet;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

import io.gracewrap.GraceWrap;
import io.gracewrap.web.RunningApplication;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Moving clients off their connections on Tomcat.
 *
 * @author GraceWrap Maintainers
 */
class TomcatConnectionCloseTests extends AbstractConnectionCloseTests {

	@Override
	Class<?> server() {
		return ServletServers.TomcatServer.class;
	}

	/**
	 * Jetty would not send the header there anyway. The client of JDK 17 waits for ever
	 * if it is asked to go while it upgrades.
	 * @throws Exception if there is no answer
	 */
	@Test
	void aResponseOnHttp2DoesNotAnnounceTheClose() throws Exception {
		try (RunningApplication application = start("server.http2.enabled=true", "gracewrap.http2-goaway=false")) {
			HttpClient client = HttpClient.newBuilder().version(Version.HTTP_2).build();
			for (int i = 0; i < 2; i++) {
				for (String path : new String[] { "/body", "/deferred", "/fails", "/actuator/health" }) {
					HttpResponse<String> response = client.send(
							HttpRequest.newBuilder(URI.create("http://localhost:" + application.port() + path)).build(),
							BodyHandlers.ofString());
					assertThat(response.version()).isEqualTo(Version.HTTP_2);
					assertThat(response.headers().allValues("Connection")).isEmpty();
				}
				application.bean(GraceWrap.class).drain();
			}
		}
	}

}
