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
import java.time.temporal.ChronoUnit;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.MimeType;

/**
 * {@link ConfigurationProperties Properties} for GraceWrap.
 *
 * @param loadBalancerDelay Least time between the readiness flip and the stop of the
 * servers. Unset, it is 5s on Kubernetes, 1s elsewhere, and 0s in tests and devtools
 * restarts, but never more than its maximum.
 * @param quietPeriod Time without a new request before the servers stop. As long as
 * requests arrive the load-balancer delay is prolonged.
 * @param maxLoadBalancerDelay Most time before the servers stop accepting, however busy.
 * Unset, it is three fifths of the drain timeout, or the least delay if that is more.
 * @param drainTimeout Time from the stop until what is in flight must be done. The
 * load-balancer delay is part of it.
 * @param hardStopTimeout Time from the end of the drain timeout until the JVM must be
 * gone.
 * @param terminationGracePeriod What the pod's terminationGracePeriodSeconds says, which
 * nothing tells a pod. Drain timeout and hard-stop timeout together must fit in it.
 * Unset, Kubernetes' default of 30s is assumed.
 * @param preStopSleep How long the pod sleeps in a preStop hook, which nothing tells a
 * pod. Counts against the grace period.
 * @param endStreams Whether event streams and WebSocket sessions are ended once traffic
 * is refused. Otherwise they stay open until the drain timeout.
 * @param endStreamsWithin Time over which open streams are ended, so that their clients
 * do not reconnect in the same instant.
 * @param streamMediaTypes Media types of responses that are streams without an end.
 * @param http2Goaway Whether HTTP/2 clients are asked by GOAWAY to open new connections
 * before the servers stop. Some clients fail their open streams then.
 * @param terminationLog Path of the file that gets the report at the end, in one line.
 * Kubernetes shows it in the description of the pod. The default is written to only if it
 * exists, and an empty value to nothing.
 * @param compliance The compliance report.
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@ConfigurationProperties("gracewrap")
public record GraceWrapProperties(@DurationUnit(ChronoUnit.SECONDS) @Nullable Duration loadBalancerDelay,
		@DurationUnit(ChronoUnit.SECONDS) @DefaultValue("1s") Duration quietPeriod,
		@DurationUnit(ChronoUnit.SECONDS) @Nullable Duration maxLoadBalancerDelay,
		@DurationUnit(ChronoUnit.SECONDS) @DefaultValue("25s") Duration drainTimeout,
		@DurationUnit(ChronoUnit.SECONDS) @DefaultValue("5s") Duration hardStopTimeout,
		@DurationUnit(ChronoUnit.SECONDS) @Nullable Duration terminationGracePeriod,
		@DurationUnit(ChronoUnit.SECONDS) @Nullable Duration preStopSleep, @DefaultValue("true") boolean endStreams,
		@DurationUnit(ChronoUnit.SECONDS) @Nullable Duration endStreamsWithin,
		@DefaultValue("text/event-stream,application/x-ndjson") List<MimeType> streamMediaTypes,
		@DefaultValue("true") boolean http2Goaway, @DefaultValue("/dev/termination-log") String terminationLog,
		@DefaultValue Compliance compliance) {

	/**
	 * Properties for the compliance report.
	 *
	 * @param logAtShutdown Whether to log the whole compliance report when the drain is
	 * over.
	 */
	public record Compliance(@DefaultValue("false") boolean logAtShutdown) {

	}

}
