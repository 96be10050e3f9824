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

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

import io.gracewrap.sample.grpc.OrdersGrpc;
import io.gracewrap.sample.grpc.Task;
import io.gracewrap.sample.grpc.TaskDone;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that an answer which is complete but not the right one counts as a failure.
 *
 * @author GraceWrap Maintainers
 */
class WrongAnswerTests {

	@ParameterizedTest
	@CsvSource({ "worked 1 ms, true", "worked, false" })
	void countsWrongAnswersOfHttp2(String answer, boolean right) throws Exception {
		Server server = new Server();
		ServerConnector connector = new ServerConnector(server,
				new HTTP2CServerConnectionFactory(new HttpConfiguration()));
		connector.setHost("localhost");
		server.addConnector(connector);
		server.setHandler(new Handler.Abstract() {

			@Override
			public boolean handle(Request request, Response response, Callback callback) {
				Content.Sink.write(response, true, answer, callback);
				return true;
			}

		});
		server.start();
		try (Http2Load load = new Http2Load(connector.getLocalPort(), 1, 1, "/work",
				(text) -> SampleJar.expectWorked(text, 1))) {
			assertThatAnswersAre(right, load, answer);
		}
		finally {
			server.stop();
		}
	}

	@ParameterizedTest
	@CsvSource({ "worked 1 ms, true", "worked, false" })
	void countsWrongAnswersOfGrpc(String answer, boolean right) throws Exception {
		io.grpc.Server server = NettyServerBuilder
			.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
			.addService(new OrdersGrpc.OrdersImplBase() {

				@Override
				public void work(Task task, StreamObserver<TaskDone> observer) {
					observer.onNext(TaskDone.newBuilder().setText(answer).build());
					observer.onCompleted();
				}

			})
			.build()
			.start();
		try (GrpcLoad load = new GrpcLoad(server.getPort(), 1)) {
			assertThatAnswersAre(right, load, answer);
		}
		finally {
			server.shutdownNow();
		}
	}

	private static void assertThatAnswersAre(boolean right, Clients load, String answer) throws Exception {
		load.start();
		Awaitility.await().until(() -> load.tally().report().requests() > 0);
		LoadReport report = load.end(Duration.ofSeconds(1));
		// Those that are left when it ends have no answer.
		String failures = String.join(", ", report.failuresByKind());
		if (right) {
			assertThat(report.requests()).isGreaterThan(report.failed());
			assertThat(failures).doesNotContain("wrong answer");
		}
		else {
			assertThat(report.failed()).isEqualTo(report.requests());
			assertThat(failures).contains("wrong answer: " + answer);
		}
	}

}
