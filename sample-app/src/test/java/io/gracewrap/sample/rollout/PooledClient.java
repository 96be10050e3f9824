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
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * A client with a connection pool that people use, as it comes: with its own idea of
 * which requests it repeats and which connections it trusts.
 *
 * @author GraceWrap Maintainers
 */
interface PooledClient extends AutoCloseable {

	Duration TIMEOUT = Duration.ofSeconds(60);

	/**
	 * Send a request, from any thread.
	 * @param path the path and query
	 * @param json the body of a POST, or {@code null} for a GET
	 * @return the whole answer
	 * @throws Exception if there is none
	 */
	Answer send(String path, @Nullable String json) throws Exception;

	@Override
	void close() throws IOException;

	/**
	 * A whole answer.
	 *
	 * @param status its status
	 * @param body its body
	 */
	record Answer(int status, String body) {

	}

	/**
	 * The clients.
	 */
	enum Kind {

		JDK("JDK HttpClient") {

			@Override
			PooledClient create(int port, int connections) {
				return new JdkClient(port);
			}

		},

		APACHE("Apache HttpClient 5") {

			@Override
			PooledClient create(int port, int connections) {
				return new ApacheClient(port, connections);
			}

		},

		REACTOR_NETTY("Reactor Netty") {

			@Override
			PooledClient create(int port, int connections) {
				return new ReactorNettyClient(port, connections);
			}

		},

		OKHTTP("OkHttp") {

			@Override
			PooledClient create(int port, int connections) {
				return new OkHttp(port, connections);
			}

		};

		private final String label;

		Kind(String label) {
			this.label = label;
		}

		String label() {
			return this.label;
		}

		/**
		 * Create a client.
		 * @param port where the server listens
		 * @param connections how many connections its pool holds
		 * @return the client
		 */
		abstract PooledClient create(int port, int connections);

	}

	/**
	 * The client of the JDK, on HTTP/1.1. Its pool has no bound.
	 */
	final class JdkClient implements PooledClient {

		private final String base;

		private final java.net.http.HttpClient client = java.net.http.HttpClient.newBuilder()
			.version(java.net.http.HttpClient.Version.HTTP_1_1)
			.build();

		JdkClient(int port) {
			this.base = "http://localhost:" + port;
		}

		@Override
		public Answer send(String path, @Nullable String json) throws IOException, InterruptedException {
			HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.base + path)).timeout(TIMEOUT);
			if (json != null) {
				request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json));
			}
			HttpResponse<String> response = this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
			return new Answer(response.statusCode(), response.body());
		}

		@Override
		public void close() {
			// It can be closed since JDK 21, and ends by itself when nobody holds it.
		}

	}

	/**
	 * Apache HttpClient 5, the classic one.
	 */
	final class ApacheClient implements PooledClient {

		private final String base;

		private final CloseableHttpClient client;

		ApacheClient(int port, int connections) {
			this.base = "http://localhost:" + port;
			this.client = HttpClients.custom()
				.setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
					.setMaxConnPerRoute(connections)
					.setMaxConnTotal(connections)
					.build())
				.build();
		}

		@Override
		public Answer send(String path, @Nullable String json) throws IOException {
			ClassicHttpRequest request = (json != null)
					? ClassicRequestBuilder.post(this.base + path).setEntity(json, ContentType.APPLICATION_JSON).build()
					: ClassicRequestBuilder.get(this.base + path).build();
			return this.client.execute(request,
					(response) -> new Answer(response.getCode(), EntityUtils.toString(response.getEntity())));
		}

		@Override
		public void close() throws IOException {
			this.client.close();
		}

	}

	/**
	 * The client of Reactor Netty, which {@code WebClient} uses.
	 */
	final class ReactorNettyClient implements PooledClient {

		private final ConnectionProvider connections;

		private final HttpClient client;

		ReactorNettyClient(int port, int connections) {
			this.connections = ConnectionProvider.create("rollout", connections);
			this.client = HttpClient.create(this.connections).baseUrl("http://localhost:" + port);
		}

		@Override
		public Answer send(String path, @Nullable String json) {
			HttpClient.ResponseReceiver<?> request = (json != null)
					? this.client.headers((headers) -> headers.set("Content-Type", "application/json"))
						.post()
						.uri(path)
						.send(ByteBufFlux.fromString(Mono.just(json)))
					: this.client.get().uri(path);
			Answer answer = request
				.responseSingle((response, body) -> body.asString(StandardCharsets.UTF_8)
					.defaultIfEmpty("")
					.map((text) -> new Answer(response.status().code(), text)))
				.block(TIMEOUT);
			if (answer == null) {
				throw new IllegalStateException("No answer");
			}
			return answer;
		}

		@Override
		public void close() {
			this.connections.dispose();
		}

	}

	/**
	 * OkHttp.
	 */
	final class OkHttp implements PooledClient {

		private static final MediaType JSON = MediaType.get("application/json");

		private final String base;

		private final OkHttpClient client;

		OkHttp(int port, int connections) {
			this.base = "http://localhost:" + port;
			this.client = new OkHttpClient.Builder()
				.connectionPool(new ConnectionPool(connections, TIMEOUT.toSeconds(), TimeUnit.SECONDS))
				.readTimeout(TIMEOUT)
				.build();
		}

		@Override
		public Answer send(String path, @Nullable String json) throws IOException {
			Request.Builder request = new Request.Builder().url(this.base + path);
			if (json != null) {
				request.post(RequestBody.create(json, JSON));
			}
			try (Response response = this.client.newCall(request.build()).execute()) {
				return new Answer(response.code(), response.body().string());
			}
		}

		@Override
		public void close() {
			this.client.dispatcher().executorService().shutdown();
			this.client.connectionPool().evictAll();
		}

	}

}
