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

package io.gracewrap.sample.blocks;

import io.gracewrap.sample.SampleApplication;

import org.springframework.boot.SpringApplication;
import org.springframework.context.support.GenericApplicationContext;

/**
 * The sample, in which blocks of requests pass GraceWrap by in turns with blocks that do
 * not. So the JVM is its own control: two JVMs differ by more than GraceWrap costs.
 * Prints the time of each block, to be loaded by as many clients as one processor serves.
 *
 * @author GraceWrap Maintainers
 */
public final class BlocksApplication {

	private BlocksApplication() {
	}

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(SampleApplication.class);
		application.addInitializers((context) -> ((GenericApplicationContext) context)
			.registerBean(BypassPostProcessor.class, () -> new BypassPostProcessor(new Blocks(System.out::println))));
		application.run(args);
	}

}
