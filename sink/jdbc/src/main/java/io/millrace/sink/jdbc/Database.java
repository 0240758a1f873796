package io.millrace.sink.jdbc;

import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.Properties;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a database is and how to log in. Immutable; sent to the tasks that write. The password is
 * never printed.
 *
 * @param user and {@code password}: empty where the URL has them or none is needed
 */
record Database(String url, String user, String password, Dialect dialect) implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  /**
   * Classes of SQLSTATE that may pass by themselves: connection exception, transaction rollback,
   * insufficient resources, operator intervention, system error (PostgreSQL's documentation,
   * appendix A), and time-outs of drivers.
   */
  private static final Set<String> PASSING = Set.of("08", "40", "53", "57", "58", "HY");

  /** SQLSTATE "lock not available", the only one of its class that passes. */
  private static final String LOCKED = "55P03";

  /** Work within one transaction. */
  interface Work<T> {
    T run(Connection connection) throws SQLException, IOException;
  }

  /** A new connection; its transactions are READ COMMITTED and end by commit alone. */
  Connection connect() throws SQLException {
    Properties properties = dialect.properties();
    if (!user.isEmpty()) {
      properties.setProperty("user", user);
    }
    if (!password.isEmpty()) {
      properties.setProperty("password", password);
    }
    Connection connection = DriverManager.getConnection(dialect.url(url), properties);
    try {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      try (Statement statement = connection.createStatement()) {
        for (String greeting : dialect.greetings()) {
          statement.execute(greeting);
        }
      }
      connection.commit();
      return connection;
    } catch (SQLException e) {
      close(connection);
      throw e;
    }
  }

  /** A new connection, with its failure told as {@link #failure} does. */
  Connection open(String what) throws IOException {
    try {
      return connect();
    } catch (SQLException e) {
      throw failure(what, e);
    }
  }

  /** Runs and commits work; what it did is undone where it fails. */
  static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException, IOException {
    boolean done = false;
    try {
      T result = work.run(connection);
      connection.commit();
      done = true;
      return result;
    } finally {
      if (!done) {
        rollBack(connection);
      }
    }
  }

  /** A connection that is lost is rolled back by the database itself. */
  static void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      LOG.debug("The transaction ends with its connection: {}", e.getMessage());
    }
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("The connection was lost before it was closed: {}", e.getMessage());
    }
  }

  /** Whether trying again later may help: the place may recover. */
  static boolean mayPass(SQLException e) {
    if (e instanceof SQLTransientException
        || e instanceof SQLRecoverableException
        || e instanceof SQLNonTransientConnectionException) {
      return true;
    }
    String state = e.getSQLState();
    return state == null
        || state.length() < 2
        || PASSING.contains(state.substring(0, 2))
        || state.equals(LOCKED);
  }

  /** Whether a unique key stood in the way. */
  static boolean isDuplicate(SQLException e) {
    return e.getSQLState() != null && e.getSQLState().startsWith("23");
  }

  /** Says what failed: an IOException where the place may recover, else throws SINK_FAILED. */
  static IOException failure(String what, SQLException e) {
    if (mayPass(e)) {
      return new IOException("Failed to " + what + ": " + e.getMessage(), e);
    }
    throw new MillraceException(ErrorCode.SINK_FAILED, "Cannot " + what + ": " + e.getMessage(), e)
        .hint(
            "Change the table so that it takes the rows, or the rows; then RESUME the sink, which"
                + " goes on where it stood.");
  }

  @Override
  public String toString() {
    return "Database[" + url.replaceAll("\\?.*", "") + "]";
  }
}
