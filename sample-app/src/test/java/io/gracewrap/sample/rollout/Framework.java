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

import java.util.List;
import java.util.stream.Stream;

/**
 * What a server is made with: it says how a process is told its ports, and where it
 * answers the readiness probe.
 *
 * @author GraceWrap Maintainers
 */
enum Framework {

	/**
	 * Spring Boot, with or without GraceWrap.
	 */
	SPRING_BOOT("/actuator/health/readiness") {

		@Override
		List<String> arguments(List<String> arguments, int port, int grpcPort) {
			return join(arguments, List.of("--server.port=" + port, "--spring.grpc.server.port=" + grpcPort));
		}

	},

	/**
	 * Quarkus, which takes no configuration after its jar.
	 */
	QUARKUS("/q/health/ready") {

		@Override
		List<String> arguments(List<String> arguments, int port, int grpcPort) {
			return join(List.of("-Dquarkus.http.port=" + port, "-Dquarkus.grpc.server.port=" + grpcPort), arguments);
		}

	};

	private final String readiness;

	Framework(String readiness) {
		this.readiness = readiness;
	}

	/**
	 * Add the ports to the arguments of {@code java}.
	 * @param arguments the arguments without them
	 * @param port where the server listens
	 * @param grpcPort where it listens for gRPC
	 * @return all arguments
	 */
	abstract List<String> arguments(List<String> arguments, int port, int grpcPort);

	/**
	 * Return where the readiness probe is answered.
	 * @return the path
	 */
	String readiness() {
		return this.readiness;
	}

	private static List<String> join(List<String> first, List<String> second) {
		return Stream.concat(first.stream(), second.stream()).toList();
	}

}
