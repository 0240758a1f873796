package io.millrace.examples.weblogs;

import io.millrace.testserver.snowflake.SnowflakeKeys;
import io.millrace.testserver.snowflake.SnowflakeMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Snowflake's stand-in in a process of its own, which may be killed; it keeps its port and its data
 * over restarts, but forgets sessions and requests. Used by one thread.
 */
final class SnowflakeProcess implements AutoCloseable {
  private static final Duration STARTING = Duration.ofMinutes(2);

  private final Path folder;
  private final int port = ServerProcess.freePort();
  private final SnowflakeKeys keys;
  private Process process;
  private int starts;

  /** Its data go into the folder, what it prints to {@code out-<n>} there. */
  SnowflakeProcess(Path folder, SnowflakeKeys keys) {
    this.folder = folder;
    this.keys = keys;
  }

  int port() {
    return port;
  }

  /** The files that lie in the stages of a sink. */
  Set<String> staged() {
    return KillPoint.names(folder, "stages", "*", "*", "*", "*", "*.parquet");
  }

  /** What changes with every commit: the store's write-ahead log. */
  Set<String> committed() {
    return KillPoint.sizes(folder, "store.duckdb.wal");
  }

  String url() {
    return "http://localhost:" + port;
  }

  /** Starts it and waits until it answers. */
  void start() throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Path out = folder.resolve("out-" + ++starts);
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx1g",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    SnowflakeMain.class.getName(),
                    folder.toString(),
                    String.valueOf(port),
                    SnowflakeKeys.ACCOUNT,
                    SnowflakeKeys.DATABASE,
                    SnowflakeKeys.USER,
                    keys.publicFile().toString()))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!Files.readString(out).contains("ready at")) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("Snowflake's stand-in did not start: see " + out);
      }
      Thread.sleep(20);
    }
  }

  /** kill -9: what no transaction has committed is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(STARTING.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("Snowflake's stand-in does not die");
    }
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null) {
      kill();
    }
  }
}
