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
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pods and their node as network namespaces of this machine. The node reaches each pod
 * over a link of its own; the address of the service belongs to nobody, as in Kubernetes.
 *
 * @author GraceWrap Maintainers
 */
final class PodNetwork implements AutoCloseable {

	/** The address of the service. */
	static final InetSocketAddress SERVICE = new InetSocketAddress("10.99.0.1", 80);

	private static final String PREFIX = "gracewrap-";

	/** Names of namespaces, with the process that has created them. */
	private static final Pattern NAMES = Pattern.compile("^" + PREFIX + "(\\d+)-\\S+", Pattern.MULTILINE);

	private final String id;

	private final int pods;

	private final List<String> namespaces = new ArrayList<>();

	private PodNetwork(String id, int pods) {
		this.id = id;
		this.pods = pods;
	}

	/**
	 * Create the namespaces, and delete those of runs that were aborted.
	 * @param pods how many pods
	 * @return the network
	 * @throws IOException if the machine does not allow it, with its words
	 * @throws InterruptedException if interrupted
	 */
	static PodNetwork create(int pods) throws IOException, InterruptedException {
		deleteLeftovers();
		String id = ProcessHandle.current().pid() + "-" + UUID.randomUUID().toString().substring(0, 8);
		PodNetwork network = new PodNetwork(id, pods);
		try {
			network.open();
			return network;
		}
		catch (IOException ex) {
			network.close();
			throw ex;
		}
	}

	private void open() throws IOException, InterruptedException {
		add(node());
		ip("-n", node(), "link", "set", "lo", "up");
		for (int i = 0; i < this.pods; i++) {
			String link = "pod" + i;
			add(pod(this.id, i));
			ip("-n", node(), "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pod(this.id, i));
			ip("-n", node(), "address", "add", address(i, 1) + "/24", "dev", link);
			ip("-n", node(), "link", "set", link, "up");
			ip("-n", pod(this.id, i), "address", "add", address(i, 2) + "/24", "dev", "eth0");
			ip("-n", pod(this.id, i), "link", "set", "lo", "up");
			ip("-n", pod(this.id, i), "link", "set", "eth0", "up");
			ip("-n", pod(this.id, i), "route", "add", "default", "via", address(i, 1));
		}
		ip("-n", node(), "route", "add", SERVICE.getAddress().getHostAddress(), "dev", "pod0", "src", address(0, 1));
		Commands.run(new KubeProxy(this.pods).rules(), enter(node(), "nft", "-f", "-"));
	}

	private void add(String namespace) throws IOException, InterruptedException {
		ip("netns", "add", namespace);
		this.namespaces.add(namespace);
	}

	String id() {
		return this.id;
	}

	/**
	 * Return a command that runs another one on the node.
	 * @param command the other one
	 * @return the command
	 */
	List<String> onNode(List<String> command) {
		return enter(node(), command.toArray(String[]::new));
	}

	/**
	 * Return the command that enters a pod, without the one to be run there.
	 * @param id the network
	 * @param pod the number of the pod
	 * @return the command
	 */
	static List<String> enterPod(String id, int pod) {
		return enter(pod(id, pod));
	}

	static InetSocketAddress podAddress(int pod) {
		return new InetSocketAddress(address(pod, 2), 8080);
	}

	private static List<String> enter(String namespace, String... command) {
		List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
		all.addAll(List.of(command));
		return all;
	}

	private String node() {
		return PREFIX + this.id + "-node";
	}

	private static String pod(String id, int pod) {
		return PREFIX + id + "-pod" + pod;
	}

	private static String address(int pod, int host) {
		return "10.99." + (pod + 1) + "." + host;
	}

	private static String ip(String... arguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of("ip"));
		command.addAll(List.of(arguments));
		return Commands.run("", command);
	}

	/**
	 * Delete the namespaces, and kill what still runs in them.
	 */
	@Override
	public void close() throws IOException, InterruptedException {
		for (String namespace : this.namespaces) {
			delete(namespace);
		}
	}

	private static void deleteLeftovers() throws IOException, InterruptedException {
		Matcher names = NAMES.matcher(ip("netns", "list"));
		while (names.find()) {
			if (ProcessHandle.of(Long.parseLong(names.group(1))).isEmpty()) {
				try {
					delete(names.group());
				}
				catch (IOException ex) {
					// Another run has deleted it.
				}
			}
		}
	}

	private static void delete(String namespace) throws IOException, InterruptedException {
		ip("netns", "pids", namespace).lines()
			.flatMap((pid) -> ProcessHandle.of(Long.parseLong(pid.strip())).stream())
			.forEach(ProcessHandle::destroyForcibly);
		ip("netns", "delete", namespace);
	}

}
