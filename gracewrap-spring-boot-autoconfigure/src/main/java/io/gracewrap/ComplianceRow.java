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

import org.jspecify.annotations.Nullable;

/**
 * What one requirement of a graceful shutdown comes to in this application.
 *
 * @param requirement what must hold
 * @param found what was found
 * @param verdict whether it holds
 * @param advice what to change, {@code null} if nothing needs to be
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public record ComplianceRow(String requirement, String found, Verdict verdict, @Nullable String advice) {

	/**
	 * Create a row of a requirement that is met.
	 * @param requirement what must hold
	 * @param found what was found
	 * @return the row
	 */
	public static ComplianceRow pass(String requirement, String found) {
		return new ComplianceRow(requirement, found, Verdict.PASS, null);
	}

	/**
	 * Create a row of a requirement that is not met.
	 * @param requirement what must hold
	 * @param found what was found
	 * @param advice what to change
	 * @return the row
	 */
	public static ComplianceRow warn(String requirement, String found, String advice) {
		return new ComplianceRow(requirement, found, Verdict.WARN, advice);
	}

	@Override
	public String toString() {
		// Without it a requirement that is not met would read as if it were.
		String but = (this.verdict == Verdict.WARN) ? "not assured, " : "";
		return this.verdict + " " + this.requirement + ": " + but + this.found + '.'
				+ ((this.advice != null) ? ' ' + this.advice + '.' : "");
	}

	/**
	 * Whether a requirement is met.
	 */
	public enum Verdict {

		/**
		 * It is met.
		 */
		PASS,

		/**
		 * It is not, or may not be.
		 */
		WARN

	}

}
