package io.millrace.bench;

import io.millrace.bench.race.EngineJvm;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** A JVM of Spark: its jar, found on this class path, tells which others it needs. */
public final class SparkJvm {
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

  /**
   * The JVM that runs {@code main}; {@code classPath} is the file in its jar that tells the rest.
   */
  public static EngineJvm find(String classPath, String main) throws IOException {
    URL resource = SparkJvm.class.getClassLoader().getResource(classPath);
    if (resource == null || !(resource.openConnection() instanceof JarURLConnection jar)) {
      throw new IOException("Cannot find Spark: no jar on the class path has " + classPath);
    }
    try (InputStream others = resource.openStream()) {
      return new EngineJvm(
          main,
          jar.getJarFile().getName()
              + File.pathSeparator
              + new String(others.readAllBytes(), StandardCharsets.UTF_8).strip(),
          OPENED.stream()
              .flatMap(p -> Stream.of("--add-opens", "java.base/" + p + "=ALL-UNNAMED"))
              .toList());
    }
  }
}
