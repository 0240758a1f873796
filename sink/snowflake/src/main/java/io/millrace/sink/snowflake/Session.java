package io.millrace.sink.snowflake;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection and the statements that go through it. Used by one thread. */
final class Session implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private final Connection connection;

  Session(Login login) throws SQLException {
    this.connection = login.open();
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** How many rows were changed. */
  long update(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeLargeUpdate(sql);
    }
  }

  /** All rows of a small answer, as texts. */
  List<List<String>> rows(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<List<String>> rows = new ArrayList<>();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  /** The id of the transaction that is open; throws where Snowflake has aborted it. */
  String transaction() throws SQLException {
    String id = rows("SELECT CURRENT_TRANSACTION()").get(0).get(0);
    if (id == null) {
      throw aborted();
    }
    return id;
  }

  /** An idle transaction that another waits for is aborted; the work can be done again. */
  static SQLException aborted() {
    return new SQLException("Snowflake has aborted the transaction", "40001");
  }

  /** Work that is done in one transaction. */
  interface Work<T> {
    T run() throws SQLException;
  }

  /** Begins, runs and commits; what fails is rolled back, and what fails in that is told too. */
  <T> T inTransaction(Work<T> work) throws SQLException {
    execute("BEGIN");
    try {
      T done = work.run();
      execute("COMMIT");
      return done;
    } catch (SQLException | RuntimeException e) {
      if (!isCutOff(e)) {
        try {
          execute("ROLLBACK");
        } catch (SQLException more) {
          e.addSuppressed(more);
        }
      }
      throw e;
    }
  }

  /** Whoever cannot reach the session cannot roll back either; Snowflake does so when it ends. */
  private static boolean isCutOff(Exception e) {
    return e instanceof SQLException failure
        && failure.getSQLState() != null
        && failure.getSQLState().startsWith("08");
  }

  /**
   * Throws nothing: whoever closes after a failure often cannot reach Snowflake, which ends a
   * session that it does not hear of and rolls its transaction back.
   */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.warn("Failed to end a session with Snowflake, which will end it itself", e);
    }
  }
}
