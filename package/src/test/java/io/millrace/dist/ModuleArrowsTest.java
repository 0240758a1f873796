package io.millrace.dist;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Who may import what. The table is the design's: a module's packages, the modules it may use, and
 * the heavy libraries that have their one home there.
 */
class ModuleArrowsTest {
  private record Module(String packages, Set<String> mayUse) {}

  /** Longest package first, so that {@code log.broker} is not taken for {@code log}. */
  private static final Map<String, Module> MODULES = new TreeMap<>();

  static {
    module("model", "io.millrace.model");
    module("sql", "io.millrace.sql", "model");
    module("log", "io.millrace.log", "model");
    module("broker", "io.millrace.log.broker", "model");
    module("registry", "io.millrace.registry", "model", "log");
    module("registry-server", "io.millrace.registry.server", "model", "log", "registry");
    module("format", "io.millrace.format", "model", "registry");
    module("catalog", "io.millrace.catalog", "model", "sql", "log", "registry");
    module("source", "io.millrace.source", "model", "log", "registry", "format", "catalog");
    module("cdc", "io.millrace.source.cdc", "model", "format", "catalog", "source");
    module("extract", "io.millrace.source.extract", "model", "catalog", "source");
    module("file", "io.millrace.source.file", "model", "format", "catalog", "source");
    module("sink", "io.millrace.sink", "model");
    module("parquet", "io.millrace.sink.parquet", "model", "sink");
    module("files", "io.millrace.sink.files", "model", "sink", "parquet");
    module("snowflake", "io.millrace.sink.snowflake", "model", "sink", "parquet");
    module("testserver-snowflake", "io.millrace.testserver.snowflake");
    module("gcs", "io.millrace.sink.gcs", "model", "sink", "files");
    module("s3", "io.millrace.sink.s3", "model", "sink", "files");
    module("documents", "io.millrace.sink.documents", "model");
    module("jdbc", "io.millrace.sink.jdbc", "model", "sink", "parquet", "documents");
    module("mongodb", "io.millrace.sink.mongodb", "model", "sink", "parquet", "documents");
    module("redis", "io.millrace.sink.redis", "model", "sink", "parquet", "documents");
    module("search", "io.millrace.sink.search", "model", "sink", "parquet", "documents");
    module(
        "flow", "io.millrace.flow", "model", "sql", "log", "registry", "format", "catalog", "sink");
    module(
        "serving", "io.millrace.serving", "model", "sql", "log", "registry", "format", "catalog");
    module(
        "engine",
        "io.millrace.engine",
        "model",
        "sql",
        "log",
        "registry",
        "format",
        "catalog",
        "source",
        "sink",
        "flow",
        "serving");
    module(
        "server",
        "io.millrace.server",
        "model",
        "engine",
        "catalog",
        "format",
        "source",
        "flow",
        "serving");
    module("cli", "io.millrace.cli");
    module("interop-streams", "io.millrace.interop.streams", "model", "registry", "format");
  }

  /** A library's packages, and the modules that alone may import it. */
  private static final Map<String, Set<String>> LIBRARIES =
      Map.ofEntries(
          Map.entry("org.antlr", Set.of("sql")),
          Map.entry("kafka.", Set.of("broker")),
          Map.entry("org.apache.flink", Set.of("flow")),
          Map.entry("org.duckdb", Set.of("serving", "testserver-snowflake")),
          Map.entry("net.snowflake", Set.of("snowflake")),
          Map.entry("com.mongodb", Set.of("mongodb")),
          Map.entry("redis.clients", Set.of("redis")),
          Map.entry("io.debezium", Set.of("cdc")),
          Map.entry("com.cronutils", Set.of("extract")),
          Map.entry("org.opensearch", Set.of("search")),
          Map.entry("org.apache.arrow", Set.of("serving")),
          Map.entry("org.apache.parquet", Set.of("parquet")),
          // In interop/spark alone, which has a class path and an ArrowsTest of its own.
          Map.entry("org.apache.spark", Set.of()),
          Map.entry("software.amazon", Set.of("s3")),
          Map.entry("com.google.cloud", Set.of("gcs")),
          Map.entry("io.javalin", Set.of("server")),
          Map.entry("org.jline", Set.of("cli")),
          Map.entry(
              "org.apache.avro",
              Set.of("registry", "registry-server", "format", "engine", "interop-streams")),
          Map.entry(
              "org.apache.kafka.clients",
              Set.of(
                  "log",
                  "broker",
                  "flow",
                  "source",
                  "serving",
                  "catalog",
                  "registry-server",
                  "engine",
                  "interop-streams")),
          Map.entry("org.apache.kafka.streams", Set.of("interop-streams")));

