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

package io.gracewrap.actuate;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.ExposableEndpoint;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.util.StringUtils;

/**
 * Recognizes the paths of actuator endpoints. Requests for them are not work: probes and
 * scrapes go on until the end and must prolong nothing.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class EndpointPaths implements Predicate<String> {

	private final Supplier<@Nullable PathMappedEndpoints> endpoints;

	private final UnaryOperator<String> served;

	private final boolean additionalOnly;

	private volatile @Nullable Paths paths;

	/**
	 * Create the predicate.
	 * @param endpoints the endpoints on this server; asked for at the first request,
	 * because they are found only after the server has been created
	 * @param served maps the path of an endpoint to the one that it is served at
	 * @param additionalOnly whether the endpoints have a server of their own, and this
	 * one has only their additional paths, such as {@code /livez}
	 */
	public EndpointPaths(Supplier<@Nullable PathMappedEndpoints> endpoints, UnaryOperator<String> served,
			boolean additionalOnly) {
		this.endpoints = endpoints;
		this.served = served;
		this.additionalOnly = additionalOnly;
	}

	/**
	 * Return a predicate for a server without endpoints.
	 * @return a predicate that recognizes nothing
	 */
	public static EndpointPaths none() {
		return new EndpointPaths(() -> null, UnaryOperator.identity(), false);
	}

	@Override
	public boolean test(String path) {
		Paths paths = this.paths;
		if (paths == null) {
			paths = findPaths();
			this.paths = paths;
		}
		return paths.contain(path);
	}

	private Paths findPaths() {
		PathMappedEndpoints endpoints = this.endpoints.get();
		if (endpoints == null) {
			return new Paths(null, List.of(), List.of());
		}
		List<String> additional = endpoints.stream()
			.filter(ExposableEndpoint.class::isInstance)
			.map((endpoint) -> ((ExposableEndpoint<?>) endpoint).getEndpointId())
			.flatMap((id) -> endpoints.getAdditionalPaths(WebServerNamespace.SERVER, id).stream())
			.map(this.served)
			.toList();
		if (this.additionalOnly) {
			return new Paths(null, List.of(), additional);
		}
		List<String> all = endpoints.getAllPaths().stream().map(this.served).toList();
		return StringUtils.hasText(endpoints.getBasePath())
				? new Paths(this.served.apply(endpoints.getBasePath()), all, additional)
				: new Paths(null, List.of(), Stream.concat(all.stream(), additional.stream()).toList());
	}

	/**
	 * The paths that are recognized. Each request is compared with one of them, the base
	 * path, and with the additional ones, of which there are few. The application may
	 * have paths of its own below the base path.
	 *
	 * @param base the path of the list of endpoints, if there is one
	 * @param belowBase paths of endpoints below it
	 * @param others paths of endpoints elsewhere
	 */
	private record Paths(@Nullable String base, List<String> belowBase, List<String> others) {

		boolean contain(String path) {
			return isWithinAny(path, this.others) || (this.base != null && isWithin(path, this.base)
					&& (path.length() <= this.base.length() + 1 || isWithinAny(path, this.belowBase)));
		}

		private static boolean isWithinAny(String path, List<String> parents) {
			for (String parent : parents) {
				if (isWithin(path, parent)) {
					return true;
				}
			}
			return false;
		}

		private static boolean isWithin(String path, String parent) {
			return path.startsWith(parent) && (path.length() == parent.length() || path.charAt(parent.length()) == '/');
		}

	}

}
