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

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

import io.gracewrap.sample.SampleApplication;
import io.gracewrap.sample.blocks.BlocksApplication;
import io.gracewrap.sample.stubborn.StubbornApplication;
import io.gracewrap.sample.suite.ThreeContexts;
import io.gracewrap.sample.suite.TwoApplications;

/**
 * Starts the applications of the process tests from the class path of the tests.
 *
 * @author GraceWrap Maintainers
 */
final class Sample {

	private static final Path DIRECTORY = Path.of("target", "process-tests");

	static final String CLASS_PATH = System.getProperty("surefire.test.class.path",
			System.getProperty("java.class.path"));

	private Sample() {
	}

	static ServerProcess start(String server, String... arguments) throws IOException, InterruptedException {
		return ready(launch(SampleApplication.class, CLASS_PATH, server, arguments));
	}

	/**
	 * Start the sample by another command.
	 * @param starter the command, which gets that of the sample as its last arguments
	 * @param server the server
	 * @param arguments more arguments
	 * @return the process, ready
	 * @throws IOException if it does not start
	 * @throws InterruptedException if interrupted
	 */
	static ServerProcess startBy(List<String> starter, String server, String... arguments)
			throws IOException, InterruptedException {
		return ready(launch(starter, SampleApplication.class, CLASS_PATH, server, arguments));
	}

	/**
	 * Start the sample without waiting until it is ready.
	 * @param server the server
	 * @param arguments more arguments
	 * @return the process
	 * @throws IOException if it does not start
	 */
	static ServerProcess launch(String server, String... arguments) throws IOException {
		return launch(SampleApplication.class, CLASS_PATH, server, arguments);
	}

	/**
	 * Start the sample on ports, without waiting until it is ready.
	 * @param port the port of HTTP
	 * @param grpcPort the port of gRPC
	 * @param gracewrap whether GraceWrap is on its class path
	 * @param server the server
	 * @param arguments more arguments
	 * @return the process
	 * @throws IOException if it does not start
	 */
	static ServerProcess launchAt(int port, int grpcPort, boolean gracewrap, String server, String... arguments)
			throws IOException {
		return launch(List.of(), SampleApplication.class, gracewrap ? CLASS_PATH : classPathWithoutGraceWrap(), server,
				new InetSocketAddress(InetAddress.getLoopbackAddress(), port), grpcPort, arguments);
	}

	/**
	 * Start the sample as a pod, without waiting until it is ready.
	 * @param address the address of the pod
	 * @param starter the command that enters the pod
	 * @param gracewrap whether GraceWrap is on its class path
	 * @param server the server
	 * @param arguments more arguments
	 * @return the process
	 * @throws IOException if it does not start
	 */
	static ServerProcess launchPod(InetSocketAddress address, List<String> starter, boolean gracewrap, String server,
			String... arguments) throws IOException {
		return launch(starter, SampleApplication.class, gracewrap ? CLASS_PATH : classPathWithoutGraceWrap(), server,
				address, arguments);
	}

	static ServerProcess startWithoutGraceWrap(String server, String... arguments)
			throws IOException, InterruptedException {
		return ready(launch(SampleApplication.class, classPathWithoutGraceWrap(), server, arguments));
	}

	private static String classPathWithoutGraceWrap() {
		return Arrays.stream(CLASS_PATH.split(File.pathSeparator))
			.filter((entry) -> !entry.contains("gracewrap-spring-boot-"))
			.collect(Collectors.joining(File.pathSeparator));
	}

	static ServerProcess launchSuite(boolean gracewrap) throws IOException {
		return launch(ThreeContexts.class, gracewrap ? CLASS_PATH : classPathWithoutGraceWrap(), "tomcat");
	}

	static ServerProcess launchTwoApplications() throws IOException {
		return launch(TwoApplications.class, CLASS_PATH, "tomcat");
	}

	static ServerProcess startStubborn(String server, String... arguments) throws IOException, InterruptedException {
		return ready(launch(StubbornApplication.class, CLASS_PATH, server, arguments));
	}

	static ServerProcess launchStubborn(String server, String... arguments) throws IOException {
		return launch(StubbornApplication.class, CLASS_PATH, server, arguments);
	}

	/**
	 * Start the sample that is with and without GraceWrap in turns, without waiting until
	 * it is ready.
	 * @param server the server
	 * @param directory for its log and its database
	 * @param jvmOptions the options of the JVM
	 * @param arguments more arguments
	 * @return the process
	 * @throws IOException if it does not start
	 */
	static ServerProcess launchBlocks(String server, Path directory, List<String> jvmOptions, String... arguments)
			throws IOException {
		List<String> all = new ArrayList<>(List.of("-cp", CLASS_PATH, BlocksApplication.class.getName(),
				"--spring.profiles.active=" + server, "--spring.main.cloud-platform=kubernetes",
				"--sample.database=" + directory.resolve("orders").toAbsolutePath()));
		all.addAll(List.of(arguments));
		return ServerProcess.startWith(jvmOptions, directory.resolve("server.log"), all);
	}

	private static ServerProcess launch(Class<?> application, String classPath, String server, String... arguments)
			throws IOException {
		return launch(List.of(), application, classPath, server, arguments);
	}

	private static ServerProcess launch(List<String> starter, Class<?> application, String classPath, String server,
			String... arguments) throws IOException {
		return launch(starter, application, classPath, server,
				new InetSocketAddress(InetAddress.getLoopbackAddress(), ServerProcess.freePort()), arguments);
	}

	private static ServerProcess launch(List<String> starter, Class<?> application, String classPath, String server,
			InetSocketAddress address, String... arguments) throws IOException {
		return launch(starter, application, classPath, server, address, ServerProcess.freePort(), arguments);
	}

	private static ServerProcess launch(List<String> starter, Class<?> application, String classPath, String server,
			InetSocketAddress address, int grpcPort, String... arguments) throws IOException {
		Path directory = DIRECTORY.resolve(UUID.randomUUID().toString());
		List<String> all = new ArrayList<>();
		all.addAll(List.of("-cp", classPath, application.getName()));
		all.add("--spring.profiles.active=" + server);
		all.add("--sample.database=" + directory.resolve("orders").toAbsolutePath());
		all.addAll(List.of(arguments));
		return ServerProcess.start(Framework.SPRING_BOOT, directory.resolve("server.log"), starter, all, address,
				grpcPort);
	}

	private static ServerProcess ready(ServerProcess process) throws IOException, InterruptedException {
		process.awaitReady(Duration.ofSeconds(60));
		return process;
	}

}
