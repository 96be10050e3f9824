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

package io.gracewrap.web;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import io.gracewrap.web.server.ServerConnections;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application that is started as users start theirs, so that it becomes ready, and is
 * closed by the test on its own thread.
 *
 * @author GraceWrap Maintainers
 */
public final class RunningApplication implements AutoCloseable {

	private final ConfigurableApplicationContext context;

	private final int port;

	private RunningApplication(ConfigurableApplicationContext context) {
		this.context = context;
		this.port = ((WebServerApplicationContext) context).getWebServer().getPort();
	}

	/**
	 * Start an application on a random port.
	 * @param sources its configuration
	 * @param properties its properties
	 * @return the application, ready
	 */
	public static RunningApplication start(List<Class<?>> sources, String... properties) {
		SpringApplication application = new SpringApplication(sources.toArray(Class[]::new));
		application.setBannerMode(Banner.Mode.OFF);
		application.setRegisterShutdownHook(false);
		return new RunningApplication(application.run(Stream.concat(Stream.of("server.port=0"), Stream.of(properties))
			.map("--"::concat)
			.toArray(String[]::new)));
	}

	public int port() {
		return this.port;
	}

	public ClientConnection connect() throws IOException {
		return new ClientConnection(port());
	}

	/**
	 * Wait until connections are refused.
	 */
	public void awaitRefused() {
		soon().until(() -> {
			try {
				connect().close();
				return false;
			}
			catch (ConnectException ex) {
				return true;
			}
			catch (SocketException ex) {
				// Reset, because the socket has closed in this very moment.
				return false;
			}
		});
	}

	/**
	 * Wait for what may not last long, and is looked for often.
	 * @return how to wait
	 */
	public static ConditionFactory soon() {
		return Awaitility.await()
			.atMost(ClientConnection.TIMEOUT)
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(10));
	}

	/**
	 * Do what the drain does first.
	 */
	public void stopAccepting() {
		forConnections(ServerConnections::stopAccepting);
	}

	/**
	 * Do what the drain does again and again in its first second.
	 */
	public void closeIdleConnections() {
		closeIdleConnections(true);
	}

	/**
	 * Do what the drain does again and again.
	 * @param patient whether it is its first second
	 */
	public void closeIdleConnections(boolean patient) {
		forConnections((connections, webServer) -> connections.closeIdle(webServer, patient));
	}

	private void forConnections(BiConsumer<ServerConnections, WebServer> action) {
		WebServer webServer = ((WebServerApplicationContext) this.context).getWebServer();
		this.context.getBeansOfType(ServerConnections.class)
			.values()
			.forEach((connections) -> action.accept(connections, webServer));
	}

	public <T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	public ConfigurableApplicationContext context() {
		return this.context;
	}

	@Override
	public void close() {
		this.context.close();
		// Levels outlive the application that has set them.
		LoggingSystem.get(getClass().getClassLoader()).setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.INFO);
	}

	/**
	 * A list of sources, and more.
	 * @param first the first sources
	 * @param more more sources
	 * @return all sources
	 */
	public static List<Class<?>> sources(Class<?> first, Class<?>... more) {
		List<Class<?>> sources = new ArrayList<>(List.of(more));
		sources.add(0, first);
		return sources;
	}

	/**
	 * Properties, and more.
	 * @param first the first properties
	 * @param more more properties
	 * @return all properties
	 */
	public static String[] properties(String[] first, String... more) {
		return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
	}

}
