package io.millrace.sink.jdbc;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** The MariaDB server of this machine over a folder of its own, with a database for each test. */
public final class MariaDbServer implements AutoCloseable {
  private final Process process;
  private final int port;
  private final AtomicInteger databases = new AtomicInteger();

  /**
   * @param folder for its data and its logs
   * @param options of the server besides those
   */
  public MariaDbServer(Path folder, String... options) throws IOException, InterruptedException {
    Path data = folder.resolve("mariadb");
    Process install =
        new ProcessBuilder(
                "mariadb-install-db",
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--user=" + System.getProperty("user.name"),
                "--datadir=" + data)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("install.log").toFile())
            .start();
    if (install.waitFor() != 0) {
      throw new IOException("Failed to make a data folder: see " + folder.resolve("install.log"));
    }
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                "mariadbd",
                "--no-defaults",
                "--user=" + System.getProperty("user.name"),
                "--datadir=" + data,
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--socket=" + folder.resolve("s"),
                "--pid-file=" + folder.resolve("pid")));
    command.addAll(List.of(options));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("server.log").toFile())
            .start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(this::answers);
  }

  /** Whether the programs are there; {@code .ci/setup} installs them. */
  public static boolean isInstalled() {
    for (String folder : System.getenv("PATH").split(":")) {
      if (Path.of(folder, "mariadbd").toFile().canExecute()) {
        return true;
      }
    }
    return false;
  }

  private boolean answers() throws SQLException {
    if (!process.isAlive()) {
      throw new IllegalStateException("MariaDB ended with " + process.exitValue());
    }
    asAdministrator("SELECT 1");
    return true;
  }

  public int port() {
    return port;
  }

  private String url(String database) {
    return "jdbc:mariadb://127.0.0.1:" + port + "/" + database + "?user=root";
  }

  MartFixture newDatabase() throws SQLException {
    String name = "mart" + databases.incrementAndGet();
    asAdministrator("CREATE DATABASE " + name);
    return new MartFixture(url(name)) {
      @Override
      public boolean holds(Object value) {
        return !(value instanceof Float number && !Float.isFinite(number)
            || value instanceof Double wide && !Double.isFinite(wide));
      }

      /** MariaDB was seen to give back a negative zero as zero. */
      @Override
      public Object kept(Object value) {
        return value instanceof Double number && number == 0 ? (Object) 0.0 : value;
      }

      @Override
      public boolean cut() throws SQLException {
        List<Long> connections = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url(""));
            Statement statement = connection.createStatement();
            ResultSet found =
                statement.executeQuery(
                    "SELECT id FROM information_schema.processlist WHERE db = '" + name + "'")) {
          while (found.next()) {
            connections.add(found.getLong(1));
          }
        }
        for (long id : connections) {
          asAdministrator("KILL CONNECTION " + id);
        }
        return true;
      }
    };
  }

  public void asAdministrator(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url(""));
        Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
