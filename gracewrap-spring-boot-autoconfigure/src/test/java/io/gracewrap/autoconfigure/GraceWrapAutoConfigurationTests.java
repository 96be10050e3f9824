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

package io.gracewrap.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import io.gracewrap.Drain;
import io.gracewrap.DrainParticipant;
import io.gracewrap.DrainSettings;
import io.gracewrap.DrainState;
import io.gracewrap.GraceWrap;
import io.gracewrap.GraceWrapLifecycle;
import io.gracewrap.InFlightRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.ServletRequest;
import jakarta.websocket.Session;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.channel.ChannelOperations;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.LifecycleProcessor;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.util.MimeType;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.reactive.socket.adapter.AbstractWebSocketSession;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GraceWrapAutoConfiguration}.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class GraceWrapAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
				LifecycleAutoConfiguration.class, GraceWrapAutoConfiguration.class));

	@Test
	void hintsAtHowMediaTypesAreConverted() {
		RuntimeHints hints = new RuntimeHints();
		new MimeTypeHints().registerHints(hints, null);
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(MimeType.class, "valueOf")).accepts(hints);
	}

	@ParameterizedTest
	@ValueSource(classes = { ServletRequest.class, Session.class, HTTP2Connection.class, ChannelOperations.class })
	void hintsAtTheClassesThatServersAreAskedFor(Class<?> type) {
		RuntimeHints hints = new RuntimeHints();
		new OptionalLibraryHints().registerHints(hints, getClass().getClassLoader());
		assertThat(RuntimeHintsPredicates.reflection().onType(type)).accepts(hints);
	}

	@Test
	void hintsAtTheMethodThatTellsTheSessionOfTheServer() {
		RuntimeHints hints = new RuntimeHints();
		new OptionalLibraryHints().registerHints(hints, getClass().getClassLoader());
		assertThat(
				RuntimeHintsPredicates.reflection().onMethodInvocation(AbstractWebSocketSession.class, "getDelegate"))
			.accepts(hints);
	}

	@Test
	void hintsAtTheClassesThatTheReportLooksFor() {
		RuntimeHints hints = new RuntimeHints();
		new StandardChecks.Hints().registerHints(hints, getClass().getClassLoader());
		assertThat(hints.reflection().typeHints()).hasSize(9);
		assertThat(RuntimeHintsPredicates.reflection().onType(WebApplicationContext.class)).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection().onType(MeterRegistry.class)).accepts(hints);
	}

	@Test
	void registersTheDrainAndItsLifecycle() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(DrainSettings.class)
				.hasSingleBean(InFlightRegistry.class)
				.hasSingleBean(Drain.class)
				.hasSingleBean(GraceWrapLifecycle.class);
			assertThat(context.getBean(GraceWrap.class)).isSameAs(context.getBean(Drain.class));
			assertThat(context.getBean(GraceWrapLifecycle.class)).isInstanceOf(SmartLifecycle.class);
			assertThat(context.getBean(GraceWrapLifecycle.class).isRunning()).isTrue();
		});
	}

	@Test
	void backsOffWhenDisabled() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(GraceWrap.class)
				.doesNotHaveBean(GraceWrapLifecycle.class)
				.doesNotHaveBean(GraceWrapProperties.class)
				.doesNotHaveBean(InFlightRegistry.class));
	}

	@Test
	void badPropertiesDoNotMatterWhenDisabled() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false", "gracewrap.drain-timeout=soon")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void worksWithoutAnyOptionalDependency() {
		this.contextRunner
			.withClassLoader(new FilteredClassLoader("jakarta.servlet", "org.apache.catalina", "org.eclipse.jetty",
					"org.springframework.web.servlet", "org.springframework.boot.webmvc",
					"org.springframework.boot.web.server", "org.springframework.boot.web.servlet",
					"org.springframework.boot.tomcat", "org.springframework.boot.jetty",
					"org.springframework.boot.actuate.autoconfigure", "org.springframework.test"))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(GraceWrapLifecycle.class));
	}

	@Test
	void contextThatIsNotAWebContextRefusesTrafficAndStopsAtOnce() {
		List<ReadinessState> refused = new ArrayList<>();
		long begun = System.nanoTime();
		this.contextRunner.run((context) -> {
			context.getSourceApplicationContext()
				.addApplicationListener(
						(event) -> refused.add(context.getBean(ApplicationAvailability.class).getReadinessState()));
			AvailabilityChangeEvent.publish(context.getSourceApplicationContext(), ReadinessState.ACCEPTING_TRAFFIC);
			begin(context.getBean(GraceWrap.class)).close();
		});
		assertThat(refused).startsWith(ReadinessState.ACCEPTING_TRAFFIC)
			.last()
			.isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
	}

	@Test
	void waitsForWorkOfTheUser() {
		this.contextRunner.run((context) -> {
			AutoCloseable work = begin(context.getBean(GraceWrap.class));
			Drain drain = context.getBean(Drain.class);
			AtomicBoolean waitedFor = new AtomicBoolean();
			new SimpleAsyncTaskExecutor().execute(() -> {
				while (drain.state().compareTo(DrainState.DRAINING) < 0) {
					Thread.onSpinWait();
				}
				// Several looks at what is in flight.
				LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
				waitedFor.set(drain.state() == DrainState.DRAINING);
				close(work);
			});
			context.getSourceApplicationContext().close();
			assertThat(waitedFor).isTrue();
			assertThat(drain.status().finished()).isOne();
			assertThat(drain.status().aborted()).isZero();
		});
	}

	@Test
	void asksParticipantsInTheirOrder() {
		this.contextRunner.withUserConfiguration(ParticipantsConfiguration.class).run((context) -> {
			List<String> asked = context.getBean(ParticipantsConfiguration.class).asked;
			context.getBean(GraceWrap.class).drain();
			assertThat(asked).containsExactly("first", "second");
			context.getSourceApplicationContext().close();
			assertThat(asked).containsExactly("first", "second");
		});
	}

	@Test
	void worksWithLazyInitialization() {
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.withUserConfiguration(ParticipantsConfiguration.class)
			.run((context) -> {
				assertThat(context.getBeanFactory().getBeanDefinition("first").isLazyInit()).isTrue();
				assertThat(context.getBeanFactory().containsSingleton("gracewrapLifecycle")).isTrue();
				assertThat(context.getBeanFactory().containsSingleton("first")).as("not only when it closes").isTrue();
				AvailabilityChangeEvent.publish(context.getSourceApplicationContext(),
						ReadinessState.ACCEPTING_TRAFFIC);
				ParticipantsConfiguration participants = context.getBean(ParticipantsConfiguration.class);
				ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
				context.getSourceApplicationContext().close();
				assertThat(participants.asked).containsExactly("first", "second");
				assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
			});
	}

	@Test
	void lateRunnerDoesNotMakeTheApplicationReadyAgain() {
		this.contextRunner.run((context) -> {
			AvailabilityChangeEvent.publish(context.getSourceApplicationContext(), ReadinessState.ACCEPTING_TRAFFIC);
			context.getBean(GraceWrap.class).drain();
			AvailabilityChangeEvent.publish(context.getSourceApplicationContext(), ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(context.getBean(ApplicationAvailability.class).getReadinessState())
				.isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		});
	}

	@Test
	void phasesAreLimitedByTheirConfiguredTimeout() {
		this.contextRunner
			.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=200ms", "gracewrap.drain-timeout=1m")
			.withBean(NeverStopping.class)
			.run((context) -> {
				long begun = System.nanoTime();
				context.getSourceApplicationContext().close();
				assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofMillis(200),
						Duration.ofSeconds(10));
			});
	}

	@Test
	void phasesAreLimitedByWhatIsLeft() {
		this.contextRunner.withPropertyValues("gracewrap.drain-timeout=100ms", "gracewrap.hard-stop-timeout=200ms")
			.withBean(NeverStopping.class)
			.run((context) -> {
				long begun = System.nanoTime();
				context.getSourceApplicationContext().close();
				assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
			});
	}

	@Test
	void worksWithALifecycleProcessorOfTheUser() {
		this.contextRunner
			.withBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME, UserLifecycleProcessor.class)
			.run((context) -> {
				UserLifecycleProcessor processor = context.getBean(UserLifecycleProcessor.class);
				Drain drain = context.getBean(Drain.class);
				context.getSourceApplicationContext().close();
				assertThat(processor.closed).isTrue();
				assertThat(drain.state()).isEqualTo(DrainState.STOPPED);
			});
	}

	@Test
	void contextThatFailsToStartReportsNoDrain(CapturedOutput output) {
		this.contextRunner.withBean("broken", Object.class, () -> {
			throw new IllegalStateException("broken");
		}).run((context) -> assertThat(context).hasFailed());
		assertThat(output).doesNotContain("Drain state");
	}

	private static AutoCloseable begin(GraceWrap graceWrap) {
		return graceWrap.begin("nightly import");
	}

	private static void close(AutoCloseable work) {
		try {
			work.close();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class ParticipantsConfiguration {

		private final List<String> asked = new ArrayList<>();

		@Bean
		@Order(2)
		DrainParticipant second(GraceWrap mayDependOnTheDrain) {
			return participant("second");
		}

		@Bean
		@Order(1)
		DrainParticipant first() {
			return participant("first");
		}

		private DrainParticipant participant(String name) {
			return new DrainParticipant() {

				@Override
				public void refuse() {
					ParticipantsConfiguration.this.asked.add(name);
				}

			};
		}

	}

	static class NeverStopping implements SmartLifecycle {

		@Override
		public void start() {
		}

		@Override
		public void stop() {
		}

		@Override
		public void stop(Runnable callback) {
		}

		@Override
		public boolean isRunning() {
			return true;
		}

	}

	static class UserLifecycleProcessor implements LifecycleProcessor {

		private boolean closed;

		@Override
		public void onRefresh() {
		}

		@Override
		public void onClose() {
			this.closed = true;
		}

		@Override
		public void start() {
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return true;
		}

	}

}
