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

package io.gracewrap.web.netty;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link NettyConnection}: what no client can tell from luck.
 *
 * @author GraceWrap Maintainers
 */
class NettyConnectionTests {

	private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

	private static final byte[] SETTINGS = { 0, 0, 0, 4, 0, 0, 0, 0, 0 };

	/** GET http / on stream 1, with an end. */
	private static final byte[] REQUEST = { 0, 0, 3, 1, 5, 0, 0, 0, 1, (byte) 0x82, (byte) 0x86, (byte) 0x84 };

	private static final int FLAGS = 4;

	private static final byte END_HEADERS = 4;

	private static final int GOAWAY = 7;

	private static final int NO_LAST_STREAM = Integer.MAX_VALUE;

	private final AtomicLong time = new AtomicLong();

	@Test
	void aNewConnectionIsGivenTimeToSendItsRequest() {
		EmbeddedChannel channel = new EmbeddedChannel();
		NettyConnection connection = new NettyConnection(channel, this.time::get);
		assertGivenTime(channel, connection, Duration.ofSeconds(1));
	}

	@Test
	void theTimeBeginsWhenTheHandshakeHasEnded() {
		EmbeddedChannel channel = new EmbeddedChannel();
		NettyConnection connection = connection(channel);
		this.time.set(Duration.ofSeconds(5).toNanos());
		channel.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
		assertGivenTime(channel, connection, Duration.ofSeconds(1));
	}

	@Test
	void aHandshakeIsWaitedForAfterPatienceHasEndedOnlyIfItHasBegun() throws Exception {
		EmbeddedChannel silent = new EmbeddedChannel(new SslHandler(engine()));
		look(silent, connection(silent), false);
		assertThat(silent.isOpen()).isFalse();
		SSLEngine engine = engine();
		EmbeddedChannel begun = new EmbeddedChannel(new SslHandler(engine));
		NettyConnection connection = connection(begun);
		engine.beginHandshake();
		this.time.addAndGet(Duration.ofMillis(4999).toNanos());
		look(begun, connection, false);
		assertThat(begun.isOpen()).isTrue();
		this.time.addAndGet(Duration.ofMillis(1).toNanos());
		look(begun, connection, false);
		assertThat(begun.isOpen()).isFalse();
	}

	private static SSLEngine engine() throws Exception {
		SSLEngine engine = SSLContext.getDefault().createSSLEngine();
		engine.setUseClientMode(false);
		return engine;
	}

	@Test
	void theTimeAfterALateHandshakeIsGivenAlsoIfPatienceHasEnded() {
		EmbeddedChannel channel = new EmbeddedChannel();
		NettyConnection connection = connection(channel);
		this.time.set(Duration.ofSeconds(5).toNanos());
		channel.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
		this.time.addAndGet(Duration.ofMillis(999).toNanos());
		look(channel, connection, false);
		assertThat(connection.isBeginning()).isTrue();
		this.time.addAndGet(Duration.ofMillis(1).toNanos());
		look(channel, connection, false);
		assertThat(channel.isOpen()).isFalse();
	}

	@Test
	void aConnectionThatWasUsedIsGivenLessTime() {
		EmbeddedChannel channel = new EmbeddedChannel();
		NettyConnection connection = connection(channel);
		channel.writeInbound("a request");
		connection.requestBegun();
		this.time.set(Duration.ofSeconds(5).toNanos());
		connection.requestEnded();
		assertGivenTime(channel, connection, Duration.ofMillis(200));
	}

	@Test
	void aConnectionWhoseResponseHasJustEndedIsGivenThatTimeAlsoIfPatienceHasEnded() {
		EmbeddedChannel channel = new EmbeddedChannel();
		NettyConnection connection = connection(channel);
		channel.writeInbound("a request");
		connection.requestBegun();
		connection.requestEnded();
		this.time.addAndGet(Duration.ofMillis(199).toNanos());
		look(channel, connection, false);
		assertThat(channel.isOpen()).isTrue();
		this.time.addAndGet(Duration.ofMillis(1).toNanos());
		look(channel, connection, false);
		assertThat(channel.isOpen()).isFalse();
	}

	/**
	 * Where nobody announces to it that its connection closes.
	 */
	@Test
	void aClientThatGoesOnAskingHoldsTheDrainOnlyForOneRequestMore() {
		EmbeddedChannel channel = new EmbeddedChannel();
		NettyConnection connection = connection(channel);
		channel.writeInbound("a request");
		this.time.set(Duration.ofSeconds(5).toNanos());
		connection.requestEnded();
		look(channel, connection, false);
		for (boolean first : new boolean[] { true, false }) {
			connection.requestBegun();
			connection.requestEnded();
			this.time.addAndGet(Duration.ofMillis(150).toNanos());
			look(channel, connection, false);
			assertThat(channel.isOpen()).isEqualTo(first);
		}
	}

	private void assertGivenTime(EmbeddedChannel channel, NettyConnection connection, Duration given) {
		this.time.addAndGet(given.minusMillis(1).toNanos());
		look(channel, connection, true);
		look(channel, connection, true);
		assertThat(connection.isBeginning()).isTrue();
		assertThat(channel.isOpen()).isTrue();
		this.time.addAndGet(Duration.ofMillis(1).toNanos());
		look(channel, connection, true);
		look(channel, connection, true);
		assertThat(channel.isOpen()).isFalse();
	}

