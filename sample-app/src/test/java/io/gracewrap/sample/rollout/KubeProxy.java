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
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What kube-proxy writes in its nftables mode: a map from the address of the service to
 * its chain, which sends each new connection to one of the endpoints at random. Only that
 * choice is written again when endpoints come and go: connections that exist stay.
 *
 * @author GraceWrap Maintainers
 */
final class KubeProxy {

	private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

	private final int pods;

	private final SortedSet<Integer> endpoints = new TreeSet<>();

	KubeProxy(int pods) {
		this.pods = pods;
		IntStream.range(0, pods).forEach(this.endpoints::add);
	}

	void add(int pod) throws IOException, InterruptedException {
		this.endpoints.add(pod);
		choose();
	}

	void remove(int pod) throws IOException, InterruptedException {
		this.endpoints.remove(pod);
		choose();
	}

	/**
	 * Return how many connections have been sent to a pod.
	 * @param pod the pod
	 * @return how many
	 * @throws IOException if that is not known
	 * @throws InterruptedException if interrupted
	 */
	long connections(int pod) throws IOException, InterruptedException {
		String counter = Commands.run("nft", "list", "counter", "ip", "kube-proxy", "endpoint-" + pod);
		Matcher packets = PACKETS.matcher(counter);
		if (!packets.find()) {
			throw new IOException("No count: " + counter);
		}
		return Long.parseLong(packets.group(1));
	}

	/**
	 * Return the rules with which a node begins. The counters are ours.
	 * @return the text for {@code nft}
	 */
	String rules() {
		return """
				table ip kube-proxy {
				%s
					chain service {
						%s
					}
					map service-ips {
						type ipv4_addr . inet_proto . inet_service : verdict
						elements = { %s . tcp . %d : goto service }
					}
					chain services {
						ip daddr . meta l4proto . th dport vmap @service-ips
					}
					chain nat-output {
						type nat hook output priority -100; policy accept;
						jump services
					}
				}
				""".formatted(endpointChains(), choice(), PodNetwork.SERVICE.getAddress().getHostAddress(),
				PodNetwork.SERVICE.getPort());
	}

	private String endpointChains() {
		return IntStream.range(0, this.pods)
			.mapToObj((pod) -> """
						counter endpoint-%1$d {
						}
						chain endpoint-%1$d {
							counter name endpoint-%1$d meta l4proto tcp dnat to %2$s:%3$d
						}
					""".formatted(pod, PodNetwork.podAddress(pod).getAddress().getHostAddress(),
					PodNetwork.podAddress(pod).getPort()))
			.collect(Collectors.joining());
	}

	private void choose() throws IOException, InterruptedException {
		Commands.run("""
				flush chain ip kube-proxy service
				add rule ip kube-proxy service %s
				""".formatted(choice()), List.of("nft", "-f", "-"));
	}

	private String choice() {
		List<Integer> chosen = List.copyOf(this.endpoints);
		return IntStream.range(0, chosen.size())
			.mapToObj((i) -> i + " : goto endpoint-" + chosen.get(i))
			.collect(Collectors.joining(", ", "numgen random mod " + chosen.size() + " vmap { ", " }"));
	}

}
