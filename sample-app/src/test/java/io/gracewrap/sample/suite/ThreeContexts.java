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

package io.gracewrap.sample.suite;

import java.util.List;

import io.gracewrap.sample.SampleApplication;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContextManager;

/**
 * Three test classes with different contexts, in a JVM of their own: all three close when
 * it ends. Without the Spring extension, so that no engine's own time is measured.
 *
 * @author GraceWrap Maintainers
 */
public final class ThreeContexts {

	private ThreeContexts() {
	}

	public static void main(String[] args) {
		for (Class<?> testClass : List.of(First.class, Second.class, Third.class)) {
			ApplicationContext context = new TestContextManager(testClass).getTestContext().getApplicationContext();
			System.out.println(testClass.getSimpleName() + " has " + context.getDisplayName());
		}
		System.exit(0);
	}

	@SpringBootTest(classes = SampleApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT,
			properties = { "spring.datasource.url=jdbc:h2:mem:first", "spring.grpc.server.port=0" })
	static class First {

	}

	@SpringBootTest(classes = SampleApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT,
			properties = { "spring.datasource.url=jdbc:h2:mem:second", "spring.grpc.server.port=0" })
	static class Second {

	}

	@SpringBootTest(classes = SampleApplication.class,
			properties = { "spring.datasource.url=jdbc:h2:mem:third", "spring.grpc.server.port=0" })
	static class Third {

	}

}
