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

import java.io.Serial;

import org.springframework.context.ApplicationEvent;

/**
 * Published in the application context after the {@link DrainState} has changed.
 * Listeners run on the thread that changes the state, normally the one that closes the
 * context: time they take is taken from the drain. They must not close the context, whose
 * server would stop at once. {@link DrainState#STOPPED} is published while beans are
 * destroyed, so a listener's own resources may be gone by then.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class DrainStateChangedEvent extends ApplicationEvent {

	@Serial
	private static final long serialVersionUID = 1L;

	private final DrainState previous;

	private final DrainState state;

	DrainStateChangedEvent(GraceWrap source, DrainState previous, DrainState state) {
		super(source);
		this.previous = previous;
		this.state = state;
	}

	/**
	 * Return the state that was left.
	 * @return the previous state
	 */
	public DrainState getPrevious() {
		return this.previous;
	}

	/**
	 * Return the state that was entered.
	 * @return the new state
	 */
	public DrainState getState() {
		return this.state;
	}

	@Override
	public String toString() {
		return getClass().getSimpleName() + "[" + this.previous + " to " + this.state + "]";
	}

}
