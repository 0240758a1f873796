package io.millrace.sink.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** A real PostgreSQL, with a new database for each test. */
final class PostgresServer implements AutoCloseable {
  private final EmbeddedPostgres server;
  private final AtomicInteger databases = new AtomicInteger();

  PostgresServer() throws IOException {
    this.server = EmbeddedPostgres.builder().start();
  }

  private String url(String database) {
    return server.getJdbcUrl("postgres", database);
  }

  MartFixture newDatabase() throws SQLException {
    String name = "mart" + databases.incrementAndGet();
    asAdministrator("CREATE DATABASE " + name);
    return new MartFixture(url(name)) {
      @Override
      public boolean holds(Object value) {
        return !(value instanceof String text) || text.indexOf('\0') < 0;
      }

      @Override
      public boolean cut() throws SQLException {
        asAdministrator(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                + name
                + "'");
        return true;
      }
    };
  }

  private void asAdministrator(String text) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url("postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
