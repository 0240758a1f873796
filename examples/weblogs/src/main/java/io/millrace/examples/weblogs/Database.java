package io.millrace.examples.weblogs;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * A real database server of this machine, which may be killed; it keeps its port and its data over
 * restarts. One thread starts and kills it, others may use it meanwhile.
 */
interface Database extends AutoCloseable {
  int port();

  /** A connection of the administrator to the database in which a {@link Shop} is. */
  Connection connect() throws SQLException;

  /** Starts it and waits until it answers. */
  void start() throws IOException, InterruptedException;

  /** kill -9 of every process of the server. */
  void kill() throws IOException, InterruptedException;

  @Override
  void close() throws IOException, InterruptedException;

  default void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
