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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A participant that notes what it is asked.
 *
 * @author GraceWrap Maintainers
 */
class TestParticipant implements DrainParticipant {

	private final List<String> asked = new ArrayList<>();

	private final Queue<Duration> windowsLeft = new ConcurrentLinkedQueue<>();

	private boolean reachable = true;

	private boolean drained = true;

	private boolean readyToClose = true;

	private Duration timeLeft;

	List<String> asked() {
		return this.asked;
	}

	TestParticipant unreachable() {
		this.reachable = false;
		return this;
	}

	void setDrained(boolean drained) {
		this.drained = drained;
	}

	void setReadyToClose(boolean readyToClose) {
		this.readyToClose = readyToClose;
	}

	/**
	 * Return what was left of the window each time this was asked to move its clients.
	 * @return the times, in their order
	 */
	List<Duration> windowsLeft() {
		return List.copyOf(this.windowsLeft);
	}

	Duration timeLeft() {
		return this.timeLeft;
	}

	@Override
	public boolean isReachable() {
		return this.reachable;
	}

	@Override
	public void refuse() {
		this.asked.add("refuse");
	}

	@Override
	public void accept() {
		this.asked.add("accept");
	}

	@Override
	public void refusing(Duration windowLeft) {
		this.windowsLeft.add(windowLeft);
	}

	@Override
	public void drain() {
		this.asked.add("drain");
	}

	@Override
	public boolean isDrained() {
		return this.drained;
	}

	@Override
	public boolean isReadyToClose() {
		return this.readyToClose;
	}

	@Override
	public void stop(Duration timeLeft) {
		this.asked.add("stop");
		this.timeLeft = timeLeft;
	}

	@Override
	public String toString() {
		return "test participant";
	}

}
