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

package io.gracewrap.sample.suite;

import io.gracewrap.DrainState;
import io.gracewrap.DrainStateChangedEvent;
import io.gracewrap.GraceWrap;
import io.gracewrap.InFlight;
import io.gracewrap.autoconfigure.GraceWrapAutoConfiguration;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Two applications in one JVM, which close one after the other: the first has nothing to
 * do, the second works longer than the first has time.
 *
 * @author GraceWrap Maintainers
 */
public final class TwoApplications {

	private TwoApplications() {
	}

	public static void main(String[] args) {
		start("--gracewrap.drain-timeout=1s");
		ConfigurableApplicationContext second = start("--gracewrap.drain-timeout=8s");
		InFlight work = second.getBean(GraceWrap.class).begin("work");
		work.suspend();
		second.addApplicationListener((event) -> {
			if (event instanceof DrainStateChangedEvent change && change.getState() == DrainState.REFUSING) {
				new Thread(() -> finish(work)).start();
			}
		});
		System.out.println("Both have started");
	}

	private static void finish(InFlight work) {
		try {
			Thread.sleep(4000);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		work.close();
	}

	private static ConfigurableApplicationContext start(String time) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.run(time, "--gracewrap.hard-stop-timeout=1s", "--gracewrap.load-balancer-delay=0s",
					"--spring.main.keep-alive=true");
	}

	/**
	 * No configuration by itself, which the sample would find when it looks for its own.
	 */
	@ImportAutoConfiguration({ ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
			GraceWrapAutoConfiguration.class })
	static class Application {

	}

}
