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

import java.time.Duration;

/**
 * Something that takes part in the drain, such as a server. Singletons of this type are
 * asked in their order, those of the context that closes and of no other. All methods are
 * called on the thread that closes the application context; {@link #refuse()} also on one
 * that calls {@link GraceWrap#drain()}, {@link #refusing} then on one of the drain's own,
 * and {@link #accept()} on one that calls {@link GraceWrap#resume()}. They must return
 * quickly, and may throw: the drain logs it and goes on. The log names one that fails, or
 * is waited for in vain, by its {@code toString()}.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public interface DrainParticipant {

	/**
	 * Whether clients may be sending requests here. If no participant is reachable there
	 * is nobody to wait for and the load-balancer delay is skipped.
	 * @return whether requests may arrive; {@code false} by default
	 */
	default boolean isReachable() {
		return false;
	}

	/**
	 * The application has begun to refuse traffic. Everything must still be answered.
	 */
	default void refuse() {
	}

	/**
	 * The application accepts traffic again, because {@link GraceWrap#resume()} was
	 * called before it began to stop. Another {@link #refuse()} may come at any moment.
	 */
	default void accept() {
	}

	/**
	 * Traffic is still refused and everything is still answered. Asked many times a
	 * second, so that clients can be moved elsewhere one after the other.
	 * @param windowLeft least time until {@link #drain()}, zero if it may come at any
	 * moment
	 */
	default void refusing(Duration windowLeft) {
	}

	/**
	 * Stop accepting, and let what has been accepted finish.
	 */
	default void drain() {
	}

	/**
	 * Whether everything that was accepted has finished. Asked many times a second from
	 * {@link #drain()} until everything is drained or the deadline has passed.
	 * @return whether nothing is left; {@code true} by default
	 */
	default boolean isDrained() {
		return true;
	}

	/**
	 * Whether the application context may go on to close, now that the drain is over and
	 * its figures are final. Asked many times a second from {@link DrainState#STOPPING}
	 * on, until everyone agrees or what is left of the time is needed to close: at the
	 * latest two fifths of the hard-stop timeout after the drain deadline.
	 * @return whether nothing is waited for; {@code true} by default
	 */
	default boolean isReadyToClose() {
		return true;
	}

	/**
	 * The drain is over, and the rest of the application context is about to close.
	 * @param timeLeft what is left until the drain deadline, zero if it has passed
	 */
	default void stop(Duration timeLeft) {
	}

}
