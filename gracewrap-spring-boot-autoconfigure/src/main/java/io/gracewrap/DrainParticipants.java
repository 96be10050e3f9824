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

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.springframework.util.function.SingletonSupplier;

/**
 * Those who take part in a drain. One that fails is warned of and keeps no other from
 * being asked.
 *
 * @author GraceWrap Maintainers
 */
final class DrainParticipants {

	private static final String DRAINED = "whether it is drained";

	private static final String READY_TO_CLOSE = "whether it is ready to close";

	private final SingletonSupplier<List<DrainParticipant>> participants;

	private final BiConsumer<String, Throwable> warning;

	/**
	 * Create the participants.
	 * @param participants who takes part, in order; asked for once
	 * @param warning what to do with the failure of one, which may be said often
	 */
	DrainParticipants(Supplier<List<DrainParticipant>> participants, BiConsumer<String, Throwable> warning) {
		this.participants = SingletonSupplier.of(participants);
		this.warning = warning;
	}

	/**
	 * Find who takes part while beans can still be created.
	 */
	void find() {
		this.participants.obtain();
	}

	/**
	 * Ask everyone for something.
	 * @param what what it is, for a warning
	 * @param request how to ask
	 */
	void ask(String what, Consumer<DrainParticipant> request) {
		for (DrainParticipant participant : this.participants.obtain()) {
			try {
				request.accept(participant);
			}
			catch (Throwable ex) {
				warn(participant, "failed to " + what, ex);
			}
		}
	}

	/**
	 * Let everyone move clients on, while traffic is refused.
	 * @param windowLeft what is left of the least load-balancer delay
	 */
	void refusing(Duration windowLeft) {
		ask("move clients on", (participant) -> participant.refusing(windowLeft));
	}

	/**
	 * Whether clients can reach anyone. Who fails to tell may be reachable.
	 * @return whether there is anyone to wait for
	 */
	boolean isAnyReachable() {
		boolean reachable = false;
		for (DrainParticipant participant : this.participants.obtain()) {
			reachable |= tells(participant, "whether it is reachable", DrainParticipant::isReachable);
		}
		return reachable;
	}

	/**
	 * Whether everyone is drained. Asks every one, because to be asked is what lets some
	 * go on draining.
	 * @return whether nobody is to be waited for
	 */
	boolean areDrained() {
		return thoseThatAreNot(DRAINED, DrainParticipant::isDrained).isEmpty();
	}

	String namesOfUndrained() {
		return names(thoseThatAreNot(DRAINED, DrainParticipant::isDrained));
	}

	/**
	 * Whether nobody waits for anything more. Asks every one.
	 * @return whether the application context may close
	 */
	boolean areReadyToClose() {
		return thoseThatAreNot(READY_TO_CLOSE, DrainParticipant::isReadyToClose).isEmpty();
	}

	String namesOfUnready() {
		return names(thoseThatAreNot(READY_TO_CLOSE, DrainParticipant::isReadyToClose));
	}

	private List<DrainParticipant> thoseThatAreNot(String what, Predicate<DrainParticipant> question) {
		return this.participants.obtain()
			.stream()
			.filter((participant) -> !tells(participant, what, question))
			.toList();
	}

	private static String names(List<DrainParticipant> participants) {
		return participants.stream().map(DrainParticipants::name).collect(Collectors.joining(", "));
	}

	private boolean tells(DrainParticipant participant, String what, Predicate<DrainParticipant> question) {
		try {
			return question.test(participant);
		}
		catch (Throwable ex) {
			warn(participant, "could not tell " + what, ex);
			return true;
		}
	}

	private void warn(DrainParticipant participant, String what, Throwable ex) {
		this.warning.accept(name(participant) + " " + what, ex);
	}

	private static String name(DrainParticipant participant) {
		try {
			return participant.toString();
		}
		catch (Throwable ex) {
			return participant.getClass().getName();
		}
	}

}
