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

package io.gracewrap.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentMatchers;
import org.mockito.BDDMockito;
import org.mockito.Mockito;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EndableCall}.
 *
 * @author GraceWrap Maintainers
 */
class EndableCallTests {

	@SuppressWarnings("unchecked")
	private final ServerCall<String, String> call = Mockito.mock(ServerCall.class);

	private final EndableCall<String, String> endable = new EndableCall<>(this.call, false);

	@Test
	void dropsWhatIsSentAfterItsEnd() {
		this.endable.end(Status.UNAVAILABLE);
		this.endable.sendHeaders(new Metadata());
		this.endable.sendMessage("late");
		this.endable.close(Status.OK, new Metadata());
		this.endable.end(Status.OK);
		assertThat(this.endable.isCancelled()).isTrue();
		BDDMockito.then(this.call).should().close(ArgumentMatchers.eq(Status.UNAVAILABLE), ArgumentMatchers.any());
		BDDMockito.then(this.call).shouldHaveNoMoreInteractions();
	}

	@Test
	void isNotEndedOnceClosed() {
		this.endable.close(Status.OK, new Metadata());
		this.endable.end(Status.UNAVAILABLE);
		assertThat(this.endable.isCancelled()).isFalse();
		BDDMockito.then(this.call).should().close(ArgumentMatchers.eq(Status.OK), ArgumentMatchers.any());
	}

}
