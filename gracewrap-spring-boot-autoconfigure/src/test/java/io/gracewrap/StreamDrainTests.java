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

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StreamDrain}.
 *
 * @author GraceWrap Maintainers
 */
@ExtendWith(OutputCaptureExtension.class)
class StreamDrainTests {

	private final ManualTime time = new ManualTime();

	private final InFlightRegistry registry = new InFlightRegistry(true, this.time);

	private final List<Duration> ends = new ArrayList<>();

	private StreamDrain drain(Duration spread) {
		return new StreamDrain(this.registry, spread, this.time);
	}

	private InFlight stream(Runnable end) {
		InFlight stream = this.registry.begin("GET", "/events");
		stream.suspend();
		stream.stream(end);
		return stream;
	}

	private void open(int number) {
		for (int i = 0; i < number; i++) {
			InFlight[] stream = new InFlight[1];
			stream[0] = stream(() -> {
				this.ends.add(this.time.elapsed());
				stream[0].close();
			});
		}
	}

	private List<String> stubbornStream() {
		List<String> asked = new ArrayList<>();
		InFlight stream = this.registry.begin("GET", "/events");
		stream.suspend();
		stream.onAbort(() -> asked.add("cut"));
		stream.stream(() -> asked.add("end"));
		return asked;
	}

	private void refuseFor(StreamDrain drain, Duration duration) {
		for (Duration passed = Duration.ZERO; passed.compareTo(duration) <= 0; passed = passed.plusMillis(10)) {
			drain.refusing(Duration.ofSeconds(1));
			this.time.advance(Duration.ofMillis(10));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1000, 4000 })
	void streamsEndEvenlySpread(int spread) {
		open(100);
		StreamDrain drain = drain(Duration.ofMillis(spread));
		drain.refuse();
		assertThat(this.ends).isEmpty();
		refuseFor(drain, Duration.ofMillis(spread / 2 - 10));
		assertThat(this.ends).hasSizeBetween(49, 51);
		refuseFor(drain, Duration.ofMillis(spread / 2));
		assertThat(this.ends).hasSize(100);
		assertThat(this.ends.get(0)).isZero();
		assertThat(this.registry.streamCount()).isZero();
	}

	@Test
	void streamsThatHaveLeftAreNotKeptWhenTheDrainIsTakenBack() {
		StreamDrain drain = drain(Duration.ZERO);
		WeakReference<InFlight> stream = new WeakReference<>(stream(() -> {
		}));
		drain.refuse();
		stream.get().close();
		drain.accept();
		Awaitility.await().untilAsserted(() -> {
			System.gc();
			assertThat(stream.get()).isNull();
		});
	}

	@Test
	void allEndAtOnceWithoutASpread() {
		open(100);
		StreamDrain drain = drain(Duration.ZERO);
		drain.refuse();
		drain.refusing(Duration.ofSeconds(1));
		assertThat(this.ends).hasSize(100).containsOnly(Duration.ZERO);
	}

