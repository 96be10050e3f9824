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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link ServerProcess}.
 *
 * @author GraceWrap Maintainers
 */
@Timeout(60)
class ServerProcessTests {

	@TempDir
	private Path directory;

	@Test
	void seesTheExitAfterSigterm() throws Exception {
		try (ServerProcess process = start("300")) {
			process.awaitReady(Duration.ofSeconds(20));
			assertThat(process.awaitExit(Duration.ofMillis(10))).isNull();
			process.terminate();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(143);
			assertThat(exit.sinceSignal()).isBetween(Duration.ofMillis(300), Duration.ofSeconds(10));
			assertThat(process.log()).contains("up", "down");
			assertThat(process.probe()).isEqualTo(-1);
		}
	}

	@Test
	void seesTheExitAfterSigint() throws Exception {
		Assumptions.assumeTrue(ServerProcess.heedsInterrupt());
		try (ServerProcess process = start("0")) {
			process.awaitReady(Duration.ofSeconds(20));
			process.interrupt();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(130);
		}
	}

	@Test
	void killsAProcessThatDoesNotExit() throws Exception {
		try (ServerProcess process = start("60000")) {
			process.awaitReady(Duration.ofSeconds(20));
			process.terminate();
			assertThat(process.awaitExit(Duration.ofMillis(500))).isNull();
			process.close();
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(exit.code()).isEqualTo(137);
		}
	}

	@Test
	void aProcessThatDiesBeforeItIsReadyIsReportedWithItsLog() throws Exception {
		try (ServerProcess process = start("not a number")) {
			assertThatIOException().isThrownBy(() -> process.awaitReady(Duration.ofSeconds(20)))
				.withMessageContaining("NumberFormatException");
		}
	}

	private ServerProcess start(String closingTime) throws IOException {
		return ServerProcess.start(this.directory.resolve("server.log"),
				List.of("-cp", System.getProperty("java.class.path"), SlowServer.class.getName(), closingTime));
	}

}
