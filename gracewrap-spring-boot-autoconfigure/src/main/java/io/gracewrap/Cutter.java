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

package io.gracewrap;

import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Names what is stuck and cuts it. Names are found and written by a thread of their own,
 * because they are the application's: a handler that is asked for its text may wait for
 * what something stuck holds until that is cut (issue 5).
 *
 * @author GraceWrap Maintainers
 */
final class Cutter {

	private static final Log logger = LogFactory.getLog(Cutter.class);

	/** More than this is more than anyone reads, and takes time that is not there. */
	private static final int MOST_NAMED = 100;

	/**
	 * How long names are waited for before the cut, the cut, and names once more, in ms.
	 */
	private static final long PATIENCE = 500;

	private Cutter() {
	}

	/**
	 * Name what is stuck, then cut it.
	 * @param reason what the name of each is told after
	 * @param stuck what is stuck
	 * @param now the time to tell its age by
	 */
	static void cut(String reason, List<InFlight> stuck, long now) {
		Thread naming = new Thread(() -> name(reason, stuck, now), "gracewrap-names");
		naming.setDaemon(true);
		try {
			naming.start();
		}
		catch (Throwable ex) {
			logger.debug("There is no thread to name what is stuck", ex);
		}
		await(naming);
		cut(stuck, Thread.currentThread());
		await(naming);
	}

	/**
	 * By a thread of its own as well, because what an application does to end something
	 * may take time (issue 5). So threads are interrupted first, and other requests
	 * answered before other work is ended.
	 * @param stuck what is stuck
	 * @param closing the thread that closes the application context
	 */
	private static void cut(List<InFlight> stuck, Thread closing) {
		List<InFlight> ordered = inOrder(stuck);
		Thread cutting = new Thread(() -> ordered.forEach((inFlight) -> {
			// An abort may have left one behind.
			Thread.interrupted();
			cut(inFlight, closing);
		}), "gracewrap-cutter");
		cutting.setDaemon(true);
		try {
			cutting.start();
		}
		catch (Throwable ex) {
			logger.debug("There is no thread to cut what is stuck", ex);
			ordered.forEach((inFlight) -> cut(inFlight, closing));
		}
		await(cutting);
	}

	/**
	 * The rank of each is asked for once: no sort stands threads that come and leave
	 * meanwhile.
	 * @param stuck what is stuck
	 * @return those that threads work on first, and other work last
	 */
	static List<InFlight> inOrder(List<InFlight> stuck) {
		return stuck.stream()
			.collect(Collectors.groupingBy(Cutter::rank, TreeMap::new, Collectors.toList()))
			.values()
			.stream()
			.flatMap(List::stream)
			.toList();
	}

	private static int rank(InFlight inFlight) {
		if (inFlight.protocol() == Protocol.WORK) {
			return 2;
		}
		return inFlight.isOnAnyThread() ? 0 : 1;
	}

	private static void name(String reason, List<InFlight> stuck, long now) {
		try {
			// All of them first: one that has been cut stands elsewhere.
			List<InFlight.Description> seen = stuck.stream()
				.limit(MOST_NAMED)
				.map((inFlight) -> inFlight.describe(now))
				.toList();
			seen.forEach((description) -> logger.warn(reason + description));
			if (stuck.size() > MOST_NAMED) {
				logger.warn("... and " + (stuck.size() - MOST_NAMED) + " more");
			}
		}
		catch (Throwable ex) {
			logger.debug("Could not name all that is stuck", ex);
		}
	}

	private static void await(Thread naming) {
		try {
			naming.join(PATIENCE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Cut what has been named and cut before.
	 * @param inFlight what is still there
	 */
	static void cut(InFlight inFlight) {
		cut(inFlight, Thread.currentThread());
	}

	private static void cut(InFlight inFlight, Thread closing) {
		try {
			// An interrupt would end every wait of a context that is closed by what it
			// waits for.
			if (!inFlight.isOnThread(closing)) {
				inFlight.abort();
			}
		}
		catch (Throwable ex) {
			logger.debug("Could not cut what is in flight", ex);
		}
	}

}
