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

package io.gracewrap.web.server;

import java.time.Duration;

import org.springframework.boot.web.server.WebServer;

/**
 * The connections of one kind of web server, which Spring Boot's API does not reach. Does
 * nothing for a server of another kind. All methods are called on the thread that closes
 * the application context, {@link #goAway} also on one of the drain's own, and return
 * within half a second for each connector. They may throw: the server is drained without
 * them then.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public interface ServerConnections {

	/**
	 * Ask the clients of HTTP/2 connections to open new streams elsewhere. Streams in
	 * flight complete, and new connections are still accepted. Called again every second,
	 * for connections that have been opened since.
	 * @param webServer the server
	 */
	default void goAway(WebServer webServer) {
	}

	/**
	 * Accept no new connections and go on serving those that exist.
	 * @param webServer the server
	 */
	default void stopAccepting(WebServer webServer) {
	}

	/**
	 * Close connections on which no request is in progress.
	 * @param webServer the server
	 * @param patient whether a request of which only a part has arrived is waited for
	 * @return whether requests are about to begin: they have arrived, but nobody has
	 * taken them up yet
	 */
	boolean closeIdle(WebServer webServer, boolean patient);

	/**
	 * Whether any connection is being served, and be it only to write the end of a
	 * response that the application has finished.
	 * @param webServer the server
	 * @return whether any is; {@code false} by default
	 */
	default boolean areBusy(WebServer webServer) {
		return false;
	}

	/**
	 * Whether no connection to the server is open any more. What it calls active then is
	 * not waited for: it may count a request whose client has given it up for as long as
	 * it runs.
	 * @param webServer the server
	 * @return whether that is certain; {@code false} by default
	 */
	default boolean areAllClosed(WebServer webServer) {
		return false;
	}

	/**
	 * The drain is over: what is left has outlasted it.
	 * @param webServer the server
	 * @param timeLeft what is left until the drain deadline, zero if it has passed
	 */
	default void stop(WebServer webServer, Duration timeLeft) {
	}

}
