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

/**
 * Looks at the running application and says what it finds. Beans of this type add their
 * rows to the {@link ComplianceReport}, in their order, after those of GraceWrap.
 *
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
@FunctionalInterface
public interface ComplianceCheck {

	/**
	 * Check. Must return quickly, and may be called from any thread.
	 * @return a row for each requirement
	 */
	List<ComplianceRow> rows();

}
