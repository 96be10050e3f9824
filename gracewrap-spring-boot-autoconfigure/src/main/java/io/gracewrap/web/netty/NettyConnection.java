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

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

import javax.net.ssl.SSLEngineResult.HandshakeStatus;

import io.gracewrap.Protocol;
import io.gracewrap.web.server.Patience;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * One connection, seen from its pipeline. Everything happens on its event loop, which
 * reads what has arrived between two looks. A connection that is open is beginning or
 * busy until it is known to be idle, and then it is closed.
 *
 * @author GraceWrap Maintainers
 */
final class NettyConnection extends ChannelInboundHandlerAdapter {

	static final String NAME = "gracewrap.connection";

	private static final long ON_ITS_WAY = Patience.ON_ITS_WAY.toNanos();

	private static final long FIRST_REQUEST = Patience.FIRST_REQUEST.toNanos();

	private static final long HANDSHAKE = Patience.HANDSHAKE.toNanos();

	private static final long AFTER_GOAWAY = Patience.AFTER_GOAWAY.toNanos();

	private final Channel channel;

	private final AtomicBoolean looking = new AtomicBoolean();

	private final LongSupplier nanoTime;

	/** When it was used last, or had its handshake, or was asked to go. */
	private long since;

	private long reads;

	private long readsSeen = -1;

	private boolean secured;

	/** By a response that may have been begun before anything could be announced. */
	private boolean used;

	private boolean impatient;

	/** Since patience has ended: its client had the time to hear that this closes. */
	private boolean answeredSince;

	/** By a session that ends by itself, whatever its client reads. */
	private boolean tracked;

	private boolean headBegun;

	private boolean goneAway;

	private boolean closing;

	private volatile boolean beginning = true;

	private volatile boolean busy;

	NettyConnection(Channel channel, LongSupplier nanoTime) {
		this.channel = channel;
		this.nanoTime = nanoTime;
		this.since = nanoTime.getAsLong();
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		this.reads++;
		this.headBegun |= ChannelOperations.get(this.channel) == null;
		context.fireChannelRead(message);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		if (event instanceof SslHandshakeCompletionEvent) {
			this.since = this.nanoTime.getAsLong();
			this.secured = true;
		}
		this.tracked |= event == Protocol.WEBSOCKET;
		context.fireUserEventTriggered(event);
	}

	void requestBegun() {
		this.headBegun = false;
	}

	/**
	 * A request has ended. Once patience has, that gives time only once, or a client that
	 * goes on asking would hold the drain where nothing is announced to it.
	 */
	void requestEnded() {
		this.used = true;
		if (!this.answeredSince) {
			this.since = this.nanoTime.getAsLong();
		}
		this.answeredSince = this.impatient;
	}

	boolean isBeginning() {
		return this.beginning;
	}

	boolean isBusy() {
		return this.busy;
	}

	void goAway() {
		execute(this::sendGoAwayOnce);
	}

	void closeIfIdle(boolean patient) {
		if (this.looking.compareAndSet(false, true)) {
			execute(() -> {
				this.looking.set(false);
				look(patient);
			});
		}
	}

	void close() {
		execute(() -> {
			Http2FrameCodec http2 = this.channel.pipeline().get(Http2FrameCodec.class);
			if (http2 != null) {
				http2.gracefulShutdownTimeoutMillis(0);
			}
			this.channel.close();
		});
	}

	private void execute(Runnable task) {
		try {
			this.channel.eventLoop().execute(task);
		}
		catch (RejectedExecutionException ex) {
			// The event loop has closed its channels.
			this.beginning = false;
			this.busy = false;
		}
	}

	private void look(boolean patient) {
		this.impatient |= !patient;
		Http2FrameCodec http2 = this.channel.pipeline().get(Http2FrameCodec.class);
		ChannelOperations<?, ?> operations = ChannelOperations.get(this.channel);
		if (http2 != null) {
			lookAtHttp2(http2, patient);
		}
		else if (operations != null) {
			this.readsSeen = -1;
			this.busy = !(this.tracked && operations instanceof WebsocketOutbound);
			this.beginning = false;
		}
		else if (isHandshaking(patient)
				|| ((patient || this.secured || this.used) && isWithin((this.reads == 0) ? FIRST_REQUEST : ON_ITS_WAY))
				|| (patient && (this.headBegun || hasRead()))) {
			this.beginning = true;
			// Versions before 1.3.8 of Reactor Netty may have left off reading
			// (reactor-netty#4361).
			this.channel.read();
		}
		else {
			this.channel.close();
		}
	}

	private void lookAtHttp2(Http2FrameCodec http2, boolean patient) {
		sendGoAwayOnce();
		boolean idle = isAnswered(http2);
		this.busy = !idle;
		this.beginning = isWithin(AFTER_GOAWAY) || (patient && idle && hasRead());
		// A client that goes on after the first GOAWAY learns which stream was its last.
		if (!this.beginning && (idle || !patient) && !this.closing) {
			this.closing = true;
			this.channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
			this.channel.close();
		}
	}

	// A client may still send, or never end, what nobody reads.
	private static boolean isAnswered(Http2FrameCodec http2) {
		try {
			return http2.connection()
				.forEachActiveStream((stream) -> stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) == null;
		}
		catch (Http2Exception ex) {
			return false;
		}
	}

	private void sendGoAwayOnce() {
		if (!this.goneAway && this.channel.pipeline().get(Http2FrameCodec.class) != null) {
			this.goneAway = true;
			this.since = this.nanoTime.getAsLong();
			// No last stream yet, so that none is lost that is on its way.
			this.channel
				.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE))
				.addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
		}
	}

	private boolean isWithin(long time) {
		return this.nanoTime.getAsLong() - this.since < time;
	}

	private boolean isHandshaking(boolean patient) {
		ChannelPipeline pipeline = this.channel.pipeline();
		SslHandler ssl = pipeline.get(SslHandler.class);
		if (ssl == null) {
			return patient && pipeline.get(AbstractSniHandler.class) != null;
		}
		boolean begun = ssl.engine().getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
		return !ssl.handshakeFuture().isDone() && (patient || (begun && isWithin(HANDSHAKE)));
	}

	private boolean hasRead() {
		boolean read = this.reads != this.readsSeen;
		this.readsSeen = this.reads;
		return read;
	}

}
