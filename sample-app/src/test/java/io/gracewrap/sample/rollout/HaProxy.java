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
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * HAProxy, which asks the readiness probe of the instances itself.
 *
 * @author GraceWrap Maintainers
 */
final class HaProxy extends Balancer {

	private final int statisticsPort;

	HaProxy(Protocol protocol, Path directory, List<Instance> instances) throws IOException {
		this(protocol, directory, instances, ServerProcess.freePort());
	}

	private HaProxy(Protocol protocol, Path directory, List<Instance> instances, int statisticsPort)
			throws IOException {
		super(protocol, directory, instances, statisticsPort);
		this.statisticsPort = statisticsPort;
	}

	@Override
	String configuration(Protocol protocol, int port, List<Instance> instances, int statisticsPort) {
		String http2 = (protocol == Protocol.GRPC) ? " proto h2" : "";
		String servers = instances.stream()
			.map((instance) -> "\tserver i%d 127.0.0.1:%d%s check port %1$d check-proto h1".formatted(instance.port(),
					instance.port(protocol), http2))
			.collect(Collectors.joining("\n"));
		return """
				global
					log stdout format raw local0 info
				defaults
					mode http
					log global
					log-format "request status=%%ST state=%%ts server=%%s"
					timeout connect 2s
					timeout client 30s
					timeout server 30s
					timeout check 5s
					retries 0
				frontend front
					bind 127.0.0.1:%d%s
					default_backend instances
				backend instances
					balance roundrobin
					http-reuse always
					option httpchk
					http-check send meth GET uri %s ver HTTP/1.1 hdr Host localhost
					http-check expect status 200
					default-server inter %dms fall 2 rise 2
				%s
				listen statistics
					bind 127.0.0.1:%d
					no log
					stats enable
					stats uri /
				""".formatted(port, http2, READINESS, CHECK_INTERVAL, servers, statisticsPort);
	}

	@Override
	List<String> command(Path configuration) {
		return List.of("haproxy", "-db", "-f", configuration.toString());
	}

	@Override
	boolean serves(Instance instance) throws IOException {
		try (HttpConnection connection = HttpConnection.open(this.statisticsPort)) {
			return connection.exchange(HttpConnection.get("/;csv"), Duration.ofSeconds(5))
				.text()
				.lines()
				.filter((line) -> line.startsWith("instances,i" + instance.port() + ","))
				.anyMatch((line) -> line.contains(",UP,"));
		}
		catch (ConnectException ex) {
			// It has not opened its port yet.
			return false;
		}
	}

}
