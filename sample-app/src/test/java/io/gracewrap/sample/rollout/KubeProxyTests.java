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

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Three pods behind what kube-proxy writes are rolled one after the other, and no request
 * fails, although new connections come to each for a second and a half after SIGTERM.
 *
 * @author GraceWrap Maintainers
 */
@Isolated("Both cores are for the load")
@Tag("process")
class KubeProxyTests {

	private static final Path DIRECTORY = Path.of("target", "process-tests");

	private static final Duration TIMEOUT = Duration.ofMinutes(4);

	@Test
	void noRequestFailsWhilePodsAreRolled() throws Exception {
		assertThatNothingIsLost("tomcat");
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "tomcat", "tomcat", "jetty", "jetty", "netty", "netty" })
	void noRequestFailsHoweverOftenPodsAreRolled(String server) throws Exception {
		assertThatNothingIsLost(server);
	}

	@Test
	void requestsFailWithoutGraceWrap() throws Exception {
		Properties rolled = roll("tomcat", false);
		assertThat(number(rolled, "failed")).isPositive();
	}

	private static void assertThatNothingIsLost(String server) throws Exception {
		Properties rolled = roll(server, true);
		assertThat(number(rolled, "failed")).isZero();
		assertThat(number(rolled, "lateConnections")).as("connections to pods that were terminating").isPositive();
		assertThat(number(rolled, "perSecond")).as("requests a second").isGreaterThan(200);
	}

	private static long number(Properties properties, String name) {
		return Long.parseLong(properties.getProperty(name));
	}

	private static Properties roll(String server, boolean gracewrap) throws Exception {
		for (String program : List.of("ip", "nft")) {
			assumeThat(StreamTests.isInstalled(program)).as(program + " is installed").isTrue();
		}
		assumeThat(refusal()).as("network namespaces and NAT by nftables, which take root on Linux").isEmpty();
		Files.createDirectories(DIRECTORY);
		Path output = Files.createTempFile(DIRECTORY, "kube-proxy", ".log");
		try (PodNetwork network = PodNetwork.create(KubeProxyRollout.PODS)) {
			Process process = new ProcessBuilder(network.onNode(List.of(
					Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", Sample.CLASS_PATH,
					KubeProxyRollout.class.getName(), network.id(), server, Boolean.toString(gracewrap))))
				.redirectErrorStream(true)
				.redirectOutput(output.toFile())
				.start();
			try {
				boolean ended = process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
				String text = Files.readString(output);
				System.out.printf("kube-proxy, %s, %s:%n%s", server, gracewrap ? "GraceWrap" : "Boot", text);
				assertThat(ended).as(text).isTrue();
				assertThat(process.exitValue()).as(text).isZero();
				Properties rolled = new Properties();
				rolled.load(new StringReader(text));
				return rolled;
			}
			finally {
				process.descendants().forEach(ProcessHandle::destroyForcibly);
				process.destroyForcibly();
			}
		}
	}

	/**
	 * Return why this machine does not allow it.
	 */
	private static String refusal() throws InterruptedException {
		try {
			PodNetwork.create(1).close();
			return "";
		}
		catch (IOException ex) {
			return String.valueOf(ex.getMessage());
		}
	}

}