	@Test
	void lateStreamsEndWhenTheServersStop() {
		StreamDrain drain = drain(Duration.ofSeconds(1));
		drain.refuse();
		open(3);
		refuseFor(drain, Duration.ofSeconds(2));
		assertThat(this.ends).isEmpty();
		drain.drain();
		this.time.advance(Duration.ofMillis(6));
		assertThat(drain.isDrained()).isTrue();
		assertThat(this.ends).hasSize(3);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1000, 400 })
	void manyLateStreamsAreSpreadToo(int spread) {
		StreamDrain drain = drain(Duration.ofMillis(spread));
		drain.refuse();
		open(1000);
		drain.drain();
		assertThat(this.ends).hasSize(1);
		this.time.advance(Duration.ofMillis(spread / 2));
		assertThat(drain.isDrained()).isFalse();
		assertThat(this.ends).hasSize(501);
		this.time.advance(Duration.ofMillis(spread / 2));
		assertThat(drain.isDrained()).isTrue();
		assertThat(this.ends).hasSize(1000);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1000, 4000 })
	void aSpreadThatIsLongerThanTheWindowGoesOn(int spread) {
		open(100);
		StreamDrain drain = drain(Duration.ofMillis(spread));
		drain.refuse();
		drain.drain();
		assertThat(this.ends).hasSize(1);
		this.time.advance(Duration.ofMillis(spread / 2));
		assertThat(drain.isDrained()).isFalse();
		assertThat(this.ends).hasSize(51);
		this.time.advance(Duration.ofMillis(spread / 2));
		assertThat(drain.isDrained()).isTrue();
		assertThat(this.ends).hasSize(100);
	}

	@Test
	void streamsThatWereToGoGoWhenTrafficIsAcceptedAgainAndNoOthers() {
		open(100);
		StreamDrain drain = drain(Duration.ofSeconds(1));
		drain.refuse();
		refuseFor(drain, Duration.ofMillis(490));
		open(1);
		drain.accept();
		assertThat(this.ends).hasSize(100);
		open(1);
		assertThat(this.registry.streamCount()).isEqualTo(2);
		drain.refuse();
		refuseFor(drain, Duration.ofMillis(1000));
		assertThat(this.registry.streamCount()).isZero();
	}

	@Test
	void streamsThatAreOpenedWhileDrainingEnd() {
		StreamDrain drain = drain(Duration.ofSeconds(1));
		drain.refuse();
		drain.drain();
		open(1);
		drain.isDrained();
		assertThat(this.ends).hasSize(1);
		assertThat(drain.isDrained()).isTrue();
	}

	@Test
	void aStubbornStreamIsAskedOnceAndCutOnce(CapturedOutput output) {
		List<String> asked = stubbornStream();
		StreamDrain drain = drain(Duration.ZERO);
		drain.refuse();
		drain.drain();
		assertThat(drain.isDrained()).isFalse();
		this.time.advance(Duration.ofMillis(999));
		assertThat(drain.isDrained()).isFalse();
		assertThat(asked).containsExactly("end");
		this.time.advance(Duration.ofMillis(1));
		assertThat(drain.isDrained()).isFalse();
		this.time.advance(Duration.ofMillis(199));
		assertThat(drain.isDrained()).isFalse();
		assertThat(this.registry.areStreamsCut()).isFalse();
		this.time.advance(Duration.ofMillis(1));
		assertThat(drain.isDrained()).isTrue();
		assertThat(this.registry.areStreamsCut()).isTrue();
		assertThat(asked).containsExactly("end", "cut");
		Awaitility.await()
			.untilAsserted(() -> assertThat(output)
				.containsOnlyOnce("Does not end, cutting it: GET /events, in flight for 1.0 s"));
	}

	@Test
	void aStubbornStreamIsCutAlsoIfItCannotBeNamedBefore(CapturedOutput output) {
		InFlight stream = this.registry.begin("GET", "/events");
		stream.suspend();
		CountDownLatch cut = new CountDownLatch(1);
		stream.controlledBy(new InFlight.Control() {

			@Override
			public void beforeDescribe(InFlight described) {
				try {
					described.handledBy("/events",
							cut.await(10, TimeUnit.SECONDS) ? "one that could wait" : "one that was not cut");
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}

			@Override
			public void abort() {
				cut.countDown();
			}

		});
		stream.stream(() -> {
		});
		StreamDrain drain = drain(Duration.ZERO);
		drain.refuse();
		drain.drain();
		this.time.advance(Duration.ofSeconds(1));
		drain.isDrained();
		Awaitility.await()
			.untilAsserted(() -> assertThat(output)
				.contains("Does not end, cutting it: GET /events handled by one that could wait"));
	}

	@Test
	void theThreadThatClosesIsNotInterruptedForAStreamOfItsOwn() {
		StreamDrain drain = drain(Duration.ZERO);
		InFlight own = this.registry.begin("GET", "/events");
		own.stream(() -> {
		});
		drain.refuse();
		drain.drain();
		this.time.advance(Duration.ofSeconds(3));
		drain.isDrained();
		assertThat(Thread.interrupted()).isFalse();
		own.close();
	}

	@Test
	void noStreamIsCutWithinASecondOfTheEndOfTheSpread() {
		List<String> asked = stubbornStream();
		StreamDrain drain = drain(Duration.ofSeconds(2));
		drain.refuse();
		drain.drain();
		this.time.advance(Duration.ofMillis(2999));
		drain.isDrained();
		assertThat(asked).containsExactly("end");
		this.time.advance(Duration.ofMillis(1));
		drain.isDrained();
		assertThat(asked).containsExactly("end", "cut");
	}

	@Test
	void noStreamThatIsOpenedInALongWindowIsCutWithinASecondOfItsEnd() {
		stubbornStream();
		StreamDrain drain = drain(Duration.ZERO);
		drain.refuse();
		drain.refusing(Duration.ofSeconds(5));
		List<String> asked = stubbornStream();
		this.time.advance(Duration.ofSeconds(5));
		drain.drain();
		this.time.advance(Duration.ofMillis(999));
		drain.isDrained();
		assertThat(asked).containsExactly("end");
		this.time.advance(Duration.ofMillis(1));
		drain.isDrained();
		assertThat(asked).containsExactly("end", "cut");
	}

	@Test
	void noStreamThatBecomesOneLaterIsCutWithinASecond(CapturedOutput output) {
		List<String> first = stubbornStream();
		StreamDrain drain = drain(Duration.ZERO);
		drain.refuse();
		drain.drain();
		this.time.advance(Duration.ofMillis(1500));
		drain.isDrained();
		assertThat(first).containsExactly("end", "cut");
		List<String> second = stubbornStream();
		assertThat(drain.isDrained()).isFalse();
		this.time.advance(Duration.ofMillis(999));
		assertThat(drain.isDrained()).isFalse();
		assertThat(second).containsExactly("end");
		this.time.advance(Duration.ofMillis(1));
		drain.isDrained();
		assertThat(second).containsExactly("end", "cut");
		assertThat(first).containsExactly("end", "cut");
		this.time.advance(Duration.ofMillis(200));
		assertThat(drain.isDrained()).isTrue();
		Awaitility.await()
			.untilAsserted(() -> assertThat(output)
				.containsOnlyOnce("Does not end, cutting it: GET /events, in flight for 1.5 s")
				.containsOnlyOnce("Does not end, cutting it: GET /events, in flight for 1.0 s"));
	}

	@Test
	void whatWasCutInADrainThatWasTakenBackIsForgotten() {
		this.registry.streamsCut();
		this.registry.watch(0, 0, 0, 0);
		assertThat(this.registry.areStreamsCut()).isFalse();
	}

	@Test
	void theServerIsNotWaitedForAfterAStreamWasCut() {
		InFlight stream = this.registry.begin("GET", "/events");
		stream.suspend();
		stream.onAbort(stream::close);
		stream.stream(() -> {
		});
		StreamDrain drain = drain(Duration.ZERO);
		drain.refuse();
		drain.drain();
		this.time.advance(Duration.ofSeconds(1));
		drain.isDrained();
		assertThat(drain.isDrained()).isTrue();
		assertThat(this.registry.areStreamsCut()).isFalse();
		this.time.advance(Duration.ofMillis(200));
		assertThat(drain.isDrained()).isTrue();
		assertThat(this.registry.areStreamsCut()).isTrue();
	}

	@Test
	void anEndThatThrowsKeepsNoOther() {
		stream(() -> {
			throw new IllegalStateException();
		});
		open(5);
		StreamDrain drain = drain(Duration.ZERO);
		drain.refuse();
		drain.refusing(Duration.ZERO);
		drain.drain();
		assertThat(this.ends).hasSize(5);
		this.time.advance(Duration.ofSeconds(1));
		assertThat(drain.isDrained()).isFalse();
		this.time.advance(Duration.ofMillis(200));
		assertThat(drain.isDrained()).isTrue();
	}

	@Test
	void streamsThatAreKeptAreNotEnded() {
		InFlightRegistry keeping = new InFlightRegistry(false, this.time);
		InFlight stream = keeping.begin("GET", "/events");
		stream.suspend();
		stream.stream(() -> this.ends.add(this.time.elapsed()));
		StreamDrain drain = new StreamDrain(keeping, Duration.ZERO, this.time);
		drain.refuse();
		drain.refusing(Duration.ZERO);
		drain.drain();
		assertThat(drain.isDrained()).isTrue();
		assertThat(this.ends).isEmpty();
		assertThat(keeping.count()).isEqualTo(1);
		stream.abort();
		assertThat(this.ends).hasSize(1);
	}

}
