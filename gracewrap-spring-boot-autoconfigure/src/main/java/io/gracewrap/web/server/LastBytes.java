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

package io.gracewrap.web.server;

import org.springframework.http.MediaType;
import org.springframework.util.MimeType;

/**
 * Tells by the last bytes of a stream whether its last message is whole. Not for use by
 * several threads at once.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class LastBytes {

	private static final int LF = '\n';

	private static final int CR = '\r';

	private int bytes;

	private boolean begun;

	/**
	 * Create them for a stream of which nothing has been written.
	 */
	public LastBytes() {
	}

	/**
	 * A byte has been written.
	 * @param b the byte
	 */
	public void add(byte b) {
		this.bytes = this.bytes << Byte.SIZE | b & 0xFF;
		this.begun = true;
	}

	/**
	 * What has been written since is whole.
	 */
	public void clear() {
		this.bytes = 0;
		this.begun = false;
	}

	/**
	 * Whether a message is whole with what has been written.
	 * @param type the media type of the stream
	 * @param otherwise the answer for types whose messages have no end that is known
	 * @return whether the stream could end here
	 */
	public boolean endMessage(MimeType type, boolean otherwise) {
		if (!this.begun) {
			return true;
		}
		if (MediaType.TEXT_EVENT_STREAM.isCompatibleWith(type)) {
			return areBlankLine();
		}
		return type.getSubtype().contains("json") ? (this.bytes & 0xFF) == LF : otherwise;
	}

	private boolean areBlankLine() {
		int last = this.bytes & 0xFF;
		int previous = this.bytes >>> Byte.SIZE & 0xFF;
		if (last == LF && previous == CR) {
			previous = this.bytes >>> 2 * Byte.SIZE & 0xFF;
		}
		return (last == LF || last == CR) && (previous == LF || previous == CR);
	}

}
