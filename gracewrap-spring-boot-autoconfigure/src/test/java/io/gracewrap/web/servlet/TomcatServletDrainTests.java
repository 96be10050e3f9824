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

package io.gracewrap.web.servlet;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlightRegistry;
import io.gracewrap.web.ClientConnection;
import io.gracewrap.web.Gate;
import io.gracewrap.web.RunningApplication;
import io.gracewrap.web.tomcat.DrainableHttp11NioProtocol;
import io.gracewrap.web.tomcat.TomcatConnections;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.ProtocolHandler;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Draining Tomcat.
 *
 * @author GraceWrap Maintainers
 */
class TomcatServletDrainTests extends AbstractServletDrainTests {

	private static final String HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

	private static final String EMPTY_SETTINGS = "\0\0\0\4\0\0\0\0\0";

	private static final int FRAME_HEAD = 9;

	private static final int DATA = 0;

	private static final int HEADERS = 1;

	private static final int RST_STREAM = 3;

	private static final int END_STREAM = 1;

	private static final int GOAWAY = 7;

	@Override
	Class<?> server() {
		return ServletServers.TomcatServer.class;
	}

	@Test
	void anIdleHttp2ConnectionIsAskedToGoAndNotCut() throws Exception {
		try (RunningApplication application = start("server.http2.enabled=true", "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s");
				ClientConnection http2 = application.connect();
				ClientConnection busy = application.connect()) {
			http2.write(HTTP2_PREFACE + EMPTY_SETTINGS);
			readFrame(http2);
			busy.get("/blocked/1");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			CompletableFuture<?> closing = CompletableFuture.runAsync(application::close);
			while (readFrame(http2).type() != GOAWAY) {
				assertThat(closing).isNotDone();
			}
			gate.open();
			assertThat(busy.receive().body()).isEqualTo("done");
			closing.get();
		}
	}

