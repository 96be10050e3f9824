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

package io.gracewrap.web.reactive;

import java.util.function.Predicate;

import io.gracewrap.web.server.LastBytes;
import org.jspecify.annotations.Nullable;
import reactor.core.Fuseable;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.util.MimeType;

/**
 * Tells of the elements of a response body, one after the other, whether a message is
 * whole with it. What a gateway passes on comes in buffers that end anywhere.
 *
 * @author GraceWrap Maintainers
 */
final class MessageEnd implements Predicate<Object> {

	private static final int ENOUGH = 4;

	private final MimeType type;

	private final LastBytes lastBytes = new LastBytes();

	MessageEnd(MimeType type) {
		this.type = type;
	}

	/**
	 * Look at an element.
	 * @param element a buffer, or what publishes some
	 * @return whether a message is whole with it: nobody knows of a publisher whose
	 * buffers are not there yet, but encoders make one of each message
	 */
	@Override
	public boolean test(Object element) {
		Object content = (element instanceof Fuseable.ScalarCallable<?> scalar) ? content(scalar) : element;
		if (content instanceof DataBuffer buffer) {
			add(buffer);
		}
		else if (content != null) {
			this.lastBytes.clear();
		}
		return this.lastBytes.endMessage(this.type, true);
	}

	private static @Nullable Object content(Fuseable.ScalarCallable<?> scalar) {
		try {
			return scalar.call();
		}
		catch (Exception ex) {
			return scalar;
		}
	}

	private void add(DataBuffer buffer) {
		int end = buffer.writePosition();
		for (int i = Math.max(buffer.readPosition(), end - ENOUGH); i < end; i++) {
			this.lastBytes.add(buffer.getByte(i));
		}
	}

}
