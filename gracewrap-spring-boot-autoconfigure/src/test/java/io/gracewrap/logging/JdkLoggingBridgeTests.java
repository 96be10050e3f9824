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

package io.gracewrap.logging;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.bridge.SLF4JBridgeHandler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link JdkLoggingBridge}.
 *
 * @author GraceWrap Maintainers
 */
class JdkLoggingBridgeTests {

	private final Logger root = Logger.getLogger("");

	private final Handler[] before = this.root.getHandlers();

	private final Handler bridge = new SLF4JBridgeHandler();

	@BeforeEach
	void haveABridge() {
		removeAll();
		this.root.addHandler(this.bridge);
	}

	@AfterEach
	void restore() {
		removeAll();
		for (Handler handler : this.before) {
			this.root.addHandler(handler);
		}
	}

	/**
	 * As the shutdown hook of the JDK does.
	 */
	private void removeAll() {
		for (Handler handler : this.root.getHandlers()) {
			this.root.removeHandler(handler);
		}
	}

	static List<Consumer<JdkLoggingBridge>> questions() {
		return List.of(JdkLoggingBridge::refuse, (participant) -> participant.refusing(Duration.ZERO),
				JdkLoggingBridge::isDrained);
	}

	@ParameterizedTest
	@MethodSource("questions")
	void whatTheJdkHasTakenAwayIsPutBack(Consumer<JdkLoggingBridge> question) {
		JdkLoggingBridge participant = new JdkLoggingBridge();
		question.accept(participant);
		assertThat(this.root.getHandlers()).containsExactly(this.bridge);
		for (int i = 0; i < 2; i++) {
			removeAll();
			question.accept(participant);
			question.accept(participant);
			assertThat(this.root.getHandlers()).containsExactly(this.bridge);
		}
	}

	@Test
	void whatSomebodyElseHasPutThereStaysAlone() {
		JdkLoggingBridge participant = new JdkLoggingBridge();
		removeAll();
		Handler other = new SLF4JBridgeHandler();
		this.root.addHandler(other);
		participant.refuse();
		assertThat(this.root.getHandlers()).containsExactly(other);
	}

	@Test
	void otherHandlersAreNotPutBack() {
		removeAll();
		this.root.addHandler(new ConsoleHandler());
		this.root.addHandler(new StreamHandler() {
		});
		JdkLoggingBridge participant = new JdkLoggingBridge();
		removeAll();
		participant.refuse();
		assertThat(this.root.getHandlers()).isEmpty();
	}

}
