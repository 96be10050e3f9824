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
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.MimeType;

/**
 * {@link ConfigurationProperties Properties} for GraceWrap.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@ConfigurationProperties("gracewrap")
public class GraceWrapProperties {

	/**
	 * Least time between the readiness flip and the stop of the servers. Unset, it is 5s
	 * on Kubernetes, 1s elsewhere, and 0s in tests and devtools restarts, but never more
	 * than its maximum.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private @Nullable Duration loadBalancerDelay;

	/**
	 * Time without a new request before the servers stop. As long as requests arrive the
	 * load-balancer delay is prolonged.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration quietPeriod = Duration.ofSeconds(1);

	/**
	 * Most time before the servers stop accepting, however busy. Unset, it is three
	 * fifths of the drain timeout, or the least delay if that is more.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private @Nullable Duration maxLoadBalancerDelay;

	/**
	 * Time from the stop until what is in flight must be done. The load-balancer delay is
	 * part of it.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration drainTimeout = Duration.ofSeconds(25);

	/**
	 * Time from the end of the drain timeout until the JVM must be gone, in which what
	 * was cut is answered and beans are destroyed. With zero there is none for either.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration hardStopTimeout = Duration.ofSeconds(5);

	/**
	 * What the pod's terminationGracePeriodSeconds says, which nothing tells a pod. Drain
	 * timeout and hard-stop timeout together must fit in it. Unset, Kubernetes' default
	 * of 30s is assumed.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private @Nullable Duration terminationGracePeriod;

	/**
	 * How long the pod sleeps in a preStop hook, which nothing tells a pod. Counts
	 * against the grace period.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private @Nullable Duration preStopSleep;

	/**
	 * Whether event streams and WebSocket sessions are ended once traffic is refused.
	 * Otherwise they stay open until the drain timeout.
	 */
	private boolean endStreams = true;

	/**
	 * Time over which open streams are ended, so that their clients do not reconnect in
	 * the same instant. If unset, '1s', but at most a fifth of the drain timeout.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private @Nullable Duration endStreamsWithin;

	/**
	 * Media types of responses that are streams without an end.
	 */
	private List<MimeType> streamMediaTypes = List.of(new MimeType("text", "event-stream"),
			new MimeType("application", "x-ndjson"));

	/**
	 * Whether HTTP/2 clients are asked by GOAWAY to open new connections before the
	 * servers stop. Some clients fail their open streams then.
	 */
	private boolean http2Goaway = true;

	/**
	 * Path of the file that gets the report at the end, in one line. Kubernetes shows it
	 * in the description of the pod. The default is written to only if it exists, and an
	 * empty value to nothing.
	 */
	private String terminationLog = "/dev/termination-log";

	/**
	 * The compliance report.
	 */
	private final Compliance compliance = new Compliance();

	/**
	 * The meters.
	 */
	private final Metrics metrics = new Metrics();

	public @Nullable Duration getLoadBalancerDelay() {
		return this.loadBalancerDelay;
	}

	public void setLoadBalancerDelay(@Nullable Duration loadBalancerDelay) {
		this.loadBalancerDelay = loadBalancerDelay;
	}

	public Duration getQuietPeriod() {
		return this.quietPeriod;
	}

	public void setQuietPeriod(Duration quietPeriod) {
		this.quietPeriod = quietPeriod;
	}

	public @Nullable Duration getMaxLoadBalancerDelay() {
		return this.maxLoadBalancerDelay;
	}

	public void setMaxLoadBalancerDelay(@Nullable Duration maxLoadBalancerDelay) {
		this.maxLoadBalancerDelay = maxLoadBalancerDelay;
	}

	public Duration getDrainTimeout() {
		return this.drainTimeout;
	}

	public void setDrainTimeout(Duration drainTimeout) {
		this.drainTimeout = drainTimeout;
	}

	public Duration getHardStopTimeout() {
		return this.hardStopTimeout;
	}

	public void setHardStopTimeout(Duration hardStopTimeout) {
		this.hardStopTimeout = hardStopTimeout;
	}

	public @Nullable Duration getTerminationGracePeriod() {
		return this.terminationGracePeriod;
	}

	public void setTerminationGracePeriod(@Nullable Duration terminationGracePeriod) {
		this.terminationGracePeriod = terminationGracePeriod;
	}

	public @Nullable Duration getPreStopSleep() {
		return this.preStopSleep;
	}

	public void setPreStopSleep(@Nullable Duration preStopSleep) {
		this.preStopSleep = preStopSleep;
	}

	public boolean isEndStreams() {
		return this.endStreams;
	}

	public void setEndStreams(boolean endStreams) {
		this.endStreams = endStreams;
	}

	public @Nullable Duration getEndStreamsWithin() {
		return this.endStreamsWithin;
	}

	public void setEndStreamsWithin(@Nullable Duration endStreamsWithin) {
		this.endStreamsWithin = endStreamsWithin;
	}

	public List<MimeType> getStreamMediaTypes() {
		return this.streamMediaTypes;
	}

	public void setStreamMediaTypes(List<MimeType> streamMediaTypes) {
		this.streamMediaTypes = streamMediaTypes;
	}

	public boolean isHttp2Goaway() {
		return this.http2Goaway;
	}

	public void setHttp2Goaway(boolean http2Goaway) {
		this.http2Goaway = http2Goaway;
	}

	public String getTerminationLog() {
		return this.terminationLog;
	}

	public void setTerminationLog(String terminationLog) {
		this.terminationLog = terminationLog;
	}

	public Compliance getCompliance() {
		return this.compliance;
	}

	public Metrics getMetrics() {
		return this.metrics;
	}

	/**
	 * Properties for the compliance report.
	 */
	public static class Compliance {

		/**
		 * Whether to log the whole compliance report when the drain is over.
		 */
		private boolean logAtShutdown;

		public boolean isLogAtShutdown() {
			return this.logAtShutdown;
		}

		public void setLogAtShutdown(boolean logAtShutdown) {
			this.logAtShutdown = logAtShutdown;
		}

	}

	/**
	 * Properties for the meters.
	 */
	public static class Metrics {

		/**
		 * Most time to keep the management server up after the drain, until Prometheus
		 * has scraped the final figures once. Needs management.server.port.
		 */
		@DurationUnit(ChronoUnit.SECONDS)
		private Duration finalScrapeWait = Duration.ofSeconds(0);

		public Duration getFinalScrapeWait() {
			return this.finalScrapeWait;
		}

		public void setFinalScrapeWait(Duration finalScrapeWait) {
			this.finalScrapeWait = finalScrapeWait;
		}

	}

}
