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

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.gracewrap.ComplianceCheck;
import io.gracewrap.ComplianceReport;
import io.gracewrap.ComplianceRow;
import io.gracewrap.ComplianceRow.Verdict;
import io.gracewrap.Drain;
import org.apache.catalina.connector.Connector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurationSupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link StandardChecks} and the report they make up.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class StandardChecksTests {

	private static final String KUBERNETES = "spring.main.cloud-platform=kubernetes";

	private static final String GRACE_PERIOD = "Drain and hard stop fit the grace period";

	private static final String DELAY = "Load balancers get the time to notice";

	private static final String SLEEP = "No preStop sleep doubles the load-balancer delay";

	private static final String DEADLINE = "Everything that waits shares one deadline";

	private static final String HTTP = "HTTP requests in flight are tracked";

	private static final String HTTP2 = "HTTP/2 clients are asked to go";

	private static final String CONNECTORS = "Idle connections of all connectors are closed in time";

	private static final String GRPC = "gRPC calls in flight are tracked";

	private static final String GRPC_HEALTH = "gRPC health follows readiness";

	private static final String METRICS = "The drain can be seen in metrics";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
				LifecycleAutoConfiguration.class, GraceWrapAutoConfiguration.class));

	@Test
	void backsOffWithTheDrain() {
		this.contextRunner.withPropertyValues("gracewrap.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ComplianceReport.class));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			textBlock = """
					SIGTERM closes the application                                | spring.main.register-shutdown-hook=true                      | spring.main.register-shutdown-hook=false
					The web server stops gracefully                               | server.shutdown=graceful                                     | server.shutdown=immediate
					Open streams do not hold the drain                            | gracewrap.end-streams=true                                   | gracewrap.end-streams=false
					Open streams do not hold the drain                            | gracewrap.end-streams=1                                      | gracewrap.end-streams=off
					'spring.lifecycle.timeout-per-shutdown-phase' fits the drain  | spring.lifecycle.timeout-per-shutdown-phase=30s              | spring.lifecycle.timeout-per-shutdown-phase=31s
					""")
	void aSettingThatFightsTheDrainIsAWarning(String requirement, String good, String bad) {
		assertVerdict(requirement, Verdict.PASS);
		assertVerdict(requirement, Verdict.PASS, good);
		assertVerdict(requirement, Verdict.WARN, bad);
	}

	@ParameterizedTest
	@CsvSource({ "spring.task.execution", "spring.task.scheduling" })
	void anExecutorThatWaitsLongerThanTheHardStopIsAWarning(String executor) {
		String requirement = "'%s.shutdown.await-termination-period' fits the drain".formatted(executor);
		String period = executor + ".shutdown.await-termination-period=";
		assertVerdict(requirement, Verdict.PASS, executor + ".shutdown.await-termination=true");
		assertVerdict(requirement, Verdict.WARN, period + "6s");
		assertVerdict(requirement, Verdict.PASS, executor + ".shutdown.await-termination=true", period + "5s");
		assertVerdict(requirement, Verdict.WARN, executor + ".shutdown.await-termination=true", period + "6s");
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.task.execution", "spring.task.scheduling" })
	@EnabledForJreRange(min = JRE.JAVA_21)
	void anExecutorOfVirtualThreadsWaitsOnlyIfItIsToldTo(String executor) {
		String requirement = "'%s.shutdown.await-termination-period' fits the drain".formatted(executor);
		String virtual = "spring.threads.virtual.enabled=true";
		String period = executor + ".shutdown.await-termination-period=6s";
		assertVerdict(requirement, Verdict.PASS, virtual, period);
		assertVerdict(requirement, Verdict.WARN, virtual, period, executor + ".shutdown.await-termination=true");
	}

	@Test
	void theGracePeriodMustBeDeclaredAndLongEnough() {
		assertVerdict(GRACE_PERIOD, Verdict.PASS);
		assertVerdict(GRACE_PERIOD, Verdict.PASS, KUBERNETES, "gracewrap.termination-grace-period=30s");
		assertThat(assertVerdict(GRACE_PERIOD, Verdict.WARN, KUBERNETES).found())
			.isEqualTo("30s in all, within the grace period of 30s, which is assumed");
		ComplianceRow tooLong = assertVerdict(GRACE_PERIOD, Verdict.WARN, KUBERNETES, "gracewrap.pre-stop-sleep=10s");
		assertThat(tooLong.found()).isEqualTo(
				"40s in all, the preStop sleep of 10s included, beyond the grace period" + " of 30s, which is assumed");
		assertThat(tooLong.advice()).startsWith("Raise the pod's terminationGracePeriodSeconds to 40 ");
	}

	@Test
	void theDelayIsThereAndTheReasonToo() {
		assertThat(assertVerdict(DELAY, Verdict.PASS, KUBERNETES).found()).isEqualTo("5s, the default on Kubernetes");
		assertThat(assertVerdict(DELAY, Verdict.PASS).found()).isEqualTo("1s, the default outside Kubernetes");
		assertThat(assertVerdict(DELAY, Verdict.PASS, KUBERNETES, "gracewrap.load-balancer-delay=7s").found())
			.startsWith("7s, set in \"gracewrap.load-balancer-delay\" from property source");
		assertVerdict(DELAY, Verdict.WARN, KUBERNETES, "gracewrap.load-balancer-delay=0s");
		assertThat(assertVerdict(DELAY, Verdict.WARN, KUBERNETES, "gracewrap.max-load-balancer-delay=0s").found())
			.isEqualTo("0s, the default on Kubernetes, limited by its maximum");
		assertVerdict(DELAY, Verdict.PASS, "gracewrap.load-balancer-delay=0s");
		assertVerdict(DELAY, Verdict.PASS, KUBERNETES, "gracewrap.load-balancer-delay=0s",
				"gracewrap.pre-stop-sleep=5s");
	}

	@ParameterizedTest
	@CsvSource({ "gracewrapTest, every test", "devtools, every devtools restart" })
	void theDelayOfTestsAndDevtoolsIsNoReasonToWarn(String source, String reason) {
		this.contextRunner.withPropertyValues(KUBERNETES)
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addLast(new MapPropertySource(source, Map.of("gracewrap.load-balancer-delay", "0s"))))
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(DELAY))
				.isEqualTo(ComplianceRow.pass(DELAY, "0s, set in " + reason)));
	}

	@Test
	void noTimeToStopHardIsAWarning() {
		assertVerdict(DEADLINE, Verdict.PASS, "gracewrap.hard-stop-timeout=1ms");
		assertThat(assertVerdict(DEADLINE, Verdict.PASS, "gracewrap.hard-stop-timeout=500us").found())
			.contains("500000ns to stop hard");
		assertThat(assertVerdict(DEADLINE, Verdict.WARN, "gracewrap.hard-stop-timeout=0s").advice())
			.contains("gracewrap.hard-stop-timeout");
	}

	@Test
	void aPreStopSleepBesidesTheDelayIsAWarning() {
		assertVerdict(SLEEP, Verdict.PASS);
		assertVerdict(SLEEP, Verdict.PASS, "gracewrap.pre-stop-sleep=5s", "gracewrap.load-balancer-delay=0s");
		assertVerdict(SLEEP, Verdict.WARN, "gracewrap.pre-stop-sleep=5s");
	}

	@Test
	void phasesThatCannotBeLimitedAreAWarning() {
		assertVerdict(DEADLINE, Verdict.PASS);
		this.contextRunner
			.withBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME,
					GraceWrapAutoConfigurationTests.UserLifecycleProcessor.class)
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(DEADLINE).verdict())
				.isEqualTo(Verdict.WARN));
	}

	@Test
	void aLastScrapeNeedsAPortOfItsOwn() {
		String requirement = "The last state can be scraped";
		ApplicationContextRunner waiting = this.contextRunner
			.withPropertyValues("gracewrap.metrics.final-scrape-wait=5s");
		waiting.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(requirement).verdict())
			.isEqualTo(Verdict.WARN));
		waiting.withPropertyValues("management.server.port=-1")
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(requirement).verdict())
				.isEqualTo(Verdict.WARN));
		for (String port : List.of("8081", "0")) {
			waiting.withPropertyValues("management.server.port=" + port)
				.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)))
					.doesNotContainKey(requirement));
		}
		this.contextRunner
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class))).doesNotContainKey(requirement));
	}

	@Test
	void metricsNeedARegistry() {
		assertVerdict(METRICS, Verdict.WARN);
		ApplicationContextRunner withMetrics = this.contextRunner
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					SimpleMetricsExportAutoConfiguration.class, GraceWrapMetricsAutoConfiguration.class));
		withMetrics.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS).verdict())
			.as("nobody sees those of the simple registry")
			.isEqualTo(Verdict.WARN));
		ApplicationContextRunner withRegistry = withMetrics
			.withConfiguration(AutoConfigurations.of(PrometheusMetricsExportAutoConfiguration.class))
			.withBean(PathMappedEndpoints.class, () -> exposing("prometheus"));
		withRegistry.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS).verdict())
			.isEqualTo(Verdict.PASS));
		withRegistry.withPropertyValues("management.server.port=-1")
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS).found())
				.isEqualTo("the endpoint 'prometheus' is not served"));
		for (String property : List.of("gracewrap.metrics.enabled", "management.metrics.enable.gracewrap",
				"management.metrics.enable.all")) {
			withRegistry.withPropertyValues(property + "=false")
				.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS))
					.satisfies((row) -> assertThat(row.verdict()).isEqualTo(Verdict.WARN))
					.satisfies((row) -> assertThat(row.found()).isEqualTo("'" + property + "' is false")));
		}
		withRegistry
			.withPropertyValues("management.metrics.enable.all=false", "management.metrics.enable.gracewrap=true")
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS).verdict())
				.isEqualTo(Verdict.PASS));
	}

	@Test
	void prometheusSeesNothingWhereItsEndpointIsNotExposed() {
		ApplicationContextRunner withRegistry = this.contextRunner
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					PrometheusMetricsExportAutoConfiguration.class, GraceWrapMetricsAutoConfiguration.class));
		withRegistry.withBean(PathMappedEndpoints.class, () -> exposing("health"))
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS).advice())
				.contains("management.endpoints.web.exposure.include"));
		withRegistry.withPropertyValues("management.prometheus.metrics.export.pushgateway.enabled=true")
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS).verdict())
				.isEqualTo(Verdict.PASS));
	}

	@Test
	void metricsNeedMetersOfOurs() {
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					PrometheusMetricsExportAutoConfiguration.class))
			.withBean(PathMappedEndpoints.class, () -> exposing("prometheus"))
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class)).get(METRICS).advice())
				.isEqualTo("Do not exclude GraceWrapMetricsAutoConfiguration"));
	}

	private static PathMappedEndpoints exposing(String endpoint) {
		PathMappedEndpoints endpoints = mock(PathMappedEndpoints.class);
		given(endpoints.getPath(EndpointId.of(endpoint))).willReturn("/actuator/" + endpoint);
		return endpoints;
	}

	@ParameterizedTest
	@CsvSource({
			"servlet, GraceWrapServletAutoConfiguration GraceWrapWebMvcAutoConfiguration, server.servlet.context-path",
			"reactive, GraceWrapWebFluxAutoConfiguration, spring.webflux.base-path" })
	void theStacksOfAWebApplication(String type, String tracking, String basePath) {
		String webType = "--spring.main.web-application-type=" + type;
		Map<String, ComplianceRow> rows = start(webType, "--server.http2.enabled=true");
		assertThat(rows.get(HTTP).verdict()).isEqualTo(Verdict.PASS);
		assertThat(rows.get(HTTP2).verdict()).isEqualTo(Verdict.PASS);
		assertThat(rows.get("A probe sees the readiness state").found()).isEqualTo("/actuator/health/readiness");
		assertThat(rows.get("Probes look at the port that serves").verdict()).isEqualTo(Verdict.PASS);
		assertThat(start(webType, "--" + basePath + "=/base").get("A probe sees the readiness state").found())
			.isEqualTo("/base/actuator/health/readiness");
		rows = start(webType, "--server.http2.enabled=true", "--gracewrap.http2-goaway=false",
				"--management.endpoint.health.probes.enabled=false", exclude(tracking.split(" ")));
		assertThat(rows.get(HTTP).found()).isEqualTo("not at all");
		assertThat(rows.get(HTTP).verdict()).isEqualTo(Verdict.WARN);
		assertThat(rows.get(HTTP2).verdict()).isEqualTo(Verdict.WARN);
		assertThat(rows.get("A probe sees the readiness state").verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void aReactiveHandlerOfTheApplicationItselfIsAWarning() {
		String reactive = "--spring.main.web-application-type=reactive";
		assertThat(start(reactive, "--spring.main.lazy-initialization=true").get(HTTP).verdict())
			.isEqualTo(Verdict.PASS);
		ComplianceRow row = start(HandlerApplication.class, reactive).get(HTTP);
		assertThat(row.found()).startsWith("not at all, ");
		assertThat(row.verdict()).isEqualTo(Verdict.WARN);
	}

	@ParameterizedTest
	@CsvSource({ "GraceWrapServletAutoConfiguration, by the interceptor alone",
			"GraceWrapWebMvcAutoConfiguration, by the filter alone" })
	void halfOfTheTrackingIsAWarning(String excluded, String found) {
		ComplianceRow row = start("--spring.main.web-application-type=servlet", exclude(excluded)).get(HTTP);
		assertThat(row.found()).startsWith(found);
		assertThat(row.verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void handlerMappingsThatDoNotAskForInterceptorsAreAWarning() {
		String servlet = "--spring.main.web-application-type=servlet";
		assertThat(start(servlet, "--spring.main.lazy-initialization=true").get(HTTP).verdict())
			.isEqualTo(Verdict.PASS);
		ComplianceRow row = start(OwnMvcApplication.class, servlet).get(HTTP);
		assertThat(row.found()).startsWith("by the filter alone").contains("WebMvcConfigurationSupport");
		assertThat(row.verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void readinessThatDoesNotFailIsAWarning() {
		String reactive = "--spring.main.web-application-type=reactive";
		String requirement = "Readiness fails while traffic is refused";
		assertThat(start(reactive).get(requirement).verdict()).isEqualTo(Verdict.PASS);
		assertThat(start(reactive, "--management.endpoint.health.group.readiness.include=readinessState",
				"--management.endpoint.health.status.http-mapping.down=503")
			.get(requirement)
			.verdict()).isEqualTo(Verdict.WARN);
		assertThat(start(reactive, "--management.endpoint.health.probes.enabled=false",
				"--management.endpoint.health.group.all.include=*")
			.get("A probe sees the readiness state")
			.verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void nothingIsRegisteredWhereThereIsNoServer() {
		new WebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(ApplicationAvailabilityAutoConfiguration.class,
					LifecycleAutoConfiguration.class, GraceWrapAutoConfiguration.class))
			.run((context) -> assertThat(rows(context.getBean(ComplianceReport.class))).isNotEmpty()
				.doesNotContainKey(HTTP));
	}

	private static String exclude(String... autoConfigurations) {
		return Stream.of(autoConfigurations)
			.collect(Collectors.joining(",io.gracewrap.autoconfigure.",
					"--spring.autoconfigure.exclude=io.gracewrap.autoconfigure.", ""));
	}

	@Test
	void aConnectorWithAnotherProtocolIsAWarning() {
		assertThat(start("--spring.main.web-application-type=servlet").get(CONNECTORS).verdict())
			.isEqualTo(Verdict.PASS);
		assertThat(start("--spring.main.web-application-type=reactive")).doesNotContainKey(CONNECTORS);
		ComplianceRow row = start(TwoConnectorsApplication.class, "--spring.main.web-application-type=servlet")
			.get(CONNECTORS);
		assertThat(row.found()).matches("not on port [1-9]\\d*, which has org.apache.coyote.http11.Http11NioProtocol");
		assertThat(row.verdict()).isEqualTo(Verdict.WARN);
	}

	@Test
	void theRowsOfGrpc() {
		Map<String, ComplianceRow> rows = startGrpc();
		assertThat(rows.get(GRPC).verdict()).isEqualTo(Verdict.PASS);
		assertThat(rows.get(GRPC_HEALTH).verdict()).isEqualTo(Verdict.PASS);
		assertThat(rows).doesNotContainKeys(HTTP, HTTP2);
		rows = startGrpc("--spring.grpc.server.health.enabled=false");
		assertThat(rows.get(GRPC_HEALTH).verdict()).isEqualTo(Verdict.WARN);
		assertThat(rows.get(GRPC_HEALTH).advice()).contains("grpc-services");
		rows = startGrpc("--spring.autoconfigure.exclude=io.gracewrap.autoconfigure.GraceWrapGrpcAutoConfiguration");
		assertThat(rows.get(GRPC).verdict()).isEqualTo(Verdict.WARN);
		assertThat(rows.get(GRPC_HEALTH).verdict()).isEqualTo(Verdict.WARN);
	}

	private static Map<String, ComplianceRow> startGrpc(String... arguments) {
		return start(OptionalDependenciesTests.GrpcApplication.class,
				Stream.concat(Stream.of("--spring.main.web-application-type=none", "--spring.grpc.server.enabled=true",
						"--spring.grpc.server.port=0"), Stream.of(arguments))
					.toArray(String[]::new));
	}

	@Test
	void warnsOnceOnKubernetes(CapturedOutput output) {
		start("--spring.main.web-application-type=servlet", "--" + KUBERNETES, "--gracewrap.load-balancer-delay=1ms",
				"--management.endpoints.web.exposure.include=health,prometheus");
		assertThat(output.getOut()
			.lines()
			.filter((line) -> line.contains("Graceful shutdown:"))
			// Whether there is a shell above this JVM is no matter here.
			.filter((line) -> !line.contains("SIGTERM reaches"))).hasSize(1)
			.first()
			.asString()
			.contains("WARN")
			.endsWith(
					"Graceful shutdown: WARN Drain and hard stop fit the grace period: not assured, 30s in all, within the"
							+ " grace period of 30s, which is assumed. Set 'gracewrap.termination-grace-period' to what the pod's"
							+ " terminationGracePeriodSeconds says.");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void warnsOnceWhenTheApplicationIsReadyAndAcceptsTraffic(boolean early, CapturedOutput output) {
		try (ConfigurableApplicationContext context = application(ReadinessApplication.class)
			.run("--spring.main.web-application-type=none", "--" + KUBERNETES, "--early=" + early)) {
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
		}
		assertThat(output)
			.containsSubsequence("all runners have run", "WARN Asked while: not assured, ACCEPTING_TRAFFIC")
			.containsOnlyOnce("Asked while");
	}

	@Test
	void doesNotWarnWhoIsToldToStopWhileItStarts(CapturedOutput output) {
		try (ConfigurableApplicationContext context = application(StoppedWhileStarting.class)
			.run("--spring.main.web-application-type=none", "--" + KUBERNETES)) {
			assertThat(context.getBean(Drain.class).isRefusing()).isTrue();
		}
		assertThat(output).contains("Drain state REFUSING").doesNotContain("Graceful shutdown:");
	}

	@Test
	void tellsAllAtTheEndIfThatIsAskedFor(CapturedOutput output) {
		int rows = start("--spring.main.web-application-type=none", "--gracewrap.end-streams=false").size();
		assertThat(output).doesNotContain("Graceful shutdown:");
		start("--spring.main.web-application-type=none", "--gracewrap.compliance.log-at-shutdown=true");
		assertThat(output.getOut().lines().filter((line) -> line.contains("Graceful shutdown: PASS ")))
			.hasSizeGreaterThan(rows - 3);
		assertThat(output).containsSubsequence("Drain state DRAINING", "Graceful shutdown: PASS",
				"Drain state STOPPED");
	}

	@Test
	void tellsNothingAtTheEndOfAChildContextThatHasADrainOfItsOwn(CapturedOutput output) {
		String row = "Graceful shutdown: PASS Everything that waits shares one deadline";
		this.contextRunner.withPropertyValues("gracewrap.compliance.log-at-shutdown=true").run((parent) -> {
			this.contextRunner.withParent(parent).run((child) -> assertThat(child).hasNotFailed());
			assertThat(output).containsOnlyOnce(row);
		});
		assertThat(output).containsSubsequence(row, row);
	}

	@Test
	void aCheckThatFailsIsARowOfItsOwn() {
		this.contextRunner.withBean(ComplianceCheck.class, () -> () -> {
			throw new IllegalStateException("broken");
		})
			.run((context) -> assertThat(context.getBean(ComplianceReport.class).warnings())
				.anySatisfy((row) -> assertThat(row.found()).endsWith("IllegalStateException: broken")));
	}

	private ComplianceRow assertVerdict(String requirement, Verdict verdict, String... properties) {
		ComplianceRow[] row = new ComplianceRow[1];
		this.contextRunner.withPropertyValues(properties).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(Drain.class);
			row[0] = rows(context.getBean(ComplianceReport.class)).get(requirement);
		});
		assertThat(row[0]).isNotNull();
		assertThat(row[0].verdict()).as(row[0].toString()).isEqualTo(verdict);
		assertThat(row[0].advice() != null).isEqualTo(verdict == Verdict.WARN);
		return row[0];
	}

	private static Map<String, ComplianceRow> rows(ComplianceReport report) {
		return report.rows().stream().collect(Collectors.toMap(ComplianceRow::requirement, Function.identity()));
	}

	private static Map<String, ComplianceRow> start(String... arguments) {
		return start(List.of(arguments).contains("--spring.main.web-application-type=servlet")
				? ServletApplication.class : Application.class, arguments);
	}

	private static Map<String, ComplianceRow> start(Class<?> source, String... arguments) {
		try (ConfigurableApplicationContext context = application(source).run(arguments)) {
			return rows(context.getBean(ComplianceReport.class));
		}
	}

	private static SpringApplication application(Class<?> source) {
		SpringApplication application = new SpringApplication(source);
		application.setBannerMode(Banner.Mode.OFF);
		application.setRegisterShutdownHook(false);
		application.setDefaultProperties(
				Map.of("server.port", "0", "gracewrap.load-balancer-delay", "0s", "gracewrap.quiet-period", "0s"));
		return application;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	/**
	 * Checks its readiness, and may accept traffic before Spring Boot makes it do so.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ReadinessApplication {

		@Bean
		ApplicationRunner runner(ApplicationContext context, @Value("${early}") boolean early) {
			return (arguments) -> {
				if (early) {
					AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
				}
				System.out.println("all runners have run");
			};
		}

		@Bean
		ComplianceCheck readinessCheck(ApplicationAvailability availability) {
			return () -> List
				.of(ComplianceRow.warn("Asked while", availability.getReadinessState().toString(), "No advice"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class StoppedWhileStarting {

		@Bean
		ApplicationRunner runner(Drain drain) {
			return (arguments) -> drain.drain();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class TwoConnectorsApplication {

		@Bean
		TomcatServletWebServerFactory webServerFactory() {
			TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory();
			Connector another = new Connector();
			another.setPort(0);
			factory.addAdditionalConnectors(another);
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(ServletApplication.class)
	static class OwnMvcApplication extends WebMvcConfigurationSupport {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class HandlerApplication {

		@Bean
		HttpHandler handler() {
			return (request, response) -> response.setComplete();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ServletApplication {

		@Bean
		TomcatServletWebServerFactory webServerFactory() {
			return new TomcatServletWebServerFactory();
		}

	}

}
