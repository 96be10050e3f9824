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

package io.gracewrap;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.GenericApplicationContext;

/**
 * An application context with a drain on manual time, which notes what happens to it.
 *
 * @author GraceWrap Maintainers
 */
class TestApplication implements AutoCloseable {

	private final ManualTime time = new ManualTime();

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final InFlightRegistry registry = new InFlightRegistry(true, this.time);

	private final List<String> notes = new CopyOnWriteArrayList<>();

	private final Map<DrainState, Duration> entered = new LinkedHashMap<>();

	private final RecordingWatchdog watchdog = new RecordingWatchdog(this);

	private final DrainSettings settings;

	private final List<DrainParticipant> participants;

	private Duration phaseTimeout = Duration.ofSeconds(30);

	private DrainLog log = DrainLog.PLAIN;

	private String terminationLog = "";

	TestApplication(DrainSettings settings, DrainParticipant... participants) {
		this.settings = settings;
		this.participants = List.of(participants);
	}

	/**
	 * Create settings with a delay of 1 s, a quiet period of 500 ms, a maximum of 6 s, a
	 * drain timeout of 10 s and a hard-stop timeout of 4 s.
	 * @return the settings
	 */
	static DrainSettings settings() {
		return settings(1000, 500, 6000, 10000, 4000);
	}

	static DrainSettings settings(long delay, long quiet, long most, long drain, long hardStop) {
		return new DrainSettings(Duration.ofMillis(delay), Duration.ofMillis(quiet), Duration.ofMillis(most),
				Duration.ofMillis(drain), Duration.ofMillis(hardStop));
	}

	TestApplication withPhaseTimeout(Duration phaseTimeout) {
		this.phaseTimeout = phaseTimeout;
		return this;
	}

	TestApplication withLog(DrainLog log) {
		this.log = log;
		return this;
	}

	TestApplication withTerminationLog(Path terminationLog) {
		this.terminationLog = terminationLog.toString();
		return this;
	}

	TestApplication with(Consumer<GenericApplicationContext> customizer) {
		customizer.accept(this.context);
		return this;
	}

	/**
	 * Start without becoming ready.
	 * @return this application
	 */
	TestApplication start() {
		this.context.registerBean("applicationAvailability", ApplicationAvailabilityBean.class);
		this.context.registerBean("gracewrapDrain", Drain.class,
				() -> new Drain(this.context, this.context.getBean(ApplicationAvailability.class), this.settings,
						this.registry, () -> this.participants, this.log, this.time));
		this.context.registerBean("gracewrapLifecycle", GraceWrapLifecycle.class,
				() -> new GraceWrapLifecycle(this.context, drain(), this.phaseTimeout,
						new TerminationLog(this.terminationLog), this.watchdog));
		this.context.addApplicationListener(new Recorder());
		this.context.refresh();
		return this;
	}

	TestApplication startAndBecomeReady() {
		start();
		publishReadiness(ReadinessState.ACCEPTING_TRAFFIC);
		this.notes.clear();
		return this;
	}

	void publishReadiness(ReadinessState state) {
		AvailabilityChangeEvent.publish(this.context, state);
	}

	ReadinessState readiness() {
		return this.context.getBean(ApplicationAvailability.class).getReadinessState();
	}

	/**
	 * Return when a state was entered.
	 * @param state the state
	 * @return time since the beginning of the test, {@code null} if it was not entered
	 */
	Duration entered(DrainState state) {
		return this.entered.get(state);
	}

	/**
	 * Begin work on no thread that could be interrupted.
	 * @return the work
	 */
	InFlight begin() {
		InFlight inFlight = this.registry.begin("GET", "/orders/{id}");
		inFlight.suspend();
		return inFlight;
	}

	/**
	 * A request that arrives and is answered at once.
	 */
	void request() {
		begin().close();
	}

	void note(String note) {
		this.notes.add(note);
	}

	List<String> notes() {
		return this.notes;
	}

	ManualTime time() {
		return this.time;
	}

	GenericApplicationContext context() {
		return this.context;
	}

	InFlightRegistry registry() {
		return this.registry;
	}

	RecordingWatchdog watchdog() {
		return this.watchdog;
	}

	Drain drain() {
		return this.context.getBean(Drain.class);
	}

	GraceWrapLifecycle lifecycle() {
		return this.context.getBean(GraceWrapLifecycle.class);
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * Notes what the application hears of, after every other listener.
	 */
	private final class Recorder implements ApplicationListener<ApplicationEvent> {

		@Override
		public void onApplicationEvent(ApplicationEvent event) {
			if (event instanceof DrainStateChangedEvent change) {
				TestApplication.this.entered.put(change.getState(), TestApplication.this.time.elapsed());
				note(change.getPrevious() + " to " + change.getState());
			}
			else if (event instanceof AvailabilityChangeEvent<?> change) {
				note("readiness " + change.getState());
			}
			else if (event instanceof ContextClosedEvent) {
				note("context closed");
			}
		}

		@Override
		public boolean supportsAsyncExecution() {
			return false;
		}

	}

	/**
	 * A watchdog that only notes what it is told.
	 */
	static final class RecordingWatchdog extends Watchdog {

		private final TestApplication application;

		private Duration deadline;

		private Duration hardStopTimeout;

		private Consumer<String> lastWords;

		private boolean failing;

		private boolean closing;

		private RecordingWatchdog(TestApplication application) {
			super(application.time, new AtomicReference<>(), () -> false);
			this.application = application;
		}

		@Override
		void arm(long deadline, long hardStopTimeout, Consumer<String> lastWords) {
			if (this.failing) {
				throw new OutOfMemoryError("unable to create native thread, on purpose");
			}
			this.lastWords = lastWords;
			Duration left = Duration.ofNanos(deadline - this.application.time.nanoTime());
			this.deadline = this.application.time.elapsed().plus(left);
			this.hardStopTimeout = Duration.ofNanos(hardStopTimeout);
			this.application.note("watchdog armed");
		}

		@Override
		void closing() {
			this.closing = true;
		}

		boolean isClosing() {
			return this.closing;
		}

		void failToArm() {
			this.failing = true;
		}

		Consumer<String> lastWords() {
			return this.lastWords;
		}

		Duration hardStopTimeout() {
			return this.hardStopTimeout;
		}

		Duration deadline() {
			return this.deadline;
		}

	}

}
