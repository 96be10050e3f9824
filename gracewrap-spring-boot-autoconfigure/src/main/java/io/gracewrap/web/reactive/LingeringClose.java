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

package io.gracewrap.web.reactive;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;

/**
 * Closes a connection only when its last request has arrived to its end, or a second
 * later. Until then what comes is thrown away. Everything happens on the event loop.
 *
 * @author GraceWrap Maintainers
 */
final class LingeringClose extends ChannelDuplexHandler {

	static final String NAME = "gracewrap.linger";

	private static final long SECONDS = 1;

	private boolean arrived;

	private @Nullable ChannelPromise closing;

	private LingeringClose(boolean arrived) {
		this.arrived = arrived;
	}

	/**
	 * Let a connection linger when it is closed. Does nothing for the streams of HTTP/2.
	 * @param channel the connection
	 */
	static void addTo(Channel channel) {
		if (channel.eventLoop().inEventLoop()) {
			addOnEventLoop(channel.pipeline());
			return;
		}
		try {
			channel.eventLoop().execute(() -> addOnEventLoop(channel.pipeline()));
		}
		catch (RejectedExecutionException ex) {
			// The event loop has closed its channels.
		}
	}

	private static void addOnEventLoop(ChannelPipeline pipeline) {
		if (pipeline.channel().parent() instanceof ServerChannel && pipeline.get(NAME) == null
				&& pipeline.get(NettyPipeline.HttpTrafficHandler) != null) {
			ChannelOperations<?, ?> operations = ChannelOperations.get(pipeline.channel());
			pipeline.addBefore(NettyPipeline.HttpTrafficHandler, NAME,
					new LingeringClose(operations != null && operations.isInboundDisposed()));
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		boolean last = message instanceof LastHttpContent;
		this.arrived = last || (this.arrived && !(message instanceof HttpRequest));
		if (this.closing == null) {
			context.fireChannelRead(message);
			return;
		}
		ReferenceCountUtil.release(message);
		if (last) {
			close(context);
		}
	}

	@Override
	public void close(ChannelHandlerContext context, ChannelPromise promise) {
		Channel channel = context.channel();
		if (this.closing != null) {
			channel.closeFuture().addListener((closed) -> promise.trySuccess());
			return;
		}
		ChannelOperations<?, ?> operations = ChannelOperations.get(channel);
		if (this.arrived || (operations != null && operations.isInboundDisposed())) {
			context.close(promise);
			return;
		}
		this.closing = promise;
		// From the end of the request on the server has it on again. Meanwhile whoever
		// wants to read it may have it on, too.
		channel.config().setAutoRead(false);
		try {
			// The request may end in what is being read just now.
			context.executor().execute(() -> linger(context));
		}
		catch (RejectedExecutionException ex) {
			context.close(promise);
		}
	}

	private void linger(ChannelHandlerContext context) {
		if (this.arrived || context.channel().config().isAutoRead() || !context.channel().isActive()) {
			close(context);
			return;
		}
		context.channel().config().setAutoRead(true);
		context.executor().schedule(() -> close(context), SECONDS, TimeUnit.SECONDS);
	}

	private void close(ChannelHandlerContext context) {
		ChannelPromise closing = this.closing;
		if (closing != null && !closing.isDone()) {
			context.close(closing);
		}
	}

}
