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
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Prometheus server that scrapes one application every second.
 *
 * @author GraceWrap Maintainers
 */
final class Prometheus implements AutoCloseable {

	private static final Pattern VALUE = Pattern.compile("\"value\":\\[[\\d.]+,\"([^\"]+)\"]");

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final HttpClient client = HttpClient.newHttpClient();

	private final Process process;

	private final int port;

	private final Path log;

	private Prometheus(Process process, int port, Path log) {
		this.process = process;
		this.port = port;
		this.log = log;
	}

	static Prometheus start(Path directory, int scrapedPort) throws IOException {
		Files.createDirectories(directory);
		Path configuration = Files.writeString(directory.resolve("prometheus.yml"), """
				global:
				  scrape_interval: 1s
				  scrape_timeout: 1s
				scrape_configs:
				  - job_name: sample
				    metrics_path: /actuator/prometheus
				    static_configs:
				      - targets: ['127.0.0.1:%d']
				""".formatted(scrapedPort));
		Path log = directory.resolve("prometheus.log");
		int port = ServerProcess.freePort();
		Process process = new ProcessBuilder("prometheus", "--config.file=" + configuration,
				"--storage.tsdb.path=" + directory.resolve("data"), "--web.listen-address=127.0.0.1:" + port)
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		return new Prometheus(process, port, log);
	}

	/**
	 * Wait until a query has a value.
	 * @param query the query
	 * @throws InterruptedException if interrupted
	 */
	void await(String query) throws InterruptedException {
		long deadline = System.nanoTime() + TIMEOUT.toNanos();
		while (query(query).isEmpty()) {
			if (!this.process.isAlive() || System.nanoTime() - deadline > 0) {
				throw new IllegalStateException("Prometheus has no '" + query + "', see " + this.log);
			}
			Thread.sleep(100);
		}
	}

	/**
	 * Ask for what was scraped last, also of an application that has gone.
	 * @param series the series
	 * @return its value
	 * @throws InterruptedException if interrupted
	 */
	double last(String series) throws InterruptedException {
		return query("last_over_time(" + series + "[10m])").orElseThrow();
	}

	private OptionalDouble query(String query) throws InterruptedException {
		URI uri = URI.create("http://127.0.0.1:" + this.port + "/api/v1/query?query="
				+ URLEncoder.encode(query, StandardCharsets.UTF_8));
		try {
			String answer = this.client
				.send(HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), BodyHandlers.ofString())
				.body();
			Matcher matcher = VALUE.matcher(answer);
			return matcher.find() ? OptionalDouble.of(Double.parseDouble(matcher.group(1))) : OptionalDouble.empty();
		}
		catch (IOException ex) {
			if (this.process.isAlive()) {
				// It has not opened its port yet.
				return OptionalDouble.empty();
			}
			throw new UncheckedIOException("Prometheus is gone, see " + this.log, ex);
		}
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
