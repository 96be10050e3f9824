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

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import io.gracewrap.sample.rollout.Balancer.Instance;
import io.gracewrap.sample.rollout.Balancer.Protocol;
import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Two instances behind a real load balancer are rolled one after the other, again and
 * again, and no request fails: neither by the clients nor by the balancer's own log.
 *
 * @author GraceWrap Maintainers
 */
@Isolated("Both cores are for the load")
@Tag("process")
@Tag("long")
class BalancerTests {

	private static final Path DIRECTORY = Path.of("target", "process-tests");

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private static final int CONNECTIONS = 60;

	private static final int CHANNELS = 6;

	private static final Duration THINK_TIME = Duration.ofMillis(150);

	@ParameterizedTest
	@CsvSource({ "haproxy, HTTP, tomcat, 2", "nginx, HTTP, tomcat, 2", "haproxy, GRPC, tomcat, 2",
			"nginx, GRPC, tomcat, 2" })
	void noRequestFailsWhileInstancesAreRolled(String balancer, Protocol protocol, String server, int instances)
			throws Exception {
		assertThatNothingIsLost(balancer, protocol, server, instances);
	}

	@Tag("soak")
	@ParameterizedTest
	@CsvSource({ "haproxy, HTTP, tomcat, 20", "nginx, HTTP, tomcat, 20", "haproxy, HTTP, jetty, 6",
			"haproxy, HTTP, netty, 6", "nginx, HTTP, netty, 6", "haproxy, GRPC, tomcat, 20",
			"nginx, GRPC, tomcat, 20" })
	void noRequestFailsHoweverOftenInstancesAreRolled(String balancer, Protocol protocol, String server, int instances)
			throws Exception {
		assertThatNothingIsLost(balancer, protocol, server, instances);
	}

	@ParameterizedTest
	@CsvSource({ "haproxy, HTTP, tomcat", "nginx, HTTP, tomcat", "haproxy, GRPC, tomcat", "nginx, GRPC, tomcat" })
	void requestsFailWithoutGraceWrap(String balancer, Protocol protocol, String server) throws Exception {
		Rolled rolled = roll(balancer, protocol, server, 1, false);
		assertThat(rolled.report().failed()).isPositive();
	}

	private void assertThatNothingIsLost(String balancer, Protocol protocol, String server, int instances)
			throws Exception {
		Rolled rolled = roll(balancer, protocol, server, instances, true);
		assertThat(rolled.report().failuresByKind()).isEmpty();
		assertThat(rolled.balancerFailures()).isEmpty();
		assertThat(rolled.perSecond()).as("requests a second, 280 to 300 on an idle machine").isGreaterThan(50);
	}

	private static Rolled roll(String program, Protocol protocol, String server, int count, boolean gracewrap)
			throws Exception {
		assumeThat(Commands.isInstalled(program)).as(program + " is installed").isTrue();
		List<Instance> instances = List.of(Instance.free(), Instance.free());
		List<ServerProcess> processes = new ArrayList<>();
		try {
			for (Instance instance : instances) {
				processes.add(launch(instance, gracewrap, server));
			}
			for (ServerProcess process : processes) {
				process.awaitReady(TIMEOUT);
			}
			try (Balancer balancer = Balancer.start(program, protocol, DIRECTORY.resolve(UUID.randomUUID().toString()),
					instances); Clients clients = clients(protocol, balancer.port())) {
				for (Instance instance : instances) {
					balancer.await(instance, true);
				}
				long begun = System.nanoTime();
				clients.start();
				Thread.sleep(2000);
				for (int i = 0; i < count; i++) {
					Instance instance = instances.get(i % 2);
					ServerProcess old = processes.get(i % 2);
					clients.tally().signalledAt(old.terminate().nanoTime());
					Exit exit = old.awaitExit(TIMEOUT);
					assertThat(exit).isNotNull();
					// Two checks take a second, if the old one was gone before it was
					// seen.
					balancer.await(instance, false);
					ServerProcess fresh = launch(instance, gracewrap, server);
					processes.set(i % 2, fresh);
					fresh.awaitReady(TIMEOUT);
					balancer.await(instance, true);
					Thread.sleep(500);
				}
				Duration time = Duration.ofNanos(System.nanoTime() - begun);
				LoadReport report = clients.end(Duration.ZERO);
				Rolled rolled = new Rolled(report, balancer.failures(), report.requests() * 1000.0 / time.toMillis());
				System.out.printf(
						"%s, %s, %s, %s: %d instances rolled, %d of %d requests failed, %.0f a second; %s; %s%n",
						program, protocol, server, gracewrap ? "GraceWrap" : "Boot", count, report.failed(),
						report.requests(), rolled.perSecond(), report.failuresByKind(), rolled.balancerFailures());
				return rolled;
			}
		}
		finally {
			processes.forEach(ServerProcess::close);
		}
	}

	private static Clients clients(Protocol protocol, int port) {
		if (protocol == Protocol.GRPC) {
			return new ChannelLoad(port, CHANNELS, CONNECTIONS / CHANNELS, 50, Load.exponential(THINK_TIME));
		}
		return new Load(port, CONNECTIONS, () -> HttpConnection.get("/async-work?ms=50"), Load.exponential(THINK_TIME),
				(answer) -> SampleJar.expectWorked(answer.text(), 50));
	}

	private static ServerProcess launch(Instance instance, boolean gracewrap, String server) throws Exception {
		String[] arguments = gracewrap ? new String[] { "--gracewrap.load-balancer-delay=3s" } : new String[0];
		return Sample.launchAt(instance.port(), instance.grpcPort(), gracewrap, server, arguments);
	}

	/**
	 * What has come of it.
	 *
	 * @param report what the clients saw
	 * @param balancerFailures what the balancer has logged
	 * @param perSecond how many requests were sent a second
	 */
	private record Rolled(LoadReport report, List<String> balancerFailures, double perSecond) {

	}

}
