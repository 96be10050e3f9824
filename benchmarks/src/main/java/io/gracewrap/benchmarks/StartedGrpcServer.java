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

import java.util.Objects;

import io.grpc.Server;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationListener;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;

/**
 * Remembers the gRPC server of the application.
 *
 * @author GraceWrap Maintainers
 */
class StartedGrpcServer implements ApplicationListener<GrpcServerStartedEvent> {

	private volatile @Nullable Server server;

	@Override
	public void onApplicationEvent(GrpcServerStartedEvent event) {
		this.server = event.getServer();
	}

	Server get() {
		return Objects.requireNonNull(this.server, "No gRPC server has been started");
	}

}
