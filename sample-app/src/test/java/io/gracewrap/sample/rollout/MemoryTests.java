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

import java.io.IOException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link Memory}.
 *
 * @author GraceWrap Maintainers
 */
class MemoryTests {

	@Test
	void readsTheHeapOfG1() throws IOException {
		assertThat(Memory.heap("""
				123:
				 garbage-first heap   total 96256K, used 30720K [0x0000000683000000, 0x0000000800000000)
				  region size 4096K, 1 young (4096K), 0 survivors (0K)
				 Metaspace       used 74565K, committed 75264K, reserved 1114112K
				""")).isEqualTo(30);
		assertThat(
				Memory.heap("garbage-first heap   total reserved 6160384K, committed 96256K, used 30720K [0x0, 0x1)"))
			.isEqualTo(30);
	}

	@Test
	void addsTheGenerationsUp() throws IOException {
		assertThat(Memory.heap("""
				 def new generation   total 36864K, used 1024K [0x0, 0x1, 0x2)
				  eden space 32768K,   3% used [0x0, 0x1, 0x2)
				 tenured generation   total 81920K, used 2048K [0x0, 0x1, 0x2)
				   the space 81920K,  51% used [0x0, 0x1, 0x2, 0x3)
				 Metaspace       used 74565K, committed 75264K, reserved 1114112K
				""")).isEqualTo(3);
	}

	@Test
	void readsTheResidentMemory() throws IOException {
		assertThat(Memory.resident("VmHWM:\t  300000 kB\nVmRSS:\t  204800 kB\nRssAnon:\t 1 kB\n")).isEqualTo(200);
	}

	@Test
	void saysWhatItCannotRead() {
		assertThatIOException().isThrownBy(() -> Memory.resident("nothing")).withMessageContaining("nothing");
	}

}