  private static void module(String name, String packages, String... mayUse) {
    MODULES.put(name, new Module(packages, Set.of(mayUse)));
  }

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.millrace");

  private static Optional<String> moduleOf(JavaClass type) {
    return MODULES.entrySet().stream()
        .filter(
            e ->
                type.getPackageName().equals(e.getValue().packages())
                    || type.getPackageName().startsWith(e.getValue().packages() + "."))
        .max(java.util.Comparator.comparingInt(e -> e.getValue().packages().length()))
        .map(Map.Entry::getKey);
  }

  @TestFactory
  List<DynamicTest> everyArrowBetweenModulesGoesDown() {
    return MODULES.keySet().stream()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name + " uses only " + MODULES.get(name).mayUse(),
                    () ->
                        noClasses()
                            .that(describe("are in " + name, c -> is(c, Set.of(name))))
                            .should()
                            .dependOnClassesThat(
                                describe(
                                    "are in a module that " + name + " may not use",
                                    c -> isForbidden(name, c)))
                            .check(CLASSES)))
        .toList();
  }

  @TestFactory
  List<DynamicTest> everyHeavyLibraryHasItsHome() {
    return LIBRARIES.entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey() + " is imported by " + e.getValue() + " alone",
                    () ->
                        noClasses()
                            .that(
                                describe(
                                    "are in another module",
                                    c -> moduleOf(c).isPresent() && !is(c, e.getValue())))
                            .should()
                            .dependOnClassesThat(
                                describe(
                                    "belong to " + e.getKey(),
                                    c -> c.getPackageName().startsWith(e.getKey())))
                            .check(CLASSES)))
        .toList();
  }

  /** What tells the time of day, or compares a record's timestamp with it; all else measures. */
  private static final Set<String> TIME_OF_DAY =
      Set.of(
          "io.millrace.catalog",
          "io.millrace.engine",
          "io.millrace.examples.weblogs",
          "io.millrace.flow.delivery.LastCommit",
          "io.millrace.flow.job.Job",
          "io.millrace.flow.topic.DeadLetterWriter",
          "io.millrace.flow.topic.read.PartitionReader",
          "io.millrace.serving.Serving",
          "io.millrace.serving.TailWorker",
          "io.millrace.sink.mongodb.MongoWriter",
          "io.millrace.source.ChangeClock",
          "io.millrace.source.ChangeWriter",
          "io.millrace.source.KnownRequests",
          "io.millrace.source.extract.Extract",
          "io.millrace.source.extract.ExtractSource",
          "io.millrace.source.file.Following",
          "io.millrace.source.SourceWorker",
          "io.millrace.source.SourceWorker$Run");

  @Test
  void timersDoNotFollowTheTimeOfDay() {
    noClasses()
        .that(
            describe(
                "do not tell the time of day",
                c ->
                    !TIME_OF_DAY.contains(c.getPackageName())
                        && !TIME_OF_DAY.contains(c.getName())))
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .check(CLASSES);
  }

  private static boolean is(JavaClass type, Set<String> names) {
    return moduleOf(type).filter(names::contains).isPresent();
  }

  private static boolean isForbidden(String from, JavaClass type) {
    return type.getPackageName().startsWith("io.millrace.")
        && !is(type, Set.of(from))
        && !is(type, MODULES.get(from).mayUse());
  }
}
