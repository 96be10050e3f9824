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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.gracewrap.sample.rollout.ServerProcess.Exit;

/**
 * The rollout of all pods of a {@link PodNetwork}, one after the other, under load. It
 * runs on the node of the network, where the rules of {@link KubeProxy} are.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class KubeProxyRollout {

	/** How many pods the service has. */
	static final int PODS = 3;

	/**
	 * How long it takes until kube-proxy has heard of a pod that is terminating.
	 */
	private static final Duration LAG = Duration.ofMillis(1500);

	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	private static final Duration WARM_UP = Duration.ofSeconds(2);

	private static final int CONNECTIONS = 60;

	private static final int ORDER_CONNECTIONS = 10;

	private static final Duration THINK_TIME = Duration.ofMillis(100);

	private final String network;

	private final String server;

	private final boolean gracewrap;

	private final KubeProxy proxy = new KubeProxy(PODS);

	private final List<ServerProcess> pods = new ArrayList<>();

	private final List<Long> exits = new ArrayList<>();

	private long lateConnections;

	private long strayConnections;

	private KubeProxyRollout(String network, String server, boolean gracewrap) {
		this.network = network;
		this.server = server;
		this.gracewrap = gracewrap;
	}

	/**
	 * Roll out.
	 * @param args the network, the server, how many pods to roll, and whether with
	 * GraceWrap
	 * @throws Exception if it could not be done
	 */
	public static void main(String[] args) throws Exception {
		new KubeProxyRollout(args[0], args[1], Boolean.parseBoolean(args[3])).run(Integer.parseInt(args[2]));
		System.exit(0);
	}

	private void run(int rolled) throws Exception {
		try {
			for (int i = 0; i < PODS; i++) {
				this.pods.add(launch(i));
			}
			for (ServerProcess pod : this.pods) {
				pod.awaitReady(TIMEOUT);
			}
			try (Load work = load(CONNECTIONS, HttpConnection.get("/async-work?ms=50"));
					Load orders = load(ORDER_CONNECTIONS, HttpConnection.post("/orders", Orders.ONE))) {
				long begun = System.nanoTime();
				work.start();
				orders.start();
				Thread.sleep(WARM_UP.toMillis());
				for (int i = 0; i < rolled; i++) {
					roll(i, work, orders);
				}
				Duration time = Duration.ofNanos(System.nanoTime() - begun);
				LoadReport placed = orders.end(Duration.ZERO);
				LoadReport report = work.end(Duration.ZERO).plus(placed);
				System.out.println("requests=" + report.requests());
				System.out.println("orders=" + placed.requests());
				System.out.println("failed=" + report.failed());
				System.out.println("failures=" + report.failuresByKind());
				System.out.println("perSecond=" + report.requests() * 1000 / time.toMillis());
				System.out.println("lateConnections=" + this.lateConnections);
				System.out.println("strayConnections=" + this.strayConnections);
				System.out.println("exits=" + this.exits);
			}
		}
		finally {
			this.pods.forEach(ServerProcess::close);
		}
	}

	private void roll(int pod, Load work, Load orders) throws IOException, InterruptedException {
		ServerProcess old = this.pods.get(pod);
		long signalled = old.terminate().nanoTime();
		work.tally().signalledAt(signalled);
		orders.tally().signalledAt(signalled);
		long before = this.proxy.connections(pod);
		Thread.sleep(LAG.toMillis());
		this.proxy.remove(pod);
		long removed = this.proxy.connections(pod);
		Exit exit = old.awaitExit(TIMEOUT);
		if (exit == null) {
			throw new IOException("The pod does not end");
		}
		this.exits.add(exit.sinceSignal().toMillis());
		this.lateConnections += removed - before;
		this.strayConnections += this.proxy.connections(pod) - removed;
		ServerProcess fresh = launch(pod);
		this.pods.set(pod, fresh);
		fresh.awaitReady(TIMEOUT);
		this.proxy.add(pod);
		Thread.sleep(500);
	}

	private ServerProcess launch(int pod) throws IOException {
		return Sample.launchPod(PodNetwork.podAddress(pod), PodNetwork.enterPod(this.network, pod), this.gracewrap,
				this.server, "--spring.main.cloud-platform=kubernetes");
	}

	private static Load load(int connections, String request) {
		return new Load(PodNetwork.SERVICE, connections, () -> request, Load.exponential(THINK_TIME), (answer) -> {
		});
	}

}
