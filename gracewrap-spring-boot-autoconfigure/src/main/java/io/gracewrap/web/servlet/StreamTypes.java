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

package io.gracewrap.web.servlet;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/**
 * The media types of responses that are streams without an end.
 *
 * @author GraceWrap Maintainers
 */
final class StreamTypes {

	private final MimeType[] types;

	/** A content type that has been found to be none of them: mostly that of the next. */
	private volatile @Nullable String other;

	StreamTypes(List<MimeType> types) {
		this.types = types.toArray(MimeType[]::new);
	}

	/**
	 * Find the type of a stream.
	 * @param contentType the content type of a response, if it has one
	 * @return the type, or {@code null} if it is not that of a stream
	 */
	@Nullable MimeType find(@Nullable String contentType) {
		if (contentType == null || contentType.equals(this.other)) {
			return null;
		}
		try {
			MimeType candidate = MimeTypeUtils.parseMimeType(contentType);
			for (MimeType type : this.types) {
				if (type.includes(candidate)) {
					return candidate;
				}
			}
		}
		catch (InvalidMimeTypeException ex) {
			// No stream then.
		}
		this.other = contentType;
		return null;
	}

}
