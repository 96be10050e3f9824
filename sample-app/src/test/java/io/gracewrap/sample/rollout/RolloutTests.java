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

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A rollout under load loses nothing.
 *
 * @author GraceWrap Maintainers
 */
@Isolated("Both cores are for the load")
@Tag("process")
class RolloutTests {

	private static final String JAR = "--jar=" + System.getProperty("sample.jar");

	@Test
	void aRolloutLosesNothing() throws Exception {
		assertThat(Rollout.run(JAR, "--arms=gracewrap")).isTrue();
	}

	@Tag("long")
	@ParameterizedTest
	@ValueSource(strings = { "jetty", "netty" })
	void aRolloutOnOtherServersLosesNothing(String server) throws Exception {
		assertThat(Rollout.run(JAR, "--server=" + server, "--arms=gracewrap")).isTrue();
	}

	@Tag("long")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	void aRolloutWithClientsOfEveryKindLosesNothing(String server) throws Exception {
		assertThat(Rollout.run(JAR, "--server=" + server, "--arms=gracewrap", "--load=mixed")).isTrue();
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	void tenRolloutsLoseNothing(String server) throws Exception {
		assertThat(Rollout.run(JAR, "--server=" + server, "--arms=gracewrap", "--runs=10")).isTrue();
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty" })
	void tenRolloutsWithSparseClientsLoseAtMostWhatCrossesOnTheWire(String server) throws Exception {
		assertThat(Rollout.run(JAR, "--server=" + server, "--arms=gracewrap", "--runs=10", "--load=sparse",
				"--tolerated=2"))
			.isTrue();
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	void tenRolloutsWithHttp2ClientsLoseNothing(String server) throws Exception {
		assertThat(Rollout.run(JAR, "--server=" + server, "--arms=gracewrap", "--runs=10", "--load=http2")).isTrue();
	}

	@Tag("soak")
	@Test
	void tenRolloutsWithGrpcClientsLoseNothing() throws Exception {
		assertThat(Rollout.run(JAR, "--arms=gracewrap", "--runs=10", "--load=grpc")).isTrue();
	}

}
