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
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What kube-proxy writes in its nftables mode: a map from the address of the service to
 * its chain, which sends each new connection to one of the endpoints at random. A
 * connection that exists is not affected by later rules.
 *
 * @author GraceWrap Maintainers
 */
final class KubeProxy {

	private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

	private final SortedSet<Integer> endpoints = new TreeSet<>();

	KubeProxy(int pods) {
		for (int i = 0; i < pods; i++) {
			this.endpoints.add(i);
		}
	}

	void add(int pod) throws IOException, InterruptedException {
		this.endpoints.add(pod);
		sync();
	}

	void remove(int pod) throws IOException, InterruptedException {
		this.endpoints.remove(pod);
		sync();
	}

	/**
	 * Write the rules, with their counters at zero.
	 * @throws IOException if they are not accepted
	 * @throws InterruptedException if interrupted
	 */
	void sync() throws IOException, InterruptedException {
		Commands.run(rules(), List.of("nft", "-f", "-"));
	}

	/**
	 * Return how many connections an endpoint has got since the rules were written.
	 * @param pod its pod
	 * @return how many
	 * @throws IOException if that is not known
	 * @throws InterruptedException if interrupted
	 */
	long connections(int pod) throws IOException, InterruptedException {
		Matcher packets = PACKETS
			.matcher(Commands.run("nft", "list", "counter", "ip", "kube-proxy", "endpoint-" + pod));
		return packets.find() ? Long.parseLong(packets.group(1)) : 0;
	}

	/**
	 * Return the rules. All of them are replaced in one transaction.
	 * @return the text for {@code nft}
	 */
	String rules() {
		return """
				table ip kube-proxy {
				}
				delete table ip kube-proxy
				table ip kube-proxy {
				%s
					chain service {
						numgen random mod %d vmap { %s }
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
				""".formatted(endpointChains(this.endpoints), this.endpoints.size(),
				choices(List.copyOf(this.endpoints)), PodNetwork.SERVICE.getAddress().getHostAddress(),
				PodNetwork.SERVICE.getPort());
	}

	private static String endpointChains(Collection<Integer> endpoints) {
		StringBuilder chains = new StringBuilder();
		for (int pod : endpoints) {
			chains.append("""
						counter endpoint-%1$d {
						}
						chain endpoint-%1$d {
							counter name endpoint-%1$d meta l4proto tcp dnat to %2$s:%3$d
						}
					""".formatted(pod, PodNetwork.podAddress(pod).getAddress().getHostAddress(),
					PodNetwork.podAddress(pod).getPort()));
		}
		return chains.toString();
	}

	private static String choices(List<Integer> endpoints) {
		StringBuilder choices = new StringBuilder();
		for (int i = 0; i < endpoints.size(); i++) {
			choices.append((i > 0) ? ", " : "").append(i).append(" : goto endpoint-").append(endpoints.get(i));
		}
		return choices.toString();
	}

}
