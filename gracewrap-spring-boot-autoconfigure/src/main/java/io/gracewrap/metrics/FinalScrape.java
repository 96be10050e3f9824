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
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.gracewrap.DrainParticipant;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Keeps the management server up after the drain until Prometheus has scraped the final
 * figures once. Innermost of all advisors, so that an answer from a cache is no scrape.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class FinalScrape implements OperationInvokerAdvisor, DrainParticipant {

	private static final Log logger = LogFactory.getLog(FinalScrape.class);

	private static final EndpointId PROMETHEUS = EndpointId.of("prometheus");

	/** The answer leaves when the operation has returned. */
	private static final long LEAVING = TimeUnit.MILLISECONDS.toNanos(100);

	private final Duration atMost;

	private final boolean ownServer;

	private final LongSupplier nanoTime;

	private volatile boolean exposed;

	private volatile boolean drained;

	private volatile @Nullable Long scrapedAt;

	private long drainedAt;

	private boolean done;

	private boolean awaited;

	/**
	 * Create the wait for a scrape.
	 * @param atMost how long to wait
	 * @param ownServer whether endpoints have a server of their own: the application's
	 * accepts no connection when the drain is over
	 */
	public FinalScrape(Duration atMost, boolean ownServer) {
		this(atMost, ownServer, System::nanoTime);
	}

	FinalScrape(Duration atMost, boolean ownServer, LongSupplier nanoTime) {
		this.atMost = atMost;
		this.ownServer = ownServer;
		this.nanoTime = nanoTime;
	}

	@Override
	public OperationInvoker apply(EndpointId endpointId, OperationType operationType, OperationParameters parameters,
			OperationInvoker invoker) {
		if (!endpointId.equals(PROMETHEUS)) {
			return invoker;
		}
		this.exposed = true;
		return (context) -> {
			boolean last = this.drained;
			Object figures = invoker.invoke(context);
			if (last) {
				this.scrapedAt = this.nanoTime.getAsLong();
			}
			return figures;
		};
	}

	@Override
	public boolean isReadyToClose() {
		if (!this.drained) {
			this.drainedAt = this.nanoTime.getAsLong();
			this.awaited = isAwaited();
			this.done = !this.awaited;
			this.drained = true;
		}
		this.done = this.done || isOver(this.nanoTime.getAsLong());
		return this.done;
	}

	private boolean isAwaited() {
		if (this.atMost.isZero()) {
			return false;
		}
		if (!this.exposed) {
			logger.info("No last scrape is waited for: the prometheus endpoint is not exposed");
			return false;
		}
		if (!this.ownServer) {
			logger.info("No last scrape is waited for: it needs a server of its own, set 'management.server.port'");
			return false;
		}
		logger.info(String.format(Locale.ROOT, "Waiting for a last scrape, %.3f s at most and within the budget",
				this.atMost.toNanos() / 1e9));
		return true;
	}

	private boolean isOver(long now) {
		Long scraped = this.scrapedAt;
		if (scraped != null) {
			return now - scraped >= LEAVING;
		}
		return now - this.drainedAt >= this.atMost.toNanos();
	}

	/**
	 * The wait is over, by its own limit or by that of the budget.
	 */
	@Override
	public void stop(Duration timeLeft) {
		if (this.awaited && this.scrapedAt == null) {
			logger.warn(String.format(Locale.ROOT,
					"No last scrape came within %.3f s: Prometheus does not have the final figures",
					(this.nanoTime.getAsLong() - this.drainedAt) / 1e9));
		}
	}

	@Override
	public String toString() {
		return "the last scrape";
	}

}
