package io.millrace.examples.weblogs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The program of examples/spark-weblogs in a process and on a class path of its own, which may be
 * killed; its checkpoint folder is kept over restarts. Used by one thread.
 */
final class SparkProcess implements AutoCloseable {
  /** Where the launcher tells the class path of the program. */
  private static final String CLASS_PATH = "millrace.spark.classpath";

  private static final String MAIN = "io.millrace.examples.spark.SparkWeblogs";
  private static final Duration STARTING = Duration.ofMinutes(5);

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

  private final Path folder;
  private final Map<String, String> settings;
  private final List<String> options;
  private Process process;
  private int starts;

  /** Its files go into the folder, what it prints to {@code out-<n>} there. */
  SparkProcess(Path folder, Map<String, String> settings, List<String> jvmOptions) {
    this.folder = folder;
    this.settings = new TreeMap<>(settings);
    this.options = List.copyOf(jvmOptions);
  }

  /** What Spark and the sink remember of their epochs. */
  Path checkpoint() {
    return folder.resolve("checkpoint");
  }

  /** Starts it and waits until its queries run. */
  void start() throws IOException, InterruptedException {
    String classPath = System.getProperty(CLASS_PATH);
    if (classPath == null) {
      throw new IllegalStateException(
          "Cannot start Spark: ./millrace of a source checkout tells where it is");
    }
    Files.createDirectories(folder);
    Path out = folder.resolve("out-" + ++starts);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx1500m");
    command.addAll(options);
    OPENED.forEach(name -> command.add("--add-opens=java.base/" + name + "=ALL-UNNAMED"));
    Map.of(
            "master", "local[2,4]",
            "ui.enabled", "false",
            "driver.host", "127.0.0.1",
            "driver.bindAddress", "127.0.0.1",
            "sql.shuffle.partitions", "2",
            "local.dir", folder.resolve("local").toString())
        .forEach((key, value) -> command.add("-Dspark." + key + "=" + value));
    command.addAll(List.of("-cp", classPath, MAIN, "checkpoint=" + checkpoint()));
    settings.forEach((key, value) -> command.add(key + "=" + value));
    process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!Files.readString(out).contains("ready\n")) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("The program did not start: " + Files.readString(out));
      }
      Thread.sleep(50);
    }
  }

  /** Throws with what it printed where a query of its has failed. */
  void requireAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "The program ended: " + Files.readString(folder.resolve("out-" + starts)));
    }
  }

  /** kill -9: no shutdown hook runs. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(STARTING.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("The program does not die");
    }
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null) {
      kill();
    }
  }
}
