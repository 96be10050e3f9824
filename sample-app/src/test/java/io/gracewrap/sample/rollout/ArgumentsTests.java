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

package io.gracewrap.sample.rollout;

import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Arguments}.
 *
 * @author GraceWrap Maintainers
 */
class ArgumentsTests {

	private static final Map<String, String> DEFAULTS = Map.of("server", "tomcat", "runs", "3", "jvm", "");

	@Test
	void hasDefaults() {
		Arguments arguments = Arguments.of(DEFAULTS);
		assertThat(arguments.choice("server", "tomcat", "jetty")).containsExactly("tomcat");
		assertThat(arguments.number("runs")).isEqualTo(3);
		assertThat(arguments.list("jvm")).isEmpty();
	}

	@Test
	void takesWhatIsGiven() {
		Arguments arguments = Arguments.of(DEFAULTS, "--server=jetty,tomcat", "--runs=5", "--jvm=-Xmx64m,-Da=b");
		assertThat(arguments.choice("server", "tomcat", "jetty")).containsExactly("jetty", "tomcat");
		assertThat(arguments.number("runs")).isEqualTo(5);
		assertThat(arguments.list("jvm")).containsExactly("-Xmx64m", "-Da=b");
	}

	@Test
	void saysWhatWouldFit() {
		assertThatIllegalArgumentException().isThrownBy(() -> Arguments.of(DEFAULTS, "--run=1"))
			.withMessage("Unknown option --run=1");
		assertThatIllegalArgumentException().isThrownBy(() -> Arguments.of(DEFAULTS, "--runs=many").number("runs"))
			.withMessage("--runs is a number, not 'many'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Arguments.of(DEFAULTS, "--server=undertow").choice("server", "tomcat", "jetty"))
			.withMessage("--server is one of tomcat, jetty");
	}

}
