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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a stopped application has left in its database, held against what it told its
 * clients.
 *
 * @param begun orders written
 * @param finished orders paid as well
 * @param acknowledged orders whose answer the application had handed out
 * @param missing orders that a client was told of and that are not there, or half done
 * @author GraceWrap Maintainers
 */
record OrderAudit(long begun, long finished, long acknowledged, List<Long> missing) {

	/**
	 * Audit an H2 file that no process has open any more.
	 * @param database the file, without its ending
	 * @param promised the orders that clients were told of
	 * @return the audit
	 * @throws SQLException if it cannot be read
	 */
	static OrderAudit of(Path database, Collection<Long> promised) throws SQLException {
		return of("jdbc:h2:file:" + database.toAbsolutePath() + ";IFEXISTS=TRUE", promised);
	}

	static OrderAudit of(String url, Collection<Long> promised) throws SQLException {
		long begun = 0;
		long acknowledged = 0;
		Set<Long> finished = new HashSet<>();
		try (Connection connection = DriverManager.getConnection(url);
				Statement statement = connection.createStatement();
				ResultSet orders = statement.executeQuery("select id, finished_at, acknowledged_at from orders")) {
			while (orders.next()) {
				begun++;
				if (orders.getObject("finished_at") != null) {
					finished.add(orders.getLong("id"));
				}
				if (orders.getObject("acknowledged_at") != null) {
					acknowledged++;
				}
			}
		}
		List<Long> missing = promised.stream().filter((id) -> !finished.contains(id)).sorted().toList();
		return new OrderAudit(begun, finished.size(), acknowledged, missing);
	}

	long halfDone() {
		return this.begun - this.finished;
	}

}
