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

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * The file that {@code kubectl describe pod} shows the end of. Words are appended, as the
 * application may have written its own.
 *
 * @author GraceWrap Maintainers
 */
class TerminationLog {

	/** Where Kubernetes puts the file. */
	static final String DEFAULT = "/dev/termination-log";

	/** What Kubernetes reads. */
	static final int MOST_BYTES = 4096;

	private static final Log logger = LogFactory.getLog(TerminationLog.class);

	private final String path;

	/**
	 * Create the termination log.
	 * @param path its path, empty to write nothing; a file that is not there is made
	 * unless this is the default
	 */
	TerminationLog(String path) {
		this.path = path;
	}

	/**
	 * Write a line, on another thread because a file may hang, and wait for it a moment.
	 * @param words what to write
	 * @param patience how long to wait at most
	 */
	void write(String words, Duration patience) {
		if (this.path.isBlank()) {
			return;
		}
		try {
			Thread writer = new Thread(() -> append(line(words)), "gracewrap-termination-log");
			writer.setDaemon(true);
			writer.start();
			await(writer, patience);
		}
		catch (Throwable ex) {
			logger.debug("Could not write the termination log", ex);
		}
	}

	private static void await(Thread writer, Duration patience) {
		// Someone in a hurry has interrupted this thread, but this must not be lost.
		boolean interrupted = Thread.interrupted();
		try {
			TimeUnit.NANOSECONDS.timedJoin(writer, patience.toNanos());
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	private void append(byte[] line) {
		try {
			Path file = Path.of(this.path);
			if (Files.isRegularFile(file) || (!this.path.equals(DEFAULT) && Files.notExists(file))) {
				Files.write(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
			}
			else {
				warn("it is not a file");
			}
		}
		catch (Throwable ex) {
			warn(ex.toString());
		}
	}

	private void warn(String reason) {
		if (this.path.equals(DEFAULT)) {
			return;
		}
		logger.warn("The termination log '%s', set by 'gracewrap.termination-log', could not be written: %s"
			.formatted(this.path, reason));
	}

	/**
	 * Return words as one line that Kubernetes reads as a whole.
	 * @param words the words
	 * @return the line in UTF-8, cut at a character's boundary
	 */
	static byte[] line(String words) {
		byte[] line = (words.strip().replaceAll("\\s*\\R\\s*", " ") + '\n').getBytes(StandardCharsets.UTF_8);
		if (line.length <= MOST_BYTES) {
			return line;
		}
		int end = MOST_BYTES - 1;
		while ((line[end] & 0xC0) == 0x80) {
			end--;
		}
		byte[] cut = Arrays.copyOf(line, end + 1);
		cut[end] = '\n';
		return cut;
	}

}
