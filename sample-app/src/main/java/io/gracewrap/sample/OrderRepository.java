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

import java.util.Objects;
import java.util.Optional;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.stereotype.Repository;

/**
 * The orders. Each step of an order is a write of its own, so that the table tells at any
 * time how many orders got how far.
 *
 * @author GraceWrap Maintainers
 */
@Repository
class OrderRepository {

	private final JdbcClient jdbcClient;

	OrderRepository(JdbcClient jdbcClient) {
		this.jdbcClient = jdbcClient;
	}

	long begin(String item, int quantity) {
		KeyHolder key = new GeneratedKeyHolder();
		this.jdbcClient.sql("insert into orders (item, quantity) values (:item, :quantity)")
			.param("item", item)
			.param("quantity", quantity)
			.update(key, "id");
		return Objects.requireNonNull(key.getKeyAs(Long.class));
	}

	void finish(long id) {
		this.jdbcClient.sql("update orders set finished_at = current_timestamp where id = :id")
			.param("id", id)
			.update();
	}

	void acknowledge(long id) {
		this.jdbcClient.sql("update orders set acknowledged_at = current_timestamp where id = :id")
			.param("id", id)
			.update();
	}

	Optional<Order> find(long id) {
		return this.jdbcClient
			.sql("select id, item, quantity, begun_at as begunAt, finished_at as finishedAt,"
					+ " acknowledged_at as acknowledgedAt from orders where id = :id")
			.param("id", id)
			.query(Order.class)
			.optional();
	}

	Summary summary() {
		return this.jdbcClient
			.sql("select count(*) as begun, count(finished_at) as finished, count(acknowledged_at) as acknowledged"
					+ " from orders")
			.query(Summary.class)
			.single();
	}

	/**
	 * How many orders got how far.
	 *
	 * @param begun orders written
	 * @param finished orders paid as well
	 * @param acknowledged orders whose client has been told as well
	 */
	record Summary(long begun, long finished, long acknowledged) {

	}

}