	@Test
	void connectionsThatTomcatHasNotAcceptedYetAreServed() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s", "server.tomcat.max-connections=1");
				ClientConnection busy = application.connect()) {
			busy.get("/blocked/1");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			// One that the acceptor takes when it has been stopped, and those behind it.
			List<ClientConnection> waiting = new ArrayList<>();
			try {
				for (int i = 0; i < 4; i++) {
					ClientConnection client = application.connect();
					waiting.add(client);
					client.get("/quick");
				}
				CompletableFuture<Duration> closing = close(application);
				for (ClientConnection client : waiting) {
					assertThat(client.receive().body()).isEqualTo("quick");
				}
				gate.open();
				assertThat(busy.receive().body()).isEqualTo("done");
				await(closing);
			}
			finally {
				for (ClientConnection client : waiting) {
					client.close();
				}
			}
		}
	}

	@Test
	void aConnectionThatAWorkerServesMayBeBeginningARequestForAWhile() throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s");
				ClientConnection busy = application.connect()) {
			busy.get("/blocked/1");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			WebServer webServer = ((WebServerApplicationContext) application.context()).getWebServer();
			TomcatConnections connections = application.bean(TomcatConnections.class);
			assertThat(connections.closeIdle(webServer, true)).isTrue();
			assertThat(connections.closeIdle(webServer, false)).isFalse();
			gate.open();
			assertThat(busy.receive().body()).isEqualTo("done");
		}
	}

	/**
	 * Half of the first waits, half of the others its client reads too late.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "/half", "/large", "/large?sized=false" })
	void halfAnAnswerOnHttp2DoesNotLookLikeAWholeOne(String path) throws Exception {
		try (RunningApplication application = start("server.http2.enabled=true", "gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s", "gracewrap.drain-timeout=4s", "gracewrap.hard-stop-timeout=8s");
				ClientConnection http2 = new ClientConnection(application.port(), 10_000)) {
			String get = "\u0082\u0086\4" + (char) path.length() + path;
			http2.write(HTTP2_PREFACE + EMPTY_SETTINGS + "\0\0" + (char) get.length() + "\1\5\0\0\0\1" + get);
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			awaitState(application.bean(GraceWrap.class), DrainState.DRAINING);
			gate.open();
			await(closing);
			List<Frame> frames = new ArrayList<>();
			assertThatExceptionOfType(EOFException.class).isThrownBy(() -> {
				while (true) {
					frames.add(readFrame(http2));
				}
			});
			assertThat(frames).extracting(Frame::type).contains(DATA, RST_STREAM);
			assertThat(frames).noneMatch(Frame::endsStream);
		}
	}

	@Test
	void whatIsAllowedIsWhatTomcatSays() throws Exception {
		try (RunningApplication application = startWith(PlainServlet.class);
				ClientConnection client = application.connect()) {
			assertThat(client.send("OPTIONS /plain HTTP/1.1").receive().header("Allow"))
				.containsExactly("GET, HEAD, OPTIONS");
		}
	}

	@Test
	void halfAnAnswerIsNotEndedByTheStop(CapturedOutput output) throws Exception {
		try (RunningApplication application = start("gracewrap.load-balancer-delay=0s",
				"gracewrap.max-load-balancer-delay=0s", "gracewrap.drain-timeout=4s", "gracewrap.hard-stop-timeout=8s");
				ClientConnection client = application.connect()) {
			client.get("/half-emitted");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			awaitState(application.bean(GraceWrap.class), DrainState.DRAINING);
			gate.open();
			client.receiveHead();
			client.bytes("4\r\nhalf\r\n".length());
			// What waits is told by a worker that its time is over: here before the stop
			// goes on.
			TomcatWebServer webServer = (TomcatWebServer) ((WebServerApplicationContext) application.context())
				.getWebServer();
			ProtocolHandler protocol = webServer.getTomcat().getConnector().getProtocolHandler();
			ExecutorService workers = (ExecutorService) protocol.getExecutor();
			protocol.setExecutor(Runnable::run);
			try {
				assertThatExceptionOfType(EOFException.class).isThrownBy(() -> client.bytes(1));
				await(closing);
			}
			finally {
				workers.shutdown();
			}
		}
		assertThat(output).doesNotContain("RecycleRequired");
	}

	/**
	 * Tomcat deletes the file each time it closes the socket.
	 * @param directory where the socket is
	 * @param output what is logged
	 */
	@Test
	void aUnixDomainSocketIsClosedOnce(@TempDir Path directory, CapturedOutput output) {
		Path socket = directory.resolve("tomcat.sock");
		UnixDomainSocket.path = socket;
		try (RunningApplication application = startWith(UnixDomainSocket.class)) {
			assertThat(socket).exists();
		}
		assertThat(socket).doesNotExist();
		assertThat(output).contains("Drain state STOPPED").doesNotContain("Failed to close server socket");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aFileThatTomcatSendsByItselfIsSentToItsEnd(boolean early, @TempDir Path directory) throws Exception {
		Path file = Files.write(directory.resolve("file"), new byte[DrainedApplication.LARGE]);
		try (RunningApplication application = startWith(FileSender.class);
				ClientConnection reading = new ClientConnection(application.port(), 10_000)) {
			reading.get("/file?name=" + file);
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			InFlightRegistry registry = application.bean(InFlightRegistry.class);
			if (early) {
				gate.open();
				Awaitility.await().until(registry::isEmpty);
			}
			CompletableFuture<Duration> closing = close(application);
			awaitState(application.bean(GraceWrap.class), DrainState.DRAINING);
			TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
			if (!early) {
				gate.open();
				Awaitility.await().until(registry::isEmpty);
				TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
			}
			assertThat(reading.receiveHead().status()).isEqualTo(200);
			reading.bytes(DrainedApplication.LARGE);
			assertThat(reading.endsHere()).isTrue();
			await(closing);
		}
	}

	@Test
	void aConnectionThatHasSentAFileIsIdleLikeAnyOther(@TempDir Path directory) throws Exception {
		Path file = Files.write(directory.resolve("file"), new byte[DrainedApplication.LARGE]);
		try (RunningApplication application = startWith(FileSender.class);
				ClientConnection reading = new ClientConnection(application.port(), 10_000);
				ClientConnection busy = application.connect()) {
			Gate gate = application.bean(Gate.class);
			reading.get("/file?name=" + file);
			gate.awaitArrivals(1);
			gate.open();
			assertThat(reading.receive().body()).hasSize(DrainedApplication.LARGE);
			busy.get("/blocked/1");
			gate.awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			assertThat(reading.endsHere()).isTrue();
			assertThat(closing).isNotDone();
			gate.open();
			assertThat(busy.receive().body()).isEqualTo("done");
			await(closing);
		}
	}

	@Test
	void aConnectorThatTheApplicationAddsIsDrainedLikeTheFirst() throws Exception {
		try (RunningApplication application = startWith(AddedConnector.class);
				ClientConnection idle = new ClientConnection(application.bean(AddedConnector.class).port());
				ClientConnection busy = new ClientConnection(application.bean(AddedConnector.class).port())) {
			idle.get("/quick").receive();
			busy.get("/blocked/1");
			Gate gate = application.bean(Gate.class);
			gate.awaitArrivals(1);
			CompletableFuture<Duration> closing = close(application);
			assertThat(idle.endsHere()).isTrue();
			assertThat(closing).isNotDone();
			gate.open();
			assertThat(busy.receive().body()).isEqualTo("done");
			await(closing);
		}
	}

	private static Frame readFrame(ClientConnection client) throws Exception {
		ByteBuffer head = ByteBuffer.wrap(client.bytes(FRAME_HEAD));
		int lengthAndType = head.getInt();
		client.bytes(lengthAndType >>> Byte.SIZE);
		return new Frame(lengthAndType & 0xFF, head.get());
	}

	private record Frame(int type, int flags) {

		boolean endsStream() {
			return (this.type == DATA || this.type == HEADERS) && (this.flags & END_STREAM) != 0;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PlainServlet {

		@Bean
		ServletRegistrationBean<HttpServlet> plainServlet() {
			return new ServletRegistrationBean<>(new HttpServlet() {

				@Override
				protected void doGet(HttpServletRequest request, HttpServletResponse response) {
					// Is only asked what it may be asked.
				}

			}, "/plain");
		}

	}

	static class AddedConnector implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

		private final Connector connector = new Connector(DrainableHttp11NioProtocol.class.getName());

		@Override
		public void customize(TomcatServletWebServerFactory factory) {
			this.connector.setPort(0);
			factory.addAdditionalConnectors(this.connector);
		}

		int port() {
			return this.connector.getLocalPort();
		}

	}

	static class UnixDomainSocket implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

		static volatile Path path;

		@Override
		public void customize(TomcatServletWebServerFactory factory) {
			factory
				.addConnectorCustomizers((connector) -> connector.setProperty("unixDomainSocketPath", path.toString()));
		}

	}

	@RestController
	static class FileSender {

		private final Gate gate;

		FileSender(Gate gate) {
			this.gate = gate;
		}

		@GetMapping("/file")
		void file(@RequestParam String name, HttpServletRequest request, HttpServletResponse response)
				throws InterruptedException {
			this.gate.pass();
			response.setContentLength(DrainedApplication.LARGE);
			request.setAttribute("org.apache.tomcat.sendfile.filename", name);
			request.setAttribute("org.apache.tomcat.sendfile.start", 0L);
			request.setAttribute("org.apache.tomcat.sendfile.end", (long) DrainedApplication.LARGE);
		}

	}

}
