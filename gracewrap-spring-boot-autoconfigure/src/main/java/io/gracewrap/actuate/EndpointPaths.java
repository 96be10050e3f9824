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

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

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

	private volatile String @Nullable [] paths;

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
		for (String candidate : paths()) {
			if (isWithin(path, candidate)) {
				return true;
			}
		}
		return false;
	}

	private static boolean isWithin(String path, String parent) {
		return path.startsWith(parent) && (path.length() == parent.length() || path.charAt(parent.length()) == '/');
	}

	private String[] paths() {
		String[] paths = this.paths;
		if (paths == null) {
			paths = outermost(findPaths());
			this.paths = paths;
		}
		return paths;
	}

	/**
	 * Leave out what is within another path: each request is compared with all of them.
	 * @param paths the paths
	 * @return those that are within no other
	 */
	private static String[] outermost(Set<String> paths) {
		return paths.stream()
			.filter((path) -> paths.stream().noneMatch((other) -> !other.equals(path) && isWithin(path, other)))
			.toArray(String[]::new);
	}

	private Set<String> findPaths() {
		Set<String> paths = new TreeSet<>();
		PathMappedEndpoints endpoints = this.endpoints.get();
		if (endpoints == null) {
			return paths;
		}
		if (!this.additionalOnly) {
			if (StringUtils.hasText(endpoints.getBasePath())) {
				paths.add(this.served.apply(endpoints.getBasePath()));
			}
			endpoints.getAllPaths().forEach((path) -> paths.add(this.served.apply(path)));
		}
		endpoints.stream()
			.filter(ExposableEndpoint.class::isInstance)
			.map((endpoint) -> ((ExposableEndpoint<?>) endpoint).getEndpointId())
			.flatMap((id) -> endpoints.getAdditionalPaths(WebServerNamespace.SERVER, id).stream())
			.forEach((path) -> paths.add(this.served.apply(path)));
		return paths;
	}

}
