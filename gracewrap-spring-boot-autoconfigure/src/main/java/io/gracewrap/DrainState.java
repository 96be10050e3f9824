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

/**
 * Where an application stands between serving and gone.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public enum DrainState {

	/**
	 * Requests are served and readiness is the application's own affair.
	 */
	SERVING,

	/**
	 * Readiness is refused, every request is still answered, and HTTP/1.x clients are
	 * moved off their connections.
	 */
	REFUSING,

	/**
	 * The servers accept nothing new; what is in flight has what is left of the drain
	 * timeout.
	 */
	DRAINING,

	/**
	 * Nothing is in flight any more, or it has been cut; the application context closes.
	 */
	STOPPING,

	/**
	 * The application context is closed.
	 */
	STOPPED

}
