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
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

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
@Tag("long")
class KubeProxyTests {

	private static final Path DIRECTORY = Path.of("target", "process-tests");

	private static final Duration TIMEOUT = Duration.ofMinutes(8);

	/** What the kernel, or a container, says where it does not allow all this. */
	private static final Pattern REFUSED = Pattern
		.compile("not permitted|not supported|Permission denied|Read-only file system|No such file or directory");

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
		assertThatSomethingIsLost("tomcat", 1);
	}

	@Tag("soak")
	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	void requestsFailWithoutGraceWrapOnEachServer(String server) throws Exception {
		assertThatSomethingIsLost(server, KubeProxyRollout.PODS);
	}

	private static void assertThatNothingIsLost(String server) throws Exception {
		Rolled rolled = roll(server, KubeProxyRollout.PODS, true);
		assertThat(rolled.number("failed")).as(rolled.get("failures")).isZero();
		assertThat(rolled.number("perSecond")).as("requests a second, 310 to 390 on an idle machine").isGreaterThan(50);
		assertThatEndpointsAreRemovedLate(rolled);
	}

	private static void assertThatSomethingIsLost(String server, int pods) throws Exception {
		Rolled rolled = roll(server, pods, false);
		assertThat(rolled.number("failed")).isPositive();
		assertThatEndpointsAreRemovedLate(rolled);
	}

	private static void assertThatEndpointsAreRemovedLate(Rolled rolled) {
		assertThat(rolled.number("lateConnections")).as("connections to pods that were terminating").isPositive();
		assertThat(rolled.number("strayConnections")).as("connections to endpoints that were removed").isZero();
	}

	private static Rolled roll(String server, int pods, boolean gracewrap) throws Exception {
		Files.createDirectories(DIRECTORY);
		Path output = Files.createTempFile(DIRECTORY, "kube-proxy", ".log");
		try (PodNetwork network = network()) {
			Process process = new ProcessBuilder(
					network.onNode(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
							Sample.CLASS_PATH, KubeProxyRollout.class.getName(), network.id(), server,
							Integer.toString(pods), Boolean.toString(gracewrap))))
				.redirectErrorStream(true)
				.redirectOutput(output.toFile())
				.start();
			boolean ended = process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
			String text = Files.readString(output);
			assertThat(ended).as(text).isTrue();
			assertThat(process.exitValue()).as(text).isZero();
			Rolled rolled = Rolled.of(text);
			System.out.printf(
					"kube-proxy, %s, %s: %d pods rolled, %s of %s requests failed, %s a second, %s orders among them; "
							+ "%s connections after SIGTERM, %s after the endpoint went; gone after %s ms; %s%n",
					server, gracewrap ? "GraceWrap" : "Boot", pods, rolled.get("failed"), rolled.get("requests"),
					rolled.get("perSecond"), rolled.get("orders"), rolled.get("lateConnections"),
					rolled.get("strayConnections"), rolled.get("exits"), rolled.get("failures"));
			return rolled;
		}
	}

	private static PodNetwork network() throws IOException, InterruptedException {
		try {
			return PodNetwork.create(KubeProxyRollout.PODS);
		}
		catch (IOException ex) {
			System.out.println("No network for pods: " + ex.getMessage());
			assumeThat(ex.getMessage()).as("Namespaces and NAT by nftables take root on Linux, ip and nft")
				.doesNotContainPattern(REFUSED);
			throw ex;
		}
	}

	/**
	 * What a {@link KubeProxyRollout} has printed.
	 *
	 * @param values the values by name
	 */
	private record Rolled(Properties values) {

		static Rolled of(String text) throws IOException {
			Properties values = new Properties();
			values.load(new StringReader(text));
			return new Rolled(values);
		}

		String get(String name) {
			return Objects.requireNonNull(this.values.getProperty(name), name);
		}

		long number(String name) {
			return Long.parseLong(get(name));
		}

	}

}
