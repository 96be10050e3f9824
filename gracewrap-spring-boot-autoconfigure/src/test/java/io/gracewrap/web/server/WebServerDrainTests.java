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

package io.gracewrap.web.server;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import io.gracewrap.InFlight;
import io.gracewrap.InFlightRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.ArgumentCaptor;
import org.mockito.BDDMockito;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.GracefulShutdownCallback;
import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyBoolean;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Tests for {@link WebServerDrain}.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class WebServerDrainTests {

	private final WebServer webServer = mock(WebServer.class);

	private final ServerConnections connections = mock(ServerConnections.class);

	private final WebServerApplicationContext context = mock(WebServerApplicationContext.class);

	private final AtomicLong time = new AtomicLong();

	private final InFlightRegistry registry = new InFlightRegistry();

	private final WebServerDrain drain = new WebServerDrain(this.context, List.of(this.connections), this.registry,
			true, this.time::get);

	@BeforeEach
	void server() {
		given(this.context.getWebServer()).willReturn(this.webServer);
	}

	@Test
	void withoutAServerThereIsNothingToDrain() {
		WebServerDrain drain = new WebServerDrain(mock(ApplicationContext.class), List.of(this.connections),
				this.registry, true);
		drain.drain();
		assertThat(drain.isReachable()).isFalse();
		assertThat(drain.isDrained()).isTrue();
		drain.stop(Duration.ZERO);
	}

	@Test
	void closesTheListenersFirst() {
		this.drain.drain();
		assertThat(this.drain.isReachable()).isTrue();
		then(this.connections).should().stopAccepting(this.webServer);
		then(this.webServer).should(never()).shutDownGracefully(any());
	}

	@Test
	void doesNotAskTheServerWhileRequestsAreAboutToBegin() {
		given(this.connections.closeIdle(any(), anyBoolean())).willReturn(true, false, true, false, false);
		this.drain.drain();
		for (int i = 0; i < 4; i++) {
			assertThat(this.drain.isDrained()).isFalse();
			then(this.webServer).should(never()).shutDownGracefully(any());
		}
		assertThat(this.drain.isDrained()).isFalse();
		then(this.webServer).should().shutDownGracefully(any());
	}

	@Test
	void asksAServerWhoseConnectionsCannotBeReached(CapturedOutput output) {
		willThrow(NoSuchMethodError.class).given(this.connections).stopAccepting(any());
		given(this.connections.closeIdle(any(), anyBoolean())).willThrow(NoSuchMethodError.class);
		given(this.connections.areBusy(any())).willThrow(NoSuchMethodError.class);
		this.drain.drain();
		assertThat(this.drain.isDrained()).isFalse();
		assertThat(this.drain.isDrained()).isFalse();
		ArgumentCaptor<GracefulShutdownCallback> callback = ArgumentCaptor.forClass(GracefulShutdownCallback.class);
		then(this.webServer).should().shutDownGracefully(callback.capture());
		assertThat(this.drain.isDrained()).isFalse();
		callback.getValue().shutdownComplete(GracefulShutdownResult.IDLE);
		assertThat(this.drain.isDrained()).isTrue();
		assertThat(output).containsOnlyOnce("does not reach the connections");
	}

	@Test
	void isDrainedWhenTheServerSaysSoAndNoConnectionIsServed() {
		this.drain.drain();
		this.drain.isDrained();
		this.drain.isDrained();
		ArgumentCaptor<GracefulShutdownCallback> callback = ArgumentCaptor.forClass(GracefulShutdownCallback.class);
		then(this.webServer).should().shutDownGracefully(callback.capture());
		assertThat(this.drain.isDrained()).isFalse();
		callback.getValue().shutdownComplete(GracefulShutdownResult.IDLE);
		given(this.connections.areBusy(this.webServer)).willReturn(true, false);
		assertThat(this.drain.isDrained()).isFalse();
		assertThat(this.drain.isDrained()).isTrue();
	}

	@Test
	void isNotDrainedWhenTheServerGivesUp() {
		this.drain.drain();
		this.drain.isDrained();
		this.drain.isDrained();
		ArgumentCaptor<GracefulShutdownCallback> callback = ArgumentCaptor.forClass(GracefulShutdownCallback.class);
		then(this.webServer).should().shutDownGracefully(callback.capture());
		callback.getValue().shutdownComplete(GracefulShutdownResult.REQUESTS_ACTIVE);
		assertThat(this.drain.isDrained()).isFalse();
		given(this.connections.areAllClosed(this.webServer)).willReturn(true);
		assertThat(isDrainedAfter(0)).isFalse();
		assertThat(isDrainedAfter(250)).isTrue();
	}

	@Test
	void doesNotBelieveAServerWithoutConnectionsThatRequestsAreActive() {
		given(this.connections.areAllClosed(this.webServer)).willReturn(true);
		this.drain.drain();
		InFlight inFlight = this.registry.begin("GET", "/");
		assertThat(this.drain.isDrained()).isFalse();
		assertThat(this.drain.isDrained()).isFalse();
		then(this.webServer).should().shutDownGracefully(any());
		inFlight.close();
		assertThat(isDrainedAfter(1)).isFalse();
		assertThat(isDrainedAfter(249)).isFalse();
		given(this.connections.areAllClosed(this.webServer)).willReturn(false);
		assertThat(isDrainedAfter(1)).isFalse();
		given(this.connections.areAllClosed(this.webServer)).willReturn(true);
		assertThat(isDrainedAfter(1)).isFalse();
		assertThat(isDrainedAfter(249)).isFalse();
		assertThat(isDrainedAfter(1)).isTrue();
	}

	@Test
	void doesNotWaitForWhatIsLeftOfAStreamThatHadToBeCut() {
		given(this.connections.areBusy(this.webServer)).willReturn(true);
		given(this.connections.closeIdle(any(), anyBoolean())).willReturn(false);
		this.drain.drain();
		InFlight inFlight = this.registry.begin("GET", "/");
		ReflectionTestUtils.invokeMethod(this.registry, "streamsCut");
		assertThat(isDrainedAfter(2000)).isFalse();
		inFlight.close();
		assertThat(isDrainedAfter(999)).isFalse();
		given(this.connections.closeIdle(any(), anyBoolean())).willReturn(true);
		assertThat(isDrainedAfter(1)).as("a request is about to begin").isFalse();
		given(this.connections.closeIdle(any(), anyBoolean())).willReturn(false);
		assertThat(isDrainedAfter(0)).isTrue();
	}

	private boolean isDrainedAfter(long millis) {
		this.time.addAndGet(Duration.ofMillis(millis).toNanos());
		return this.drain.isDrained();
	}

	@Test
	void clientsAreAskedToGoInTheLastSecondOfTheWindow() {
		this.drain.refusing(Duration.ofMillis(1001));
		then(this.connections).should(never()).goAway(this.webServer);
		this.drain.refusing(Duration.ofMillis(1000));
		then(this.connections).should().goAway(this.webServer);
	}

	@Test
	void clientsThatStayAreAskedToGoOnceASecond() {
		this.drain.refusing(Duration.ofMillis(500));
		this.time.set(Duration.ofMillis(999).toNanos());
		this.drain.refusing(Duration.ZERO);
		then(this.connections).should().goAway(this.webServer);
		this.time.set(Duration.ofSeconds(1).toNanos());
		this.drain.refusing(Duration.ZERO);
		then(this.connections).should(BDDMockito.times(2)).goAway(this.webServer);
	}

	@Test
	void noClientIsAskedToGoWhereThatIsNotWanted() {
		WebServerDrain drain = new WebServerDrain(this.context, List.of(this.connections), this.registry, false,
				this.time::get);
		drain.refusing(Duration.ZERO);
		then(this.connections).should(never()).goAway(any());
	}

	@Test
	void clientsAreAskedToGoAnewAfterTrafficWasAcceptedAgain() {
		this.drain.refusing(Duration.ofMillis(500));
		this.drain.refusing(Duration.ofMillis(400));
		then(this.connections).should().goAway(this.webServer);
		this.drain.accept();
		this.drain.refusing(Duration.ofMillis(500));
		then(this.connections).should(BDDMockito.times(2)).goAway(this.webServer);
	}

	@Test
	void isPatientWithHalfARequestForASecond() {
		this.drain.drain();
		this.drain.isDrained();
		this.time.set(Duration.ofMillis(999).toNanos());
		this.drain.isDrained();
		then(this.connections).should(BDDMockito.times(2)).closeIdle(this.webServer, true);
		this.time.set(Duration.ofSeconds(1).toNanos());
		this.drain.isDrained();
		then(this.connections).should().closeIdle(this.webServer, false);
	}

	@Test
	void whatIsBusyStillGetsNothingOfWhatIsLeft() {
		given(this.context.getBean("lifecycleProcessor")).willReturn(new Object());
		this.drain.drain();
		this.drain.stop(Duration.ofMillis(1234));
		then(this.connections).should().stop(this.webServer, Duration.ZERO);
	}

	@Test
	void springsOwnPhaseGetsWhatIsLeft() {
		Map<Integer, Long> timeouts = new HashMap<>();
		DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor() {

			@Override
			public void setTimeoutForShutdownPhase(int phase, long timeout) {
				timeouts.put(phase, timeout);
			}

		};
		given(this.context.getBean("lifecycleProcessor")).willReturn(processor);
		willAnswer((invocation) -> {
			invocation.<GracefulShutdownCallback>getArgument(0).shutdownComplete(GracefulShutdownResult.IDLE);
			return null;
		}).given(this.webServer).shutDownGracefully(any());
		this.drain.drain();
		this.drain.isDrained();
		assertThat(this.drain.isDrained()).isTrue();
		this.drain.stop(Duration.ofMillis(1234));
		assertThat(timeouts).containsOnly(Map.entry(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE, 1234L));
		then(this.connections).should().stop(this.webServer, Duration.ofMillis(1234));
		this.drain.stop(Duration.ZERO);
		assertThat(timeouts).containsOnly(Map.entry(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE, 250L));
	}

}
