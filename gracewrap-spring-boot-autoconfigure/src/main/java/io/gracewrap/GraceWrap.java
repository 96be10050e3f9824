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
 * What application code may ask of the drain and tell it. Inject it where a long loop
 * wants to know whether to go on, or where work that is not a request must be finished
 * before the application stops. All methods may be called from any thread.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public interface GraceWrap {

	/**
	 * Return where the application stands.
	 * @return the current state
	 */
	DrainState state();

	/**
	 * Return how long work in flight may still take. Until the application begins to stop
	 * this is the whole drain timeout.
	 * @return the time left until the drain deadline, never negative
	 */
	Duration timeLeft();

	/**
	 * Register work that is not a request, so that the drain waits for it and names it if
	 * it does not end in time. The calling thread is the one that is interrupted then,
	 * until it calls {@link InFlight#suspend()}; another that goes on with the work calls
	 * {@link InFlight#resume()}.
	 * @param name what is done, for people to read in the log
	 * @return the work in flight, to be closed when it is done
	 */
	InFlight begin(String name);

	/**
	 * Begin to drain without stopping: readiness turns to {@code REFUSING_TRAFFIC} and
	 * clients are moved off their connections while every request is still answered. The
	 * load-balancer delay counts from here, the drain timeout only from the moment the
	 * application begins to stop. Does nothing unless the state is
	 * {@link DrainState#SERVING}.
	 */
	void drain();

	/**
	 * Take {@link #drain()} back: accept traffic again, and publish
	 * {@code ACCEPTING_TRAFFIC} if the application itself is ready. Does nothing once the
	 * application has begun to stop, or if traffic is not refused.
	 */
	void resume();

}
