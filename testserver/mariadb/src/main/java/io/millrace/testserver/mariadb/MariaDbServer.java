package io.millrace.testserver.mariadb;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The MariaDB server of this machine over a folder of its own. It may be killed, and keeps its port
 * and its data over restarts. One thread starts and kills it, others may use it meanwhile.
 */
public final class MariaDbServer implements AutoCloseable {
  private static final Duration STARTING = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Path folder;
  private final List<String> command;
  private final int port;
  private Process process;

  /**
   * Makes the data and starts the server.
   *
   * @param folder for its data and its logs
   * @param options of the server besides those
   * @throws IllegalStateException if it does not start
   */
  public MariaDbServer(Path folder, String... options) throws IOException, InterruptedException {
    this.folder = folder;
    String user = "--user=" + System.getProperty("user.name");
    String data = "--datadir=" + folder.resolve("mariadb");
    Process install =
        run(
            "install.log",
            List.of(
                "mariadb-install-db",
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                user,
                data));
    if (install.waitFor() != 0) {
      throw new IllegalStateException("MariaDB made no data: " + log("install.log"));
    }
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    command =
        new ArrayList<>(
            List.of(
                "mariadbd",
                "--no-defaults",
                user,
                data,
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--socket=" + folder.resolve("s"),
                "--pid-file=" + folder.resolve("pid")));
    command.addAll(List.of(options));
    start();
  }

  /** Whether the programs are there; {@code .ci/setup} installs them. */
  public static boolean isInstalled() {
    for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
      if (Path.of(folder, "mariadbd").toFile().canExecute()) {
        return true;
      }
    }
    return false;
  }

  private Process run(String log, List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(log).toFile()))
        .start();
  }

  private String log(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  /** Starts it and waits until it answers. */
  public void start() throws IOException, InterruptedException {
    process = run("server.log", command);
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("MariaDB did not start: " + log("server.log"));
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private boolean answers() {
    try {
      execute("SELECT 1");
      return true;
    } catch (SQLException e) {
      return false; // not yet
    }
  }

  public int port() {
    return port;
  }

  /** Of a database, or of none where the name is empty; for JDBC, with the user. */
  public String url(String database) {
    return "jdbc:mariadb://127.0.0.1:" + port + "/" + database + "?user=root";
  }

  /** Runs statements as the administrator, without a database. */
  public void execute(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url(""));
        Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }

  /** kill -9. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
