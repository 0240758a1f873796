package io.millrace.bench.w3;

import io.millrace.bench.race.EngineJvm;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The JVM of Spark: its jar, found on this class path, tells which others it needs. */
final class SparkJvm {
  private static final String CLASS_PATH = "spark.classpath";
  private static final String MAIN = "io.millrace.bench.spark.SparkFiles";

  /** What Spark's own launcher opens on Java 17. */
  private static final List<String> OPENED =
      List.of(
          "java.lang",
          "java.lang.invoke",
          "java.lang.reflect",
          "java.io",
          "java.net",
          "java.nio",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "sun.nio.ch",
          "sun.nio.cs",
          "sun.security.action",
          "sun.util.calendar");

  private SparkJvm() {}

  static EngineJvm find() throws IOException {
    URL resource = SparkJvm.class.getClassLoader().getResource(CLASS_PATH);
    if (resource == null || !(resource.openConnection() instanceof JarURLConnection jar)) {
      throw new IOException("Cannot find Spark: no jar on the class path has " + CLASS_PATH);
    }
    try (InputStream others = resource.openStream()) {
      return new EngineJvm(
          MAIN,
          jar.getJarFile().getName()
              + File.pathSeparator
              + new String(others.readAllBytes(), StandardCharsets.UTF_8).strip(),
          OPENED.stream()
              .flatMap(p -> Stream.of("--add-opens", "java.base/" + p + "=ALL-UNNAMED"))
              .toList());
    }
  }
}
