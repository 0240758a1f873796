package io.millrace.examples.weblogs;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** PostgreSQL with logical replication. */
final class PostgresProcess implements Database {
  private static final Duration STARTING = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Path folder;
  private final int port = ServerProcess.freePort();
  private Process starter;
  private int starts;

  PostgresProcess(Path folder) {
    this.folder = folder;
  }

  /** Holds a server until its standard input ends: data folder, port. */
  public static void main(String[] arguments) throws IOException {
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setDataDirectory(Path.of(arguments[0]))
            .setCleanDataDirectory(false)
            .setPort(Integer.parseInt(arguments[1]))
            .setServerConfig("wal_level", "logical")
            .setServerConfig("track_commit_timestamp", "on")
            .start()) {
      System.out.println("ready on " + server.getPort());
      while (System.in.read() >= 0) {
        // Whoever started it holds the other end.
      }
    }
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&socketTimeout=30");
  }

  @Override
  public void start() throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Path out = folder.resolve("out-" + ++starts);
    starter =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx64m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    PostgresProcess.class.getName(),
                    folder.resolve("data").toString(),
                    String.valueOf(port)))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!Files.readString(out).contains("ready on")) {
      if (!starter.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("PostgreSQL did not start: " + Files.readString(out));
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  @Override
  public void kill() throws IOException, InterruptedException {
    starter.destroyForcibly().waitFor();
    Path pidFile = folder.resolve("data").resolve("postmaster.pid");
    Optional<ProcessHandle> postmaster =
        ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).get(0).strip()));
    if (postmaster.isPresent()) {
      List<ProcessHandle> all =
          Stream.concat(postmaster.stream(), postmaster.get().descendants()).toList();
      all.forEach(ProcessHandle::destroyForcibly);
      while (all.stream().anyMatch(ProcessHandle::isAlive)) {
        Thread.sleep(PAUSE.toMillis());
      }
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (starter != null && starter.isAlive()) {
      starter.getOutputStream().close();
      starter.waitFor();
    }
  }
}
