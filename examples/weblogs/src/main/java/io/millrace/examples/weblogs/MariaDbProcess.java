package io.millrace.examples.weblogs;

import io.millrace.testserver.mariadb.MariaDbServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** MariaDB with a log that can be followed, and the database {@code shop}; started when made. */
final class MariaDbProcess implements Database {
  private final MariaDbServer server;

  MariaDbProcess(Path folder) throws IOException, InterruptedException, SQLException {
    Files.createDirectories(folder);
    server =
        new MariaDbServer(
            folder,
            "--log-bin=bin",
            "--server-id=1",
            "--binlog-format=ROW",
            "--binlog-row-image=FULL",
            "--default-time-zone=+00:00",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci", // that of its driver's connections
            "--innodb-flush-log-at-trx-commit=2", // what kills a process spares the page cache
            "--innodb-lock-wait-timeout=1");
    server.execute("CREATE DATABASE shop");
  }

  @Override
  public int port() {
    return server.port();
  }

  @Override
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(server.url("shop") + "&socketTimeout=30000");
  }

  @Override
  public void start() throws IOException, InterruptedException {
    server.start();
  }

  @Override
  public void kill() throws InterruptedException {
    server.kill();
  }

  @Override
  public void close() throws InterruptedException {
    server.close();
  }
}
