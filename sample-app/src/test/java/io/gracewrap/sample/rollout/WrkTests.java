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
 * Tests for {@link Wrk}.
 *
 * @author GraceWrap Maintainers
 */
class WrkTests {

	private static final String OUTPUT = """
			Running 2s test @ http://127.0.0.1:8080/work?ms=0
			  1 threads and 16 connections
			  Thread Stats   Avg      Stdev     Max   +/- Stdev
			    Latency     2.58ms    4.77ms  57.24ms   92.05%
			    Req/Sec    10.81k     2.35k   14.42k    70.00%
			  Latency Distribution
			     50%  989.00us
			     75%    1.90ms
			     90%    6.10ms
			     99%    1.02s
			  21551 requests in 2.01s, 3.33MB read
			Requests/sec:  10731.98
			Transfer/sec:      1.66MB
			""";

	@Test
	void readsItsOutput() throws IOException {
		assertThat(Wrk.parse(OUTPUT)).isEqualTo(new Wrk(21551, 10731.98, 0.989, 6.1, 1020));
	}

	@Test
	void aFailedRequestIsNoMeasurement() {
		assertThatIOException().isThrownBy(() -> Wrk.parse(OUTPUT + "  Non-2xx or 3xx responses: 7\n"))
			.withMessageContaining("Non-2xx or 3xx responses: 7");
		assertThatIOException()
			.isThrownBy(() -> Wrk.parse("  Socket errors: connect 0, read 3, write 0, timeout 0\n" + OUTPUT))
			.withMessageContaining("read 3");
	}

	@Test
	void saysWhatItCannotRead() {
		assertThatIOException().isThrownBy(() -> Wrk.parse("unable to connect"))
			.withMessageContaining("unable to connect");
	}

}
