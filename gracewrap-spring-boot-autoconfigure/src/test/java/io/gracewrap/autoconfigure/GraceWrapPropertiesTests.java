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
import java.util.Map;

import io.gracewrap.DrainSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzedException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.OrderUtils;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for {@link GraceWrapProperties}, {@link DrainSettingsFactory} and
 * {@link BadPropertyFailureAnalyzer}.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class GraceWrapPropertiesTests {

	private static final String KUBERNETES = "spring.main.cloud-platform=kubernetes";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
				LifecycleAutoConfiguration.class, GraceWrapAutoConfiguration.class));

	@Test
	void defaultsOnKubernetes() {
		assertThat(settings(KUBERNETES)).isEqualTo(expected("5s", "1s", "15s", "25s", "5s"));
	}

	@Test
	void defaultsElsewhere() {
		assertThat(settings()).isEqualTo(expected("1s", "1s", "15s", "25s", "5s"));
	}

	@ParameterizedTest
	@CsvSource({ "0s, 0s, 0s, 0s", "100ms, 60ms, 60ms, 60ms", "1s, 600ms, 600ms, 600ms", "2s, 1200ms, 1200ms, 1s",
			"25s, 15s, 5s, 1s", "10m, 6m, 5s, 1s" })
	void whatIsUnsetFollowsTheDrainTimeout(String drain, String most, String delayOnKubernetes, String delay) {
		assertThat(settings("gracewrap.drain-timeout=" + drain)).isEqualTo(expected(delay, "1s", most, drain, "5s"));
		assertThat(settings(KUBERNETES, "gracewrap.drain-timeout=" + drain))
			.isEqualTo(expected(delayOnKubernetes, "1s", most, drain, "5s"));
	}

	@Test
	void delayThatIsUnsetFollowsItsMaximum() {
		assertThat(settings("gracewrap.max-load-balancer-delay=300ms")).extracting(DrainSettings::loadBalancerDelay)
			.isEqualTo(Duration.ofMillis(300));
	}

	@Test
	void maximumThatIsUnsetFollowsALongDelay() {
		assertThat(settings("gracewrap.load-balancer-delay=20s")).isEqualTo(expected("20s", "1s", "20s", "25s", "5s"));
	}

	@Test
	void delayCanTakeTheWholeDrain() {
		assertThat(settings("gracewrap.load-balancer-delay=25s")).isEqualTo(expected("25s", "1s", "25s", "25s", "5s"));
	}

	@Test
	void everyPropertyIsUsed() {
		assertThat(settings("gracewrap.load-balancer-delay=2s", "gracewrap.quiet-period=3s",
				"gracewrap.max-load-balancer-delay=7s", "gracewrap.drain-timeout=11s",
				"gracewrap.hard-stop-timeout=13s", "gracewrap.termination-grace-period=24s"))
			.isEqualTo(expected("2s", "3s", "7s", "11s", "13s"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "gracewrap.drain-timeout=7s", "gracewrap.drainTimeout=7s", "gracewrap.drain_timeout=7",
			"gracewrap.DRAIN-TIMEOUT=PT7S" })
	void bindsLeniently(String property) {
		assertThat(settings(property).drainTimeout()).hasSeconds(7);
	}

	@ParameterizedTest
	@ValueSource(strings = { "GRACEWRAP_DRAINTIMEOUT", "GRACEWRAP_DRAIN_TIMEOUT" })
	void bindsFromTheEnvironment(String variable) {
		environment(variable, "7s")
			.run((context) -> assertThat(context.getBean(DrainSettings.class).drainTimeout()).hasSeconds(7));
	}

	@Test
	void emptyValueMeansTheDefault() {
		assertThat(settings("gracewrap.drain-timeout=", "gracewrap.load-balancer-delay=")).isEqualTo(settings());
	}

	@ParameterizedTest
	@ValueSource(strings = { "load-balancer-delay", "quiet-period", "max-load-balancer-delay", "drain-timeout",
			"hard-stop-timeout", "termination-grace-period", "pre-stop-sleep" })
	void negativeValueIsRefused(String name) {
		FailureAnalysis analysis = analysisOf("gracewrap." + name + "=-3s");
		assertThat(analysis.getDescription())
			.isEqualTo("The property 'gracewrap.%s' is -3s, but it must not be negative.", name);
		assertThat(analysis.getAction()).isEqualTo("Set 'gracewrap.%s' to zero or more, for example 3s.", name);
		assertThat(
				settings("gracewrap." + name + "=3s", "gracewrap.hard-stop-timeout=0s", "gracewrap.drain-timeout=3s"))
			.isNotNull();
	}

	@ParameterizedTest
	@CsvSource({ "-1500ms, -1500ms, 1500ms", "-1us, -1000ns, 1000ns", "-1ns, -1ns, 1ns",
			"PT-0.0000015S, -1500ns, 1500ns" })
	void negativeValueIsPrintedHoweverSmall(String value, String printed, String example) {
		FailureAnalysis analysis = analysisOf("gracewrap.quiet-period=" + value);
		assertThat(analysis.getDescription()).contains("is " + printed + ",");
		assertThat(analysis.getAction()).contains("for example " + example + ".");
	}

	@ParameterizedTest
	@ValueSource(strings = { "load-balancer-delay", "quiet-period", "max-load-balancer-delay", "drain-timeout",
			"hard-stop-timeout", "termination-grace-period" })
	void valueBeyondReasonIsRefused(String name) {
		FailureAnalysis analysis = analysisOf("gracewrap." + name + "=366d");
		assertThat(analysis.getDescription()).contains("'gracewrap." + name + "' is 31622400s");
		assertThat(analysis.getAction()).isEqualTo("Set 'gracewrap.%s' to at most 31536000s.", name);
		assertThat(settings("gracewrap." + name + "=0s", "gracewrap.hard-stop-timeout=0s",
				"gracewrap.drain-timeout=31536000s", "gracewrap.termination-grace-period=31536000s"))
			.isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "load-balancer-delay", "quiet-period", "max-load-balancer-delay", "drain-timeout",
			"hard-stop-timeout", "termination-grace-period" })
	void valueThatIsNotADurationIsRefused(String name) {
		FailureAnalysis analysis = analysisOf("gracewrap." + name + "=soon");
		assertThat(analysis.getDescription()).startsWith("The property 'gracewrap." + name + "' is 'soon'")
			.endsWith("which is not a duration.");
		assertThat(analysis.getAction()).isEqualTo(
				"Set 'gracewrap.%s' to a whole number directly followed by its unit, for example 500ms, 25s or 2m.",
				name);
	}

	@Test
	void valueThatIsNotADurationIsNamedByThePropertyWhereverItComesFrom() {
		environment("GRACEWRAP_DRAINTIMEOUT", "25 secs").run((context) -> {
			FailureAnalysis analysis = analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("'gracewrap.drain-timeout' is '25 secs'")
				.contains("GRACEWRAP_DRAINTIMEOUT");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "gracewrap.stream-media-types=garbage", "gracewrap.stream-media-types[0]=garbage" })
	void whatIsNoMediaTypeIsRefused(String property) {
		FailureAnalysis analysis = analysisOf(property);
		assertThat(analysis.getDescription()).startsWith("The property 'gracewrap.stream-media-types")
			.contains("' is 'garbage'")
			.endsWith("which is not a list of media types.");
		assertThat(analysis.getAction()).contains("text/event-stream,application/x-ndjson");
	}

	@ParameterizedTest
	@ValueSource(strings = { "enabled", "metrics.enabled", "end-streams", "http2-goaway" })
	void switchThatIsNeitherTrueNorFalseIsRefused(String name) {
		this.contextRunner.withConfiguration(AutoConfigurations.of(GraceWrapMetricsAutoConfiguration.class))
			.withPropertyValues("gracewrap." + name + "=abc")
			.run((context) -> {
				FailureAnalysis analysis = analyze(context.getStartupFailure());
				assertThat(analysis.getDescription()).startsWith("The property 'gracewrap." + name + "' is 'abc'")
					.endsWith("which is neither true nor false.");
				assertThat(analysis.getAction()).isEqualTo("Set 'gracewrap." + name + "' to true or false.");
			});
	}

	@ParameterizedTest
	@CsvSource({ "yes, true", "on, true", "1, true", "TRUE, true", "'', true", "no, false", "off, false", "0, false" })
	void switchesAreWhatTheyAreCalledEverywhere(String value, boolean on) {
		environment("GRACEWRAP_ENABLED", value)
			.run((context) -> assertThat(context.containsBean("gracewrapDrain")).isEqualTo(on));
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
					GraceWrapMetricsAutoConfiguration.class))
			.withPropertyValues("gracewrap.metrics.enabled=" + value)
			.run((context) -> assertThat(context.containsBean("gracewrapDrainMetrics")).isEqualTo(on));
	}

	@Test
	void analyzerComesBeforeThatOfSpringBoot() {
		assertThat(OrderUtils.getOrder(BadPropertyFailureAnalyzer.class)).isEqualTo(Ordered.HIGHEST_PRECEDENCE);
	}

	@Test
	void failuresOfOtherPropertiesAreLeftToOthers() {
		this.contextRunner.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=soon")
			.run((context) -> assertThat(analyze(context.getStartupFailure())).isNull());
	}

	@Test
	void delayAboveItsMaximumIsRefused() {
		FailureAnalysis analysis = analysisOf("gracewrap.load-balancer-delay=5s",
				"gracewrap.max-load-balancer-delay=3s");
		assertThat(analysis.getDescription()).isEqualTo("The property 'gracewrap.load-balancer-delay' is 5s,"
				+ " which is longer than 'gracewrap.max-load-balancer-delay' (3s), its maximum.");
		assertThat(analysis.getAction()).isEqualTo("Set 'gracewrap.load-balancer-delay' to at most 3s,"
				+ " or 'gracewrap.max-load-balancer-delay' to at least 5s.");
		assertThat(settings("gracewrap.load-balancer-delay=3s", "gracewrap.max-load-balancer-delay=3s")).isNotNull();
		assertThat(settings("gracewrap.load-balancer-delay=5s", "gracewrap.max-load-balancer-delay=5s")).isNotNull();
	}

	@Test
	void maximumAboveTheDrainTimeoutIsRefused() {
		FailureAnalysis analysis = analysisOf("gracewrap.max-load-balancer-delay=26s");
		assertThat(analysis.getDescription()).isEqualTo("The property 'gracewrap.max-load-balancer-delay' is 26s,"
				+ " which is longer than 'gracewrap.drain-timeout' (25s), which it is part of.");
		assertThat(analysis.getAction()).isEqualTo("Set 'gracewrap.max-load-balancer-delay' to at most 25s,"
				+ " or 'gracewrap.drain-timeout' to at least 26s.");
		assertThat(settings("gracewrap.max-load-balancer-delay=25s")).isNotNull();
		assertThat(settings("gracewrap.max-load-balancer-delay=26s", "gracewrap.drain-timeout=26s")).isNotNull();
	}

	@Test
	void streamsMustHaveEndedWithinTheDrainTimeout() {
		FailureAnalysis analysis = analysisOf("gracewrap.end-streams-within=26s");
		assertThat(analysis.getDescription()).isEqualTo("The property 'gracewrap.end-streams-within' is 26s,"
				+ " which is longer than 'gracewrap.drain-timeout' (25s), in which they must have ended.");
		assertThat(settings("gracewrap.end-streams-within=25s")).isNotNull();
	}

	@Test
	void delayAboveTheDrainTimeoutIsRefusedByItsOwnName() {
		FailureAnalysis analysis = analysisOf("gracewrap.load-balancer-delay=5s", "gracewrap.drain-timeout=1500ms");
		assertThat(analysis.getDescription()).isEqualTo("The property 'gracewrap.load-balancer-delay' is 5s,"
				+ " which is longer than 'gracewrap.drain-timeout' (1500ms), which it is part of.");
		assertThat(analysis.getAction()).isEqualTo("Set 'gracewrap.load-balancer-delay' to at most 1500ms,"
				+ " or 'gracewrap.drain-timeout' to at least 5s.");
		assertThat(settings("gracewrap.load-balancer-delay=1500ms", "gracewrap.drain-timeout=1500ms")).isNotNull();
	}

	@ParameterizedTest
	@CsvSource({ "20s, 25s", "60s, 65s" })
	void budgetAboveADeclaredGracePeriodIsRefused(String gracePeriod, String drain) {
		FailureAnalysis analysis = analysisOf("gracewrap.termination-grace-period=" + gracePeriod,
				"gracewrap.drain-timeout=" + drain);
		Duration fitting = DurationStyle.SIMPLE.parse(gracePeriod).minusSeconds(5);
		Duration budget = DurationStyle.SIMPLE.parse(drain).plusSeconds(5);
		assertThat(analysis.getDescription()).isEqualTo(
				"The properties 'gracewrap.drain-timeout' (%s) and 'gracewrap.hard-stop-timeout' (5s) together take %ss,"
						+ " which is longer than 'gracewrap.termination-grace-period' (%s):"
						+ " the pod would be killed before it has stopped.",
				drain, budget.toSeconds(), gracePeriod);
		assertThat(analysis.getAction()).isEqualTo(
				"Set 'gracewrap.drain-timeout' to at most %ss, or raise 'gracewrap.termination-grace-period' to at least %ss,"
						+ " and the pod's terminationGracePeriodSeconds with it.",
				fitting.toSeconds(), budget.toSeconds());
		assertThat(settings("gracewrap.termination-grace-period=" + gracePeriod,
				"gracewrap.drain-timeout=" + fitting.toSeconds() + "s"))
			.isNotNull();
	}

	@ParameterizedTest
	@ValueSource(ints = { 4, 5 })
	void hardStopThatLeavesNothingOfADeclaredGracePeriodIsRefused(int gracePeriod) {
		FailureAnalysis analysis = analysisOf("gracewrap.termination-grace-period=" + gracePeriod,
				"gracewrap.drain-timeout=1s");
		assertThat(analysis.getAction()).isEqualTo("Raise 'gracewrap.termination-grace-period' to at least 6s,"
				+ " and the pod's terminationGracePeriodSeconds with it, or lower the others.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "load-balancer-delay=56s", "max-load-balancer-delay=56s", "end-streams-within=56s" })
	void noDrainTimeoutIsAdvisedThatWouldBeRefused(String part) {
		FailureAnalysis analysis = analysisOf("gracewrap.termination-grace-period=60s", "gracewrap.drain-timeout=75s",
				"gracewrap." + part);
		assertThat(analysis.getAction()).isEqualTo("Raise 'gracewrap.termination-grace-period' to at least 80s,"
				+ " and the pod's terminationGracePeriodSeconds with it, or lower the others.");
	}

	@Test
	void budgetThatFitsADeclaredGracePeriodIsNoReasonToWarn(CapturedOutput output) {
		settings(KUBERNETES, "gracewrap.drain-timeout=55s", "gracewrap.termination-grace-period=60s");
		assertThat(output).doesNotContain(" WARN ");
	}

	@ParameterizedTest
	@ValueSource(strings = { KUBERNETES, "gracewrap.drain-timeout=10m" })
	void isNoReasonToWarn(String property, CapturedOutput output) {
		settings(property);
		assertThat(output).doesNotContain(" WARN ");
	}

	@Test
	void failedStartPrintsWhatIsNotADurationAndWhatWouldBe(CapturedOutput output) {
		run("--gracewrap.drain-timeout=soon");
		assertThat(output).contains("APPLICATION FAILED TO START")
			.containsPattern(
					"The property 'gracewrap\\.drain-timeout' is 'soon' \\(.*commandLineArgs.*\\), which is not a duration\\.")
			.contains(
					"Set 'gracewrap.drain-timeout' to a whole number directly followed by its unit, for example 500ms, 25s or 2m.")
			.doesNotContain("Failed to bind properties");
	}

	@Test
	void aPreStopSleepCountsAgainstTheGracePeriod() {
		FailureAnalysis analysis = analysisOf("gracewrap.pre-stop-sleep=10s", "gracewrap.drain-timeout=25s",
				"gracewrap.termination-grace-period=35s");
		assertThat(analysis.getDescription())
			.startsWith("The properties 'gracewrap.pre-stop-sleep' (10s), 'gracewrap.drain-timeout' (25s) and"
					+ " 'gracewrap.hard-stop-timeout' (5s) together take 40s, which is longer than");
		assertThat(analysis.getAction()).startsWith("Set 'gracewrap.drain-timeout' to at most 20s, or raise"
				+ " 'gracewrap.termination-grace-period' to at least 40s");
	}

	@Test
	void failedStartPrintsACombinationThatCannotBeAndOneThatCan(CapturedOutput output) {
		run("--gracewrap.drain-timeout=40s", "--gracewrap.termination-grace-period=30s");
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("The properties 'gracewrap.drain-timeout' (40s) and 'gracewrap.hard-stop-timeout' (5s)"
					+ " together take 45s, which is longer than 'gracewrap.termination-grace-period' (30s)")
			.contains("Set 'gracewrap.drain-timeout' to at most 25s,"
					+ " or raise 'gracewrap.termination-grace-period' to at least 45s");
	}

	private static void run(String... arguments) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		assertThatException().isThrownBy(() -> application.run(arguments));
	}

	private ApplicationContextRunner environment(String variable, String value) {
		return this.contextRunner.withInitializer((context) -> context.getEnvironment()
			.getPropertySources()
			.addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", Map.of(variable, value))));
	}

	private DrainSettings settings(String... properties) {
		DrainSettings[] settings = new DrainSettings[1];
		this.contextRunner.withPropertyValues(properties)
			.run((context) -> settings[0] = context.getBean(DrainSettings.class));
		return settings[0];
	}

	private static DrainSettings expected(String delay, String quiet, String most, String drain, String hardStop) {
		return new DrainSettings(DurationStyle.SIMPLE.parse(delay), DurationStyle.SIMPLE.parse(quiet),
				DurationStyle.SIMPLE.parse(most), DurationStyle.SIMPLE.parse(drain),
				DurationStyle.SIMPLE.parse(hardStop));
	}

	private FailureAnalysis analysisOf(String... properties) {
		FailureAnalysis[] analysis = new FailureAnalysis[1];
		this.contextRunner.withPropertyValues(properties).run((context) -> {
			assertThat(context).hasFailed();
			analysis[0] = analyze(context.getStartupFailure());
		});
		assertThat(analysis[0]).isNotNull();
		return analysis[0];
	}

	private static FailureAnalysis analyze(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof FailureAnalyzedException analyzed) {
				return analyzed.analysis();
			}
			if (cause instanceof BindException bindException) {
				return new BadPropertyFailureAnalyzer().analyze(failure, bindException);
			}
		}
		return null;
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class })
	static class Application {

	}

}