	@Test
	void aNewConnectionIsNotGivenTimeForEver() {
		EmbeddedChannel channel = new EmbeddedChannel();
		look(channel, new NettyConnection(channel, this.time::get), false);
		assertThat(channel.isOpen()).isFalse();
	}

	@Test
	void anIdleHttp2ConnectionIsToldToGoAndThenWhichStreamWasItsLast() {
		EmbeddedChannel channel = http2();
		NettyConnection connection = connection(channel);
		this.time.set(Duration.ofSeconds(10).toNanos());
		look(channel, connection, true);
		assertThat(goAways(channel)).containsExactly(NO_LAST_STREAM);
		this.time.addAndGet(Duration.ofMillis(1999).toNanos());
		look(channel, connection, true);
		look(channel, connection, true);
		assertThat(connection.isBeginning()).as("streams may be on their way").isTrue();
		assertThat(channel.isOpen()).isTrue();
		this.time.addAndGet(Duration.ofMillis(1).toNanos());
		look(channel, connection, true);
		assertThat(connection.isBeginning()).as("something may have been read").isTrue();
		look(channel, connection, true);
		assertThat(connection.isBeginning()).isFalse();
		assertThat(goAways(channel)).as("when it is closed").containsExactly(0);
		assertThat(channel.isOpen()).isFalse();
	}

	@Test
	void anHttp2ConnectionWithAStreamIsBusy() {
		EmbeddedChannel channel = http2();
		NettyConnection connection = connection(channel);
		request(channel);
		look(channel, connection, true);
		assertThat(connection.isBusy()).isTrue();
		this.time.addAndGet(Duration.ofSeconds(2).toNanos());
		look(channel, connection, true);
		assertThat(connection.isBeginning()).isFalse();
		assertThat(goAways(channel)).containsExactly(NO_LAST_STREAM);
		assertThat(channel.isOpen()).isTrue();
		channel.finishAndReleaseAll();
	}

	@Test
	void anHttp2ConnectionWhoseClientGoesOnSendingAfterItsAnswerIsNotBusy() {
		EmbeddedChannel channel = http2();
		NettyConnection connection = connection(channel);
		byte[] withoutEnd = REQUEST.clone();
		withoutEnd[FLAGS] = END_HEADERS;
		request(channel, withoutEnd);
		look(channel, connection, true);
		assertThat(connection.isBusy()).isTrue();
		Http2FrameCodec codec = channel.pipeline().get(Http2FrameCodec.class);
		ChannelHandlerContext context = channel.pipeline().context(codec);
		codec.encoder()
			.writeHeaders(context, 1, new DefaultHttp2Headers().status("200"), 0, true, context.newPromise());
		channel.flushOutbound();
		look(channel, connection, true);
		assertThat(codec.connection().numActiveStreams()).isOne();
		assertThat(connection.isBusy()).isFalse();
		channel.finishAndReleaseAll();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void anHttp2ConnectionIsClosedWithItsStreamsWhenTheServerStops(boolean asked) {
		EmbeddedChannel channel = http2();
		NettyConnection connection = connection(channel);
		request(channel);
		if (asked) {
			connection.goAway();
		}
		connection.close();
		channel.runPendingTasks();
		assertThat(channel.isOpen()).isFalse();
	}

	@Test
	void isNeitherBeginningNorBusyWhenItsEventLoopIsGone() {
		Channel channel = mock(Channel.class);
		EventLoop eventLoop = mock(EventLoop.class);
		given(channel.eventLoop()).willReturn(eventLoop);
		willThrow(RejectedExecutionException.class).given(eventLoop).execute(any());
		NettyConnection connection = new NettyConnection(channel, this.time::get);
		assertThat(connection.isBeginning()).isTrue();
		connection.closeIfIdle(true);
		assertThat(connection.isBeginning()).isFalse();
		assertThat(connection.isBusy()).isFalse();
	}

	private NettyConnection connection(EmbeddedChannel channel) {
		NettyConnection connection = new NettyConnection(channel, this.time::get);
		channel.pipeline().addFirst(NettyConnection.NAME, connection);
		return connection;
	}

	private static EmbeddedChannel http2() {
		Http2FrameCodec codec = Http2FrameCodecBuilder.forServer().build();
		return new EmbeddedChannel((ChannelHandler) codec);
	}

	private static void request(EmbeddedChannel channel) {
		request(channel, REQUEST);
	}

	private static void request(EmbeddedChannel channel, byte[] request) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		bytes.writeBytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
		bytes.writeBytes(SETTINGS);
		bytes.writeBytes(request);
		channel.writeInbound(Unpooled.wrappedBuffer(bytes.toByteArray()));
	}

	private static void look(EmbeddedChannel channel, NettyConnection connection, boolean patient) {
		connection.closeIfIdle(patient);
		channel.runPendingTasks();
	}

	/**
	 * Return what has been sent since this was last asked.
	 * @param channel the channel
	 * @return the last stream of each GOAWAY
	 */
	private static List<Integer> goAways(EmbeddedChannel channel) {
		ByteBuf sent = Unpooled.buffer();
		for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
			sent.writeBytes(part);
			part.release();
		}
		List<Integer> lastStreams = new ArrayList<>();
		while (sent.isReadable()) {
			int length = sent.readUnsignedMedium();
			int type = sent.readUnsignedByte();
			sent.skipBytes(5);
			if (type == GOAWAY) {
				lastStreams.add(sent.getInt(sent.readerIndex()));
			}
			sent.skipBytes(length);
		}
		return lastStreams;
	}

}
