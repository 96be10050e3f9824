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

package io.gracewrap.web.jetty;

import java.nio.channels.SelectableChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.SelectorManager.AcceptListener;

/**
 * What a connector has accepted and has no connection for yet. Jetty makes that on a
 * thread of its pool, where it waits while all are busy, and its connector does not count
 * it until then.
 *
 * @author GraceWrap Maintainers
 */
final class JettyAcceptedChannels implements AcceptListener, Connection.Listener {

	private final Set<Object> channels = ConcurrentHashMap.newKeySet();

	boolean isEmpty() {
		return this.channels.isEmpty();
	}

	@Override
	public void onAccepting(SelectableChannel channel) {
		this.channels.add(channel);
	}

	@Override
	public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
		this.channels.remove(channel);
	}

	@Override
	public void onOpened(Connection connection) {
		// Not at onAccepted, which comes before there is one.
		this.channels.remove(connection.getEndPoint().getTransport());
	}

	@Override
	public void onClosed(SelectableChannel channel) {
		this.channels.remove(channel);
	}

}
