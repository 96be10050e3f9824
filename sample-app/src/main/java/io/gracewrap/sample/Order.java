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

package io.gracewrap.sample;

import java.time.OffsetDateTime;

import org.jspecify.annotations.Nullable;

/**
 * An order as the database holds it.
 *
 * @param id the number of the order
 * @param item what was ordered
 * @param quantity how many
 * @param begunAt when the order was first written
 * @param finishedAt when it was paid, or {@code null} while it is half done
 * @param acknowledgedAt when the answer had been handed to the client, or {@code null}
 * @author GraceWrap Maintainers
 * @since 0.1.0
 */
public record Order(long id, String item, int quantity, OffsetDateTime begunAt, @Nullable OffsetDateTime finishedAt,
		@Nullable OffsetDateTime acknowledgedAt) {

	/**
	 * How far the order is.
	 * @return its status
	 */
	public Status getStatus() {
		if (this.acknowledgedAt != null) {
			return Status.ACKNOWLEDGED;
		}
		return (this.finishedAt != null) ? Status.FINISHED : Status.BEGUN;
	}

	/**
	 * The steps of an order.
	 */
	public enum Status {

		/**
		 * Written, and not paid yet.
		 */
		BEGUN,

		/**
		 * Paid.
		 */
		FINISHED,

		/**
		 * Paid, and the client has been told.
		 */
		ACKNOWLEDGED

	}

}
