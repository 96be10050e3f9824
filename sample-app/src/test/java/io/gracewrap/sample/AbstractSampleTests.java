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

package io.gracewrap.sample;

import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the sample promises on every server.
 *
 * @author GraceWrap Maintainers
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "sample.payment-time=10ms")
@DirtiesContext
abstract class AbstractSampleTests {

	@TempDir
	static Path directory;

	@Autowired
	private WebServerApplicationContext context;

	@Autowired
	private OrderRepository orders;

	private RestTestClient client;

	@DynamicPropertySource
	static void database(DynamicPropertyRegistry registry) {
		registry.add("sample.database", () -> directory.resolve("orders").toString());
	}

	@BeforeEach
	void connect() {
		int port = this.context.getWebServer().getPort();
		this.client = RestTestClient.bindToServer().baseUrl("http://localhost:" + port).build();
	}

	abstract String server();

	@Test
	void runsOnTheServerThatItsProfilesName() {
		assertThat(this.context.getWebServer().getClass().getSimpleName()).startsWith(server());
	}

	@Test
	void anOrderIsBegunFinishedAndAcknowledged() {
		OrderRepository.Summary before = this.orders.summary();
		OrderController.PlacedOrder placed = this.client.post()
			.uri("/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.body("{\"item\":\"tea\",\"quantity\":2}")
			.exchange()
			.expectStatus()
			.isCreated()
			.expectHeader()
			.exists(HttpHeaders.LOCATION)
			.expectBody(OrderController.PlacedOrder.class)
			.returnResult()
			.getResponseBody();
		assertThat(placed).isNotNull();
		this.client.get()
			.uri("/orders/" + placed.id())
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.item")
			.isEqualTo("tea")
			.jsonPath("$.quantity")
			.isEqualTo(2)
			.jsonPath("$.status")
			.isEqualTo("ACKNOWLEDGED");
		this.client.get()
			.uri("/orders/summary")
			.exchange()
			.expectBody(OrderRepository.Summary.class)
			.isEqualTo(
					new OrderRepository.Summary(before.begun() + 1, before.finished() + 1, before.acknowledged() + 1));
	}

	@Test
	void anOrderWithoutAnItemIsNotBegun() {
		OrderRepository.Summary before = this.orders.summary();
		this.client.post()
			.uri("/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.body("{\"quantity\":2}")
			.exchange()
			.expectStatus()
			.isBadRequest();
		assertThat(this.orders.summary()).isEqualTo(before);
	}

	@Test
	void anOrderThatIsNotThereIsNotFound() {
		this.client.get().uri("/orders/0").exchange().expectStatus().isNotFound();
	}

	@Test
	void aPaymentThatIsInterruptedLeavesItsOrderHalfDoneAndTheDatabaseOpen() throws InterruptedException {
		OrderRepository.Summary before = this.orders.summary();
		Thread client = new Thread(() -> this.client.post()
			.uri("/orders?payment-time=30s")
			.contentType(MediaType.APPLICATION_JSON)
			.body("{\"item\":\"tea\",\"quantity\":1}")
			.exchange()
			.expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE));
		client.start();
		while (this.orders.summary().begun() == before.begun()) {
			Thread.sleep(10);
		}
		while (client.isAlive()) {
			interruptPayments();
			client.join(50);
		}
		assertThat(this.orders.summary())
			.isEqualTo(new OrderRepository.Summary(before.begun() + 1, before.finished(), before.acknowledged()));
	}

	private void interruptPayments() {
		Thread.getAllStackTraces().forEach((thread, frames) -> {
			for (StackTraceElement frame : frames) {
				if (frame.getClassName().equals(PaymentService.class.getName())) {
					thread.interrupt();
				}
			}
		});
	}

	@Test
	void worksAsLongAsItIsAskedTo() {
		this.client.get()
			.uri("/work?ms=1")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.isEqualTo("worked 1 ms");
		this.client.get()
			.uri("/async-work?ms=1")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.isEqualTo("worked 1 ms");
	}

	@Test
	void readinessIsWhereTheProbeLooks() {
		this.client.get().uri("/actuator/health/readiness").exchange().expectStatus().isOk();
	}

	@Test
	void metricsCanBeScraped() {
		this.client.get().uri("/actuator/prometheus").exchange().expectStatus().isOk();
	}

}
