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

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The arguments of a command, each {@code --name=value}.
 *
 * @author GraceWrap Maintainers
 */
final class Arguments {

	private static final Pattern ARGUMENT = Pattern.compile("--([a-z]+)=(.*)");

	private final Map<String, String> values;

	private Arguments(Map<String, String> values) {
		this.values = values;
	}

	/**
	 * Take the arguments.
	 * @param defaults the value of each option that is not given
	 * @param args what is given
	 * @return the arguments
	 */
	static Arguments of(Map<String, String> defaults, String... args) {
		Map<String, String> values = new HashMap<>(defaults);
		for (String arg : args) {
			Matcher matcher = ARGUMENT.matcher(arg);
			if (!matcher.matches() || values.replace(matcher.group(1), matcher.group(2)) == null) {
				throw new IllegalArgumentException("Unknown option " + arg);
			}
		}
		return new Arguments(values);
	}

	/**
	 * Read arguments, or say what would fit and end the JVM with 2.
	 * @param usage what would fit
	 * @param reader reads them
	 * @param <T> the type of what is read
	 * @return what was read
	 */
	static <T> T readOrExit(String usage, Supplier<T> reader) {
		try {
			return reader.get();
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage() + System.lineSeparator() + usage);
			System.exit(2);
			throw ex;
		}
	}

	String text(String name) {
		return this.values.getOrDefault(name, "");
	}

	int number(String name) {
		String value = text(name);
		try {
			return Integer.parseInt(value);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("--" + name + " is a number, not '" + value + "'", ex);
		}
	}

	Path path(String name) {
		return Path.of(text(name)).toAbsolutePath();
	}

	/**
	 * Values that are separated by commas.
	 * @param name the option
	 * @return its values
	 */
	List<String> list(String name) {
		String value = text(name);
		return value.isEmpty() ? List.of() : List.of(value.split(","));
	}

	List<String> choice(String name, String... choices) {
		List<String> chosen = list(name);
		if (chosen.isEmpty() || !List.of(choices).containsAll(chosen)) {
			throw new IllegalArgumentException("--" + name + " is one of " + String.join(", ", choices));
		}
		return chosen;
	}

}
