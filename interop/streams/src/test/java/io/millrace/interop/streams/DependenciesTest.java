package io.millrace.interop.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a program takes along with these classes: no engine, no broker. */
class DependenciesTest {
  /** The jars' names without versions; those of the tests come last. */
  private static final String KNOWN =
      "(millrace-(model|registry-client|format)|kafka-(clients|streams)|rocksdbjni|avro"
          + "|jackson-(core|databind|annotations)|slf4j-api|commons-(compress|lang3|io|codec)"
          + "|zstd-jni|lz4-java|at.yawk.*|snappy-java|jspecify"
          + "|kafka-streams-test-utils|log4j-.*|junit-.*|assertj-core|awaitility|hamcrest"
          + "|byte-buddy|opentest4j|apiguardian-api|surefire-.*)-[0-9].*[.]jar";

  @Test
  void theClassPathHoldsNoJarBeyondTheKnownOnes() {
    List<String> jars =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(path -> Path.of(path).getFileName().toString())
            .filter(name -> name.endsWith(".jar"))
            .toList();
    assertThat(jars).anyMatch(name -> name.startsWith("kafka-streams-"));
    assertThat(jars).allMatch(name -> name.matches(KNOWN), "is one of " + KNOWN);
  }

  @Test
  void neitherEngineNorBrokerCanBeLoaded() {
    for (String name :
        List.of(
            "org.apache.flink.table.api.TableEnvironment",
            "kafka.server.KafkaRaftServer",
            "org.duckdb.DuckDBDriver",
            "io.javalin.Javalin",
            "io.millrace.engine.Conductor",
            "io.millrace.log.LogClient")) {
      assertThatThrownBy(() -> Class.forName(name)).isInstanceOf(ClassNotFoundException.class);
    }
  }
}
