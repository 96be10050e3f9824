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

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application that does next to nothing, on each stack.
 *
 * @author GraceWrap Maintainers
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = ObservationAutoConfiguration.class)
@Import(HelloApplication.HelloController.class)
class HelloApplication {

	static final String PATH = "/hello";

	static final String ANSWER = "Hello";

	static final MethodDescriptor<String, String> METHOD = MethodDescriptor.<String, String>newBuilder()
		.setType(MethodDescriptor.MethodType.UNARY)
		.setFullMethodName("Greeter/Hello")
		.setRequestMarshaller(new StringMarshaller())
		.setResponseMarshaller(new StringMarshaller())
		.build();

	@Bean
	BindableService greeter() {
		return () -> ServerServiceDefinition.builder("Greeter")
			.addMethod(METHOD, ServerCalls.asyncUnaryCall(HelloApplication::hello))
			.build();
	}

	@Bean
	StartedGrpcServer startedGrpcServer() {
		return new StartedGrpcServer();
	}

	private static void hello(String request, StreamObserver<String> answer) {
		answer.onNext(ANSWER);
		answer.onCompleted();
	}

	@RestController
	static class HelloController {

		@GetMapping(PATH)
		String hello() {
			return ANSWER;
		}

	}

}
