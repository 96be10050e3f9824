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

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.gracewrap.ComplianceRow.Verdict;

/**
 * What a graceful shutdown needs, checked on the running application.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public final class ComplianceReport {

	private final Supplier<Stream<ComplianceCheck>> checks;

	/**
	 * Create the report.
	 * @param checks what is checked, asked for each time
	 */
	public ComplianceReport(Supplier<Stream<ComplianceCheck>> checks) {
		this.checks = checks;
	}

	/**
	 * Check everything now.
	 * @return all rows
	 */
	public List<ComplianceRow> rows() {
		List<ComplianceRow> rows = new ArrayList<>();
		this.checks.get().forEach((check) -> rows.addAll(rows(check)));
		return rows;
	}

	/**
	 * Check everything now.
	 * @return the rows that are not as they must be
	 */
	public List<ComplianceRow> warnings() {
		return rows().stream().filter((row) -> row.verdict() == Verdict.WARN).toList();
	}

	private static List<ComplianceRow> rows(ComplianceCheck check) {
		try {
			return Objects.requireNonNull(check.rows(), "no rows");
		}
		catch (Exception | LinkageError ex) {
			return List.of(ComplianceRow.warn("Everything could be checked",
					check.getClass().getSimpleName() + " failed: " + ex, "Mend what keeps it from checking"));
		}
	}

}
