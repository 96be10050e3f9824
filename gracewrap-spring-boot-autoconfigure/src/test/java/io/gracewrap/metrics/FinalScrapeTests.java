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

package io.gracewrap.metrics;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link FinalScrape}.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class FinalScrapeTests {

	private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1000);

	private final FinalScrape scrape = create(5, true);

	private final OperationInvoker endpoint = expose(this.scrape, "prometheus", () -> {
	});

	@Test
	void waitsForAScrapeAndUntilItsAnswerHasLeft(CapturedOutput output) {
		assertThat(this.scrape.isReadyToClose()).isFalse();
		pass(3000);
		assertThat(this.scrape.isReadyToClose()).isFalse();
		assertThat(this.endpoint.invoke(context())).isEqualTo("figures");
		assertThat(this.scrape.isReadyToClose()).isFalse();
		pass(99);
		assertThat(this.scrape.isReadyToClose()).isFalse();
		pass(1);
		assertThat(this.scrape.isReadyToClose()).isTrue();
		this.scrape.stop(Duration.ZERO);
		assertThat(output).containsOnlyOnce("Waiting for a last scrape, 5.000 s at most").doesNotContain("No last");
	}

	@Test
	void waitsNoLongerThanItMay(CapturedOutput output) {
		assertThat(this.scrape.isReadyToClose()).isFalse();
		pass(4999);
		assertThat(this.scrape.isReadyToClose()).isFalse();
		pass(1);
		assertThat(this.scrape.isReadyToClose()).isTrue();
		assertThat(this.scrape.isReadyToClose()).isTrue();
		this.scrape.stop(Duration.ZERO);
		assertThat(output).containsOnlyOnce("No last scrape came within 5.000 s");
	}

	@Test
	void saysSoWhenTheBudgetEndsTheWait(CapturedOutput output) {
		assertThat(this.scrape.isReadyToClose()).isFalse();
		pass(2000);
		assertThat(this.scrape.isReadyToClose()).isFalse();
		this.scrape.stop(Duration.ZERO);
		assertThat(output).containsOnlyOnce("No last scrape came within 2.000 s");
	}

	@Test
	void scrapesBeforeTheEndOfTheDrainDoNotCount() {
		this.endpoint.invoke(context());
		assertThat(this.scrape.isReadyToClose()).isFalse();
		pass(200);
		assertThat(this.scrape.isReadyToClose()).isFalse();
	}

	@Test
	void aScrapeThatBeganBeforeTheEndOfTheDrainDoesNotCount() {
		OperationInvoker slow = expose(this.scrape, "prometheus",
				() -> assertThat(this.scrape.isReadyToClose()).isFalse());
		slow.invoke(context());
		pass(200);
		assertThat(this.scrape.isReadyToClose()).isFalse();
	}

	@Test
	void aScrapeThatFailsDoesNotCount() {
		OperationInvoker failing = expose(this.scrape, "prometheus", () -> {
			throw new IllegalStateException("failed");
		});
		assertThat(this.scrape.isReadyToClose()).isFalse();
		assertThatIllegalStateException().isThrownBy(() -> failing.invoke(context()));
		pass(200);
		assertThat(this.scrape.isReadyToClose()).isFalse();
	}

	@Test
	void otherEndpointsAreLeftAlone() {
		OperationInvoker invoker = (context) -> "health";
		assertThat(this.scrape.apply(EndpointId.of("health"), OperationType.READ, mock(OperationParameters.class),
				invoker))
			.isSameAs(invoker);
	}

	@Test
	void doesNotWaitUnlessAskedTo(CapturedOutput output) {
		FinalScrape scrape = create(0, true);
		expose(scrape, "prometheus", () -> {
		});
		assertThat(scrape.isReadyToClose()).isTrue();
		assertThat(output).doesNotContain("scrape");
	}

	@Test
	void doesNotWaitOnTheServerOfTheApplication(CapturedOutput output) {
		FinalScrape scrape = create(5, false);
		expose(scrape, "prometheus", () -> {
		});
		assertThat(scrape.isReadyToClose()).isTrue();
		assertThat(scrape.isReadyToClose()).isTrue();
		assertThat(output).containsOnlyOnce("set 'management.server.port'");
	}

	@Test
	void doesNotWaitWhereNothingCanBeScraped(CapturedOutput output) {
		FinalScrape scrape = create(5, true);
		expose(scrape, "health", () -> {
		});
		assertThat(scrape.isReadyToClose()).isTrue();
		assertThat(output).containsOnlyOnce("the prometheus endpoint is not exposed");
	}

	private FinalScrape create(long seconds, boolean ownServer) {
		return new FinalScrape(Duration.ofSeconds(seconds), ownServer, this.now::get);
	}

	private void pass(long millis) {
		this.now.addAndGet(Duration.ofMillis(millis).toNanos());
	}

	private static OperationInvoker expose(FinalScrape scrape, String endpoint, Runnable whenInvoked) {
		return scrape.apply(EndpointId.of(endpoint), OperationType.READ, mock(OperationParameters.class), (context) -> {
			whenInvoked.run();
			return "figures";
		});
	}

	private static InvocationContext context() {
		return new InvocationContext(SecurityContext.NONE, Map.of());
	}

}
