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

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Forwarder}.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(60)
class ForwarderTests {

	private final AtomicInteger connections = new AtomicInteger();

	private final AtomicInteger endpoint = new AtomicInteger();

	private ServerSocket pod;

	private ServerSocket otherPod;

	private Forwarder forwarder;

	@BeforeEach
	void open() throws IOException {
		this.pod = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
		this.otherPod = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
		this.endpoint.set(this.pod.getLocalPort());
		this.forwarder = new Forwarder(this.endpoint::get, this.connections::incrementAndGet);
	}

	@AfterEach
	void close() throws IOException {
		this.forwarder.close();
		this.pod.close();
		this.otherPod.close();
	}

	@Test
	void handsOnWhatBothSidesSayAndTheirEnds() throws Exception {
		try (Socket client = connect(); Socket server = this.pod.accept()) {
			client.getOutputStream().write("question".getBytes(StandardCharsets.US_ASCII));
			assertThat(server.getInputStream().readNBytes(8)).asString().isEqualTo("question");
			client.shutdownOutput();
			assertThat(server.getInputStream().read()).isNegative();
			server.getOutputStream().write("answer".getBytes(StandardCharsets.US_ASCII));
			server.close();
			assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
			assertThat(this.connections).hasValue(1);
		}
	}

	@Test
	void aConnectionStaysWhereItIsAndTheNextOneGoesElsewhere() throws Exception {
		try (Socket first = connect(); Socket server = this.pod.accept()) {
			this.endpoint.set(this.otherPod.getLocalPort());
			try (Socket second = connect(); Socket other = this.otherPod.accept()) {
				first.getOutputStream().write(1);
				second.getOutputStream().write(2);
				assertThat(server.getInputStream().read()).isOne();
				assertThat(other.getInputStream().read()).isEqualTo(2);
				assertThat(this.connections).hasValue(2);
			}
		}
	}

	@Test
	void handsOnAReset() throws Exception {
		try (Socket client = connect(); Socket server = this.pod.accept()) {
			server.setSoLinger(true, 0);
			server.close();
			assertThatExceptionOfType(SocketException.class).isThrownBy(() -> client.getInputStream().read());
		}
	}

	@Test
	void resetsAConnectionThatThePodRefuses() throws Exception {
		this.pod.close();
		try (Socket client = connect()) {
			assertThatExceptionOfType(SocketException.class).isThrownBy(() -> client.getInputStream().read());
		}
	}

	@Test
	void aNetworkHandsOnLaterInOrder() throws Exception {
		Duration latency = Duration.ofMillis(200);
		try (Forwarder far = new Forwarder(this.endpoint::get, () -> {
		}, latency);
				Socket client = new Socket(InetAddress.getLoopbackAddress(), far.port());
				Socket server = this.pod.accept()) {
			long sent = System.nanoTime();
			for (int i = 0; i < 100; i++) {
				client.getOutputStream().write(i);
			}
			client.shutdownOutput();
			byte[] heard = server.getInputStream().readAllBytes();
			assertThat(Duration.ofNanos(System.nanoTime() - sent)).isGreaterThanOrEqualTo(latency);
			assertThat(heard).hasSize(100);
			IntStream.range(0, 100).forEach((i) -> assertThat(heard[i]).isEqualTo((byte) i));
			sent = System.nanoTime();
			server.setSoLinger(true, 0);
			server.close();
			assertThatExceptionOfType(SocketException.class).isThrownBy(() -> client.getInputStream().read());
			assertThat(Duration.ofNanos(System.nanoTime() - sent)).isGreaterThanOrEqualTo(latency);
		}
	}

	private Socket connect() throws IOException {
		return new Socket(InetAddress.getLoopbackAddress(), this.forwarder.port());
	}

}
