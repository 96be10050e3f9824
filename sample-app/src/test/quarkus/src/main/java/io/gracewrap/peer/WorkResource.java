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

package io.gracewrap.peer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.jboss.resteasy.reactive.RestQuery;

/**
 * Works for as long as asked to.
 *
 * @author GraceWrap Maintainers
 */
@Path("/")
@Produces(MediaType.TEXT_PLAIN)
public class WorkResource {

	@GET
	@Path("/work")
	public String work(@RestQuery @DefaultValue("50") long ms) throws InterruptedException {
		Thread.sleep(ms);
		return "worked " + ms + " ms";
	}

	@GET
	@Path("/async-work")
	public CompletionStage<String> workAsync(@RestQuery @DefaultValue("50") long ms) {
		return CompletableFuture.supplyAsync(() -> "worked " + ms + " ms",
				CompletableFuture.delayedExecutor(ms, TimeUnit.MILLISECONDS));
	}

}
