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

package io.gracewrap.grpc;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.grpc.InternalChannelz;
import io.grpc.InternalChannelz.ServerSocketsList;
import io.grpc.InternalChannelz.SocketStats;
import io.grpc.InternalChannelz.TransportStats;
import io.grpc.InternalInstrumented;
import io.grpc.InternalWithLogId;
import io.grpc.Server;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Asks the connections of a gRPC server for their open streams, which they count for
 * channelz anyway: a call becomes known to interceptors when a thread takes it up, and a
 * tracer of streams, which hears of it before, would cost each call three objects (issue
 * 5).
 *
 * @author GraceWrap Maintainers
 */
final class OpenStreams {

	private static final Log logger = LogFactory.getLog(OpenStreams.class);

	/** How long all connections together are waited for. */
	private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(100);

	private static final int PAGE = 100;

	private OpenStreams() {
	}

	/**
	 * Whether a stream is open on any connection of a server.
	 * @param server the server
	 * @return whether there is one, also if a connection is too busy to tell
	 */
	static boolean hasAny(Server server) {
		try {
			return hasAny(ask(server));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		catch (Throwable ex) {
			logger.debug("This version of gRPC does not tell its open streams", ex);
			return false;
		}
	}

	private static List<Future<SocketStats>> ask(Server server) {
		List<Future<SocketStats>> answers = new ArrayList<>();
		if (server instanceof InternalWithLogId known) {
			long next = 0;
			ServerSocketsList page;
			do {
				page = InternalChannelz.instance().getServerSockets(known.getLogId().getId(), next, PAGE);
				for (InternalWithLogId socket : (page != null) ? page.sockets : List.<InternalWithLogId>of()) {
					answers.add(ask(socket));
					next = socket.getLogId().getId() + 1;
				}
			}
			while (page != null && !page.end);
		}
		return answers;
	}

	@SuppressWarnings("unchecked")
	private static Future<SocketStats> ask(InternalWithLogId socket) {
		try {
			return ((InternalInstrumented<SocketStats>) socket).getStats();
		}
		catch (RejectedExecutionException ex) {
			// It has closed.
			return CompletableFuture.failedFuture(ex);
		}
	}

	private static boolean hasAny(List<Future<SocketStats>> answers) throws InterruptedException {
		long until = System.nanoTime() + PATIENCE;
		for (Future<SocketStats> answer : answers) {
			if (hasAny(answer, until - System.nanoTime())) {
				return true;
			}
		}
		return false;
	}

	private static boolean hasAny(Future<SocketStats> answer, long patience) throws InterruptedException {
		try {
			SocketStats stats = answer.get(Math.max(0, patience), TimeUnit.NANOSECONDS);
			TransportStats streams = (stats != null) ? stats.data : null;
			return streams != null && streams.streamsStarted > streams.streamsSucceeded + streams.streamsFailed;
		}
		catch (TimeoutException ex) {
			return true;
		}
		catch (ExecutionException ex) {
			// One that has closed meanwhile has none, and cannot tell.
			return false;
		}
	}

}
