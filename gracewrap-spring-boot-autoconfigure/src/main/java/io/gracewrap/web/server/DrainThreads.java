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

package io.gracewrap.web.server;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Threads for what the application or its clients may hold up, which no thread that
 * drains is to wait for. They are there only while they have something to do.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class DrainThreads {

	private static final Log logger = LogFactory.getLog(DrainThreads.class);

	/** As many may be held up before others are delayed. */
	private static final int MOST = 32;

	private DrainThreads() {
	}

	/**
	 * Create an executor of such threads, which need not be shut down.
	 * @param namePrefix what their names begin with
	 * @return the executor, which rejects nothing: where no thread can be made the caller
	 * does it
	 */
	public static Executor create(String namePrefix) {
		CustomizableThreadFactory threadFactory = new CustomizableThreadFactory(namePrefix);
		threadFactory.setDaemon(true);
		return create(threadFactory);
	}

	static Executor create(ThreadFactory threadFactory) {
		ThreadPoolExecutor executor = new ThreadPoolExecutor(MOST, MOST, 1, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), threadFactory);
		executor.allowCoreThreadTimeOut(true);
		return (task) -> {
			try {
				executor.execute(() -> run(task));
			}
			catch (OutOfMemoryError ex) {
				run(task);
			}
		};
	}

	private static void run(Runnable task) {
		try {
			task.run();
		}
		catch (Throwable ex) {
			logger.debug("What ends a request, a stream or a session failed", ex);
		}
	}

}
