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

package io.gracewrap.benchmarks;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.coyote.ActionCode;
import org.apache.coyote.ActionHook;
import org.apache.coyote.Adapter;
import org.apache.coyote.OutputBuffer;
import org.apache.coyote.Request;
import org.apache.coyote.Response;

import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ReflectionUtils;

/**
 * Gives requests to Tomcat where its protocol would, when it has parsed them.
 *
 * @author GraceWrap Maintainers
 */
class TomcatExchange implements Exchange, ActionHook, OutputBuffer {

	private static final byte[] PATH = HelloApplication.PATH.getBytes(StandardCharsets.US_ASCII);

	private final Request request = new Request();

	private final Response response = new Response();

	private final Adapter adapter;

	private long written;

	TomcatExchange(ConfigurableApplicationContext application) {
		TomcatWebServer webServer = (TomcatWebServer) ((ServletWebServerApplicationContext) application).getWebServer();
		if (webServer == null) {
			throw new IllegalStateException("The application has no web server");
		}
		this.adapter = webServer.getTomcat().getConnector().getProtocolHandler().getAdapter();
		this.request.setResponse(this.response);
		setHook(this.request);
		setHook(this.response);
		this.response.setOutputBuffer(this);
	}

	/**
	 * Nobody but a protocol of Tomcat may.
	 * @param target a request or a response
	 */
	private void setHook(Object target) {
		Method method = Objects
			.requireNonNull(ReflectionUtils.findMethod(target.getClass(), "setHook", ActionHook.class));
		ReflectionUtils.makeAccessible(method);
		ReflectionUtils.invokeMethod(method, target, this);
	}

	@Override
	public void action(ActionCode code, Object parameter) {
		if (code == ActionCode.COMMIT) {
			this.response.setCommitted(true);
		}
		else if (code == ActionCode.IS_IO_ALLOWED) {
			((AtomicBoolean) parameter).set(true);
		}
	}

	@Override
	public long send() {
		this.written = 0;
		this.request.setMethod("GET");
		this.request.scheme().setString("http");
		this.request.protocol().setString("HTTP/1.1");
		this.request.serverName().setString("localhost");
		this.request.requestURI().setBytes(PATH, 0, PATH.length);
		try {
			this.adapter.service(this.request, this.response);
			if (this.response.getStatus() != 200) {
				throw new IllegalStateException("The answer is " + this.response.getStatus());
			}
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			this.request.recycle();
			this.response.recycle();
		}
		return this.written;
	}

	@Override
	public int doWrite(ByteBuffer chunk) {
		int length = chunk.remaining();
		this.written += length;
		chunk.position(chunk.limit());
		return length;
	}

	@Override
	public long getBytesWritten() {
		return this.written;
	}

}
