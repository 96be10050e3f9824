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

	/** What a content type must begin with to be worth looking at: most do not. */
	private final String[] beginnings;

	StreamTypes(List<MimeType> types) {
		this.types = types.toArray(MimeType[]::new);
		this.beginnings = types.stream().map(StreamTypes::beginning).toArray(String[]::new);
	}

	private static String beginning(MimeType type) {
		if (type.isWildcardType()) {
			return "";
		}
		return type.getType() + '/' + (type.isWildcardSubtype() ? "" : type.getSubtype());
	}

	/**
	 * Find the type of a stream.
	 * @param contentType the content type of a response, if it has one
	 * @return the type, or {@code null} if it is not that of a stream
	 */
	@Nullable MimeType find(@Nullable String contentType) {
		if (contentType == null || !mayBeStream(contentType)) {
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
		return null;
	}

	private boolean mayBeStream(String contentType) {
		for (String beginning : this.beginnings) {
			if (contentType.regionMatches(true, 0, beginning, 0, beginning.length())) {
				return true;
			}
		}
		return false;
	}

}
