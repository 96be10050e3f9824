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

package io.gracewrap.compliance;

import java.util.concurrent.atomic.AtomicBoolean;

import io.gracewrap.ComplianceReport;
import io.gracewrap.Drain;
import io.gracewrap.DrainState;
import io.gracewrap.DrainStateChangedEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.SmartApplicationListener;

/**
 * Warns once, on Kubernetes and when the application is ready and accepts traffic, of
 * what a graceful shutdown lacks, and tells all of it at the end if that is asked for.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class ComplianceLog implements SmartApplicationListener {

	private static final Log logger = LogFactory.getLog(ComplianceLog.class);

	private final ConfigurableApplicationContext context;

	private final Drain drain;

	private final ComplianceReport report;

	private final boolean atShutdown;

	private final AtomicBoolean due = new AtomicBoolean();

	/**
	 * Create the log.
	 * @param context the application context that is drained
	 * @param drain its drain
	 * @param report the report
	 * @param atShutdown whether to log all of it when the drain is over
	 */
	public ComplianceLog(ConfigurableApplicationContext context, Drain drain, ComplianceReport report,
			boolean atShutdown) {
		this.context = context;
		this.drain = drain;
		this.report = report;
		this.atShutdown = atShutdown;
	}

	@Override
	public boolean supportsEventType(Class<? extends ApplicationEvent> eventType) {
		return ApplicationReadyEvent.class.isAssignableFrom(eventType)
				|| AvailabilityChangeEvent.class.isAssignableFrom(eventType)
				|| DrainStateChangedEvent.class.isAssignableFrom(eventType);
	}

	/**
	 * The beans that are asked at the end are gone later.
	 */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		if (event instanceof ApplicationReadyEvent readyEvent) {
			// No more than that: readiness waits for those who hear of this (#5).
			if (readyEvent.getApplicationContext() == this.context) {
				this.due.set(true);
			}
		}
		else if (event instanceof AvailabilityChangeEvent<?> changeEvent) {
			available(changeEvent);
		}
		else if (event instanceof DrainStateChangedEvent stateEvent) {
			stopping(stateEvent);
		}
	}

	private void available(AvailabilityChangeEvent<?> event) {
		// Whoever is told to stop while it starts has other worries.
		if (event.getState() == ReadinessState.ACCEPTING_TRAFFIC && event.getSource() == this.context
				&& !this.drain.isRefusing() && CloudPlatform.KUBERNETES.isActive(this.context.getEnvironment())
				&& !TimesCheck.isForNobody(this.context.getEnvironment()) && this.due.compareAndSet(true, false)) {
			try {
				this.report.warnings().forEach((row) -> logger.warn("Graceful shutdown: " + row));
			}
			catch (Throwable ex) {
				// No start fails for what is only a report.
				logger.warn("What a graceful shutdown needs could not be checked", ex);
			}
		}
	}

	private void stopping(DrainStateChangedEvent event) {
		// Not when a child context stops that has a drain of its own.
		if (this.atShutdown && event.getSource() == this.drain && event.getState() == DrainState.STOPPING) {
			try {
				this.report.rows().forEach((row) -> logger.info("Graceful shutdown: " + row));
			}
			catch (Throwable ex) {
				// Others want to hear of the state as well.
				logger.warn("What a graceful shutdown needs could not be checked", ex);
			}
		}
	}

}
