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

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the rooms of the house stay apart.
 *
 * @author GraceWrap Maintainers
 */
class ArchitectureTests {

	private static final String CORE = "io.gracewrap";

	private static final String WIRING = "io.gracewrap.autoconfigure";

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(CORE);

	@Test
	void everyRoomIsLookedAt() {
		assertThat(rooms()).contains("io.gracewrap.actuate", "io.gracewrap.compliance", "io.gracewrap.grpc",
				"io.gracewrap.logging", "io.gracewrap.metrics", "io.gracewrap.test", "io.gracewrap.web.jetty",
				"io.gracewrap.web.netty", "io.gracewrap.web.reactive", "io.gracewrap.web.server",
				"io.gracewrap.web.servlet", "io.gracewrap.web.socket", "io.gracewrap.web.tomcat");
		assertThat(CLASSES.contain(DrainTests.class)).isFalse();
	}

	@Test
	void coreKnowsNoStackAndNoWiring() {
		check(ArchRuleDefinition.classes()
			.that()
			.resideInAPackage(CORE)
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("java..", "org.jspecify.annotations", "org.apache.commons.logging", CORE,
					"org.springframework.beans..", "org.springframework.boot", "org.springframework.boot.availability",
					"org.springframework.context..", "org.springframework.core..", "org.springframework.util.."));
	}

	@Test
	void stacksDoNotSeeEachOther() {
		Set<String> rooms = rooms();
		for (String room : rooms) {
			// What all web servers have in common is the one room that theirs stand on.
			String[] others = rooms.stream()
				.filter((other) -> !other.equals(room) && !other.equals("io.gracewrap.web.server"))
				.toArray(String[]::new);
			check(ArchRuleDefinition.noClasses()
				.that()
				.resideInAPackage(room)
				.should()
				.dependOnClassesThat()
				.resideInAnyPackage(others));
		}
	}

	@Test
	void stacksStandOnTheCoreAlone() {
		check(ArchRuleDefinition.classes()
			.that()
			.resideInAPackage("io.gracewrap.web..")
			.should()
			.onlyDependOnClassesThat(JavaClass.Predicates.resideOutsideOfPackages("io.gracewrap..")
				.or(JavaClass.Predicates.resideInAnyPackage(CORE, "io.gracewrap.web.."))));
	}

	@Test
	void nothingDependsOnTheWiring() {
		check(ArchRuleDefinition.noClasses()
			.that()
			.resideOutsideOfPackage(WIRING)
			.should()
			.dependOnClassesThat()
			.resideInAPackage(WIRING));
	}

	@Test
	void packagesAreFreeOfCycles() {
		check(SlicesRuleDefinition.slices().assignedFrom(new SliceAssignment() {

			@Override
			public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
				return SliceIdentifier.of(javaClass.getPackageName());
			}

			@Override
			public String getDescription() {
				return "packages";
			}

		}).should().beFreeOfCycles());
	}

	@Test
	void autoConfigurationsArePublicAndFinal() {
		check(ArchRuleDefinition.classes()
			.that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL));
	}

	@Test
	void autoConfigurationsHaveNoPublicMethods() {
		check(ArchRuleDefinition.methods()
			.that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.notBePublic());
	}

	@Test
	void beanMethodsAreNeitherPublicNorConditionalOnClasses() {
		check(ArchRuleDefinition.methods()
			.that()
			.areAnnotatedWith(Bean.class)
			.should()
			.notBePublic()
			.andShould()
			.notBeAnnotatedWith(ConditionalOnClass.class));
	}

	@Test
	void autoConfigurationsAreListedInOrder() {
		List<String> autoConfigurations = CLASSES.stream()
			.filter((javaClass) -> javaClass.isAnnotatedWith(AutoConfiguration.class))
			.map(JavaClass::getName)
			.sorted()
			.toList();
		List<String> listed = Drain.class.getClassLoader()
			.resources("META-INF/spring/" + AutoConfiguration.class.getName() + ".imports")
			.flatMap(ArchitectureTests::lines)
			.filter((line) -> line.startsWith(CORE))
			.toList();
		assertThat(autoConfigurations).isNotEmpty();
		assertThat(listed).isEqualTo(autoConfigurations);
	}

	@Test
	void configurationPropertiesDoNotNameTheirPrefixAttribute() {
		check(ArchRuleDefinition.classes()
			.that()
			.areAnnotatedWith(ConfigurationProperties.class)
			.should(new ArchCondition<>("not use prefix=") {

				@Override
				public void check(JavaClass javaClass, ConditionEvents events) {
					events.add(new SimpleConditionEvent(javaClass,
							!javaClass.getAnnotationOfType(ConfigurationProperties.class.getName())
								.hasExplicitlyDeclaredProperty("prefix"),
							javaClass.getName()));
				}

			}));
	}

	@Test
	void everyPackageIsNullMarked() {
		check(ArchRuleDefinition.classes().should(new ArchCondition<>("reside in a package that is null-marked") {

			@Override
			public void check(JavaClass javaClass, ConditionEvents events) {
				events.add(new SimpleConditionEvent(javaClass, javaClass.getPackage().isAnnotatedWith(NullMarked.class),
						javaClass.getName()));
			}

		}));
	}

	@Test
	void noRoomIsForOddsAndEnds() {
		check(ArchRuleDefinition.noClasses().should().resideInAnyPackage("..util..", "..common..", "..support.."));
	}

	private static Stream<String> lines(URL resource) {
		try (InputStream content = resource.openStream()) {
			return new String(content.readAllBytes(), StandardCharsets.UTF_8).lines();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void check(ArchRule rule) {
		rule.check(CLASSES);
	}

	/**
	 * All packages but the core and the wiring.
	 * @return the names of the packages
	 */
	private static Set<String> rooms() {
		return CLASSES.stream()
			.map(JavaClass::getPackageName)
			.filter((name) -> !name.equals(CORE) && !name.equals(WIRING))
			.collect(Collectors.toCollection(TreeSet::new));
	}

}
