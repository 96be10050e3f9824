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

import java.util.function.Predicate;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Recognizes gRPC calls, which are tracked as such where gRPC is served by a servlet.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class GrpcRequestPredicate implements Predicate<HttpServletRequest> {

	private static final String MEDIA_TYPE = "application/grpc";

	@Override
	public boolean test(HttpServletRequest request) {
		if (request.getProtocol().startsWith("HTTP/1")) {
			return false;
		}
		String contentType = request.getContentType();
		return contentType != null && isGrpc(contentType);
	}

	private static boolean isGrpc(String contentType) {
		int length = MEDIA_TYPE.length();
		return contentType.regionMatches(true, 0, MEDIA_TYPE, 0, length)
				&& (contentType.length() == length || "+;".indexOf(contentType.charAt(length)) >= 0);
	}

}
