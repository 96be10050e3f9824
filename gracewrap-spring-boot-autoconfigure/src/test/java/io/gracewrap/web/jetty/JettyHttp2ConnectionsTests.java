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

package io.gracewrap.web.jetty;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Tests for {@link JettyHttp2Connections}: what no client can tell from luck.
 *
 * @author GraceWrap Maintainers
 */
class JettyHttp2ConnectionsTests {

	private final HTTP2Connection connection = mock(HTTP2Connection.class);

	private final HTTP2Session session = mock(HTTP2Session.class);

	private final EndPoint endPoint = mock(EndPoint.class);

	private final AtomicLong time = new AtomicLong();

	private final JettyHttp2Connections connections = new JettyHttp2Connections(this.time::get);

	@BeforeEach
	void connection() {
		given(this.connection.getSession()).willReturn(this.session);
		given(this.session.getBytesWritten()).willReturn(1L);
		given(this.connection.getEndPoint()).willReturn(this.endPoint);
		willAnswer((invocation) -> {
			invocation.<Callback>getArgument(2).succeeded();
			return true;
		}).given(this.session).close(anyInt(), anyString(), any());
	}

	@Test
	void namesNoLastStreamBeforeWhatIsOnItsWayHasCome() {
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isTrue();
		then(this.session).should().frames(eq(null), eq(List.of(GoAwayFrame.GRACEFUL)), any());
		this.time.set(Duration.ofMillis(1999).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isTrue();
		this.time.set(Duration.ofMillis(2000).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, true, true)).isTrue();
		then(this.session).should(never()).close(anyInt(), anyString(), any());
		this.connections.closeIfIdle(this.connection, false, true);
		then(this.session).should().close(anyInt(), anyString(), any());
	}

	@Test
	void sendsNothingBeforeTheSettings() {
		given(this.session.getBytesWritten()).willReturn(0L);
		this.connections.goAway(List.of(this.connection));
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isTrue();
		then(this.session).should(never()).frames(any(), any(), any());
		given(this.session.getBytesWritten()).willReturn(1L);
		this.time.set(Duration.ofSeconds(2).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isTrue();
		then(this.session).should().frames(eq(null), eq(List.of(GoAwayFrame.GRACEFUL)), any());
	}

	@Test
	void saysNoMoreToAClientThatHasNotBegunAfterItsLastStreamWasNamed() {
		given(this.session.getBytesWritten()).willReturn(0L);
		assertThat(this.connections.closeIfIdle(this.connection, false, false)).isFalse();
		then(this.session).should().close(anyInt(), anyString(), any());
		given(this.session.getBytesWritten()).willReturn(1L);
		assertThat(this.connections.closeIfIdle(this.connection, false, false)).isFalse();
		then(this.session).should(never()).frames(any(), any(), any());
		then(this.endPoint).should().close();
	}

	@Test
	void givesAClientThatHasNotBegunASecondFromItsHandshakeOn() {
		AbstractEndPoint endPoint = mock();
		given(this.connection.getEndPoint()).willReturn(endPoint);
		given(this.session.getBytesWritten()).willReturn(0L);
		given(endPoint.getIdleFor()).willReturn(999L);
		assertThat(this.connections.closeIfIdle(this.connection, false, false)).isTrue();
		then(this.session).should(never()).close(anyInt(), anyString(), any());
		given(endPoint.getIdleFor()).willReturn(1000L);
		assertThat(this.connections.closeIfIdle(this.connection, false, false)).isFalse();
		then(this.session).should().close(anyInt(), anyString(), any());
	}

	@Test
	void doesNotWaitForEverForBytesThatNobodyReads() {
		this.connections.goAway(List.of(this.connection));
		this.time.set(Duration.ofMillis(1999).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, true, false)).isTrue();
		then(this.session).should(never()).close(anyInt(), anyString(), any());
		this.time.set(Duration.ofMillis(2000).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, true, false)).isFalse();
		then(this.session).should().close(anyInt(), anyString(), any());
	}

	@Test
	void leavesAConnectionAloneForAsLongAsAStreamIsOpen() {
		given(this.session.getStreamCount()).willReturn(1);
		this.connections.closeIfIdle(this.connection, false, true);
		this.time.set(Duration.ofSeconds(2).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isFalse();
		assertThat(this.connections.closeIfIdle(this.connection, false, false)).isFalse();
		then(this.session).should(never()).close(anyInt(), anyString(), any());
	}

	@Test
	void closesAConnectionAtALaterLookThanTheOneThatNamesItsLastStream() {
		this.connections.goAway(List.of(this.connection));
		this.time.set(Duration.ofSeconds(2).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isTrue();
		then(this.endPoint).should(never()).close();
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isFalse();
		then(this.endPoint).should().close();
	}

	@Test
	void asksOnceAndClosesNoConnectionWhoseLastFrameIsNotWritten() {
		AtomicReference<Callback> written = new AtomicReference<>();
		willAnswer((invocation) -> written.getAndSet(invocation.getArgument(2)) == null).given(this.session)
			.close(anyInt(), anyString(), any());
		this.connections.goAway(List.of(this.connection));
		this.time.set(Duration.ofSeconds(2).toNanos());
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isTrue();
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isTrue();
		assertThat(this.connections.closeIfIdle(this.connection, false, false)).isFalse();
		then(this.session).should().close(anyInt(), anyString(), any());
		then(this.endPoint).should(never()).close();
		written.get().succeeded();
		assertThat(this.connections.closeIfIdle(this.connection, false, true)).isFalse();
		then(this.endPoint).should().close();
	}

}
