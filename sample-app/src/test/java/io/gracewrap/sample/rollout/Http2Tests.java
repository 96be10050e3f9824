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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.gracewrap.sample.rollout.ServerProcess.Exit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What an HTTP/2 client that is not ours sees.
 *
 * @author GraceWrap Maintainers
 */
@Tag("process")
class Http2Tests {

	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "tomcat", "jetty", "netty" })
	@Tag("long")
	void theFrameLogShowsGoAwayBeforeTheResponseOfTheStreamInFlight(String server) throws Exception {
		assumeThat(Commands.isInstalled("nghttp")).isTrue();
		Path log = this.directory.resolve("frames.log");
		try (ServerProcess process = Sample.start(server, "--gracewrap.load-balancer-delay=1s")) {
			Process nghttp = new ProcessBuilder("nghttp", "-v",
					"http://localhost:" + process.port() + "/async-work?ms=3000")
				.redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
			long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
			while (!Files.readString(log).contains("send HEADERS frame")) {
				assertThat(System.nanoTime() - deadline).as("time to send a request").isNegative();
				Thread.sleep(20);
			}
			process.terminate();
			assertThat(nghttp.waitFor(30, TimeUnit.SECONDS)).isTrue();
			assertThat(nghttp.exitValue()).isZero();
			String frames = Files.readString(log);
			assertThat(frames).contains("recv GOAWAY frame", "last_stream_id=2147483647", ":status: 200");
			assertThat(frames.indexOf("recv GOAWAY frame")).isLessThan(frames.indexOf(":status: 200"));
			assertThat(frames).doesNotContainIgnoringCase("connection: close").doesNotContain("RST_STREAM");
			Exit exit = process.awaitExit(Duration.ofSeconds(20));
			assertThat(exit).isNotNull();
			assertThat(process.log()).contains("0 aborted");
		}
	}

}
