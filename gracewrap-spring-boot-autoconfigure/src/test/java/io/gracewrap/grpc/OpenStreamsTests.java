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

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.grpc.InternalChannelz;
import io.grpc.InternalChannelz.ServerStats;
import io.grpc.InternalChannelz.SocketOptions;
import io.grpc.InternalChannelz.SocketStats;
import io.grpc.InternalChannelz.TransportStats;
import io.grpc.InternalInstrumented;
import io.grpc.InternalLogId;
import io.grpc.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * Tests for {@link OpenStreams}.
 *
 * @author GraceWrap Maintainers
 */
@SuppressWarnings("unchecked")
class OpenStreamsTests {

	private final Server server = Mockito.mock(Server.class,
			Mockito.withSettings().extraInterfaces(InternalInstrumented.class));

	private final InternalInstrumented<ServerStats> instrumented = (InternalInstrumented<ServerStats>) (Object) this.server;

	private final List<InternalInstrumented<SocketStats>> sockets = new ArrayList<>();

	@BeforeEach
	void register() {
		given(this.instrumented.getLogId()).willReturn(InternalLogId.allocate("server", null));
		InternalChannelz.instance().addServer(this.instrumented);
	}

	@AfterEach
	void remove() {
		this.sockets.forEach((socket) -> InternalChannelz.instance().removeServerSocket(this.instrumented, socket));
		InternalChannelz.instance().removeServer(this.instrumented);
	}

	@Test
	void aServerThatDoesNotTellHasNone() {
		assertThat(OpenStreams.hasAny(Mockito.mock(Server.class))).isFalse();
	}

	@Test
	void aStreamIsOpenUntilItHasSucceededOrFailed() {
		assertThat(OpenStreams.hasAny(this.server)).isFalse();
		connection(() -> Futures.immediateFuture(stats(5, 3, 2)));
		assertThat(OpenStreams.hasAny(this.server)).isFalse();
		connection(() -> Futures.immediateFuture(stats(6, 3, 2)));
		assertThat(OpenStreams.hasAny(this.server)).isTrue();
	}

	@Test
	void allConnectionsAreAsked() {
		for (int i = 0; i < 250; i++) {
			connection(() -> Futures.immediateFuture(stats(1, 1, 0)));
		}
		assertThat(OpenStreams.hasAny(this.server)).isFalse();
		connection(() -> Futures.immediateFuture(stats(1, 0, 0)));
		assertThat(OpenStreams.hasAny(this.server)).isTrue();
	}

	@Test
	void connectionsThatCloseMeanwhileHideNoOther() {
		connection(() -> Futures.immediateFailedFuture(new IllegalStateException("closed")));
		connection(() -> {
			throw new RejectedExecutionException("closed");
		});
		assertThat(OpenStreams.hasAny(this.server)).isFalse();
		connection(() -> Futures.immediateFuture(stats(1, 0, 0)));
		assertThat(OpenStreams.hasAny(this.server)).isTrue();
	}

	@Test
	void aConnectionThatIsTooBusyToTellMayHaveOne() {
		connection(SettableFuture::create);
		assertThat(OpenStreams.hasAny(this.server)).isTrue();
	}

	private void connection(Supplier<ListenableFuture<SocketStats>> answer) {
		InternalInstrumented<SocketStats> socket = Mockito.mock(InternalInstrumented.class);
		given(socket.getLogId()).willReturn(InternalLogId.allocate("socket", null));
		given(socket.getStats()).willAnswer((invocation) -> answer.get());
		this.sockets.add(socket);
		InternalChannelz.instance().addServerSocket(this.instrumented, socket);
	}

	private static SocketStats stats(long started, long succeeded, long failed) {
		return new SocketStats(new TransportStats(started, 0, 0, succeeded, failed, 0, 0, 0, 0, 0, 0, 0),
				new InetSocketAddress(0), null, new SocketOptions.Builder().build(), null);
	}

}
