package io.millrace.interop.spark;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What this module may import: the lower rooms of the warehouse, Spark and Kafka's clients. */
class ArrowsTest {
  private static final Set<String> MAY_USE =
      Set.of(
          "io.millrace.interop.spark",
          "io.millrace.model",
          "io.millrace.registry",
          "io.millrace.format",
          "io.millrace.log",
          "io.millrace.sink");

  @Test
  void everyArrowGoesDownAndSinksAreKnownByTheirContractAlone() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.millrace.interop.spark");
    noClasses()
        .should()
        .dependOnClassesThat(
            describe(
                "are in a module that this one may not use",
                c ->
                    c.getPackageName().startsWith("io.millrace.")
                            && !MAY_USE.contains(c.getPackageName())
                        || c.getPackageName().startsWith("org.apache.avro")
                        || c.getPackageName().startsWith("org.apache.flink")))
        .check(classes);
  }

  @Test
  void aServerIsNotOnTheClassPath() {
    for (String server : Set.of("io.millrace.flow.Flow", "org.apache.flink.api.common.JobID")) {
      assertThat(getClass().getClassLoader().getResource(server.replace('.', '/') + ".class"))
          .as(server)
          .isNull();
    }
  }
}
