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
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * nginx, which cannot ask the instances. A thread does it instead and has nginx reload
 * its configuration, as controllers do on Kubernetes.
 *
 * @author GraceWrap Maintainers
 */
final class Nginx extends Balancer {

	private static final String HTTP_LOCATION = """
						proxy_pass http://instances;
						proxy_http_version 1.1;
						proxy_set_header Connection "";
						proxy_next_upstream off;
						proxy_connect_timeout 2s;\
			""";

	private static final String GRPC_LOCATION = """
						grpc_pass grpc://instances;
						grpc_next_upstream off;
						grpc_connect_timeout 2s;\
			""";

	private final List<Instance> instances;

	private final Thread controller;

	private volatile List<Instance> serving;

	Nginx(Protocol protocol, Path directory, List<Instance> instances) throws IOException {
		super(protocol, directory, instances, 0);
		this.instances = instances;
		this.serving = instances;
		this.controller = new Thread(this::control, "nginx-controller");
		this.controller.setDaemon(true);
		this.controller.start();
	}

	private void control() {
		try {
			while (true) {
				Thread.sleep(CHECK_INTERVAL);
				List<Instance> ready = this.instances.stream().filter(Nginx::isReady).toList();
				if (!ready.isEmpty() && !ready.equals(this.serving)) {
					configure(ready);
					new ProcessBuilder("kill", "-HUP", Long.toString(pid())).start().waitFor();
					this.serving = ready;
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean isReady(Instance instance) {
		try (HttpConnection connection = HttpConnection.open(instance.port())) {
			return connection.exchange(HttpConnection.get(READINESS), Duration.ofSeconds(2)).status() == 200;
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Override
	String configuration(Protocol protocol, int port, List<Instance> instances, int unused) {
		boolean grpc = protocol == Protocol.GRPC;
		String servers = instances.stream()
			.map((instance) -> "\t\tserver 127.0.0.1:%d max_fails=0;".formatted(instance.port(protocol)))
			.collect(Collectors.joining("\n"));
		// Clients get a new connection for each request: a reload closes idle ones.
		return """
				user root;
				daemon off;
				worker_processes 1;
				pid %1$s/nginx.pid;
				error_log stderr warn;
				events {
				}
				http {
					log_format short 'request status=$status server=$upstream_addr answered=$upstream_status';
					access_log /dev/stdout short;
					client_body_temp_path %1$s;
					proxy_temp_path %1$s;
					fastcgi_temp_path %1$s;
					uwsgi_temp_path %1$s;
					scgi_temp_path %1$s;
					keepalive_timeout %6$s;
					keepalive_requests 1000000;
					upstream instances {
				%2$s
						keepalive 32;
					}
					server {
						listen 127.0.0.1:%3$d%4$s;
						location / {
				%5$s
						}
					}
				}
				""".formatted(directory(), servers, port, grpc ? " http2" : "", grpc ? GRPC_LOCATION : HTTP_LOCATION,
				grpc ? "60s" : "0");
	}

	@Override
	List<String> command(Path configuration) {
		return List.of("nginx", "-p", configuration.getParent().toString(), "-c", configuration.toString(), "-e",
				"stderr");
	}

	@Override
	boolean serves(Instance instance) throws IOException {
		try (HttpConnection connection = HttpConnection.open(port())) {
			return this.serving.contains(instance);
		}
		catch (ConnectException ex) {
			// It has not opened its port yet.
			return false;
		}
	}

	@Override
	public void close() {
		this.controller.interrupt();
		super.close();
	}

}
