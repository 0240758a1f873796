package io.millrace.examples.weblogs;

import io.millrace.testserver.snowflake.SnowflakeKeys;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Compares the table WEB_LOGS with the lines that were sent, reading it as anybody would: by the
 * official driver.
 */
final class SnowflakeAccount {
  private static final String LINE =
      TextSql.line(Account.COLUMNS, column -> column.toUpperCase(Locale.ROOT));

  private static final int OBJECT_MISSING = 2003;

  private final String url;
  private final SnowflakeKeys keys;
  private final Sql sql;
  private final Truth truth;
  private final String statements;

  /**
   * @param url of the server that stands in, past whatever cuts the sink's way to it
   * @param statements whose dead letters count
   */
  SnowflakeAccount(String url, SnowflakeKeys keys, Sql sql, Truth truth, String... statements) {
    this.url = url;
    this.keys = keys;
    this.sql = sql;
    this.truth = truth;
    this.statements = String.join("', '", statements);
  }

  private interface Reading<T> {
    T of(ResultSet rows) throws SQLException;
  }

  private <T> T read(String query, Reading<T> reading) {
    try (Connection connection = keys.connect(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return reading.of(rows);
    } catch (SQLException e) {
      throw new IllegalStateException("Failed to read the table back", e);
    }
  }

  /** 0 where the table is not there yet: a sink that makes it may have had no row so far. */
  private long number(String query) {
    try {
      return existing(query);
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof SQLException cause && cause.getErrorCode() == OBJECT_MISSING) {
        return 0;
      }
      throw e;
    }
  }

  private long existing(String query) {
    return read(
        query,
        rows -> {
          rows.next();
          return rows.getLong(1);
        });
  }

  /** Rows in the table. */
  long loaded() {
    return number("SELECT COUNT(*) FROM WEB_LOGS");
  }

  /** How often rows were committed. */
  long commits() {
    return number("SELECT COUNT(*) FROM MILLRACE_LEDGER WHERE STATE = 'committed'");
  }

  long deadLetters() {
    return sql.number(
        "SELECT count(*) FROM _millrace_dead_letters WHERE statement IN ('" + statements + "')");
  }

  private List<String> types() {
    return read(
        "DESCRIBE TABLE WEB_LOGS",
        rows -> {
          List<String> types = new ArrayList<>();
          while (rows.next()) {
            types.add(rows.getString(1) + " " + rows.getString(2));
          }
          return types;
        });
  }

  /** Whether everything has arrived, or the time is up. */
  boolean await(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (System.nanoTime() < deadline) {
      if (loaded() + deadLetters() >= truth.sent()) {
        return true;
      }
      Thread.sleep(500);
    }
    return false;
  }

  /** What does not add up; empty if all does. */
  List<String> differences() {
    List<String> wrong = new ArrayList<>();
    long loaded = loaded();
    long dead = deadLetters();
    if (loaded + dead != truth.sent()) {
      wrong.add(truth.sent() + " lines sent, " + loaded + " rows + " + dead + " dead letters");
    }
    if (dead != truth.malformed()) {
      wrong.add(truth.malformed() + " lines were malformed, " + dead + " are dead letters");
    }
    long staged = number("SELECT SUM(ROWS_STAGED) FROM MILLRACE_LEDGER WHERE STATE = 'committed'");
    if (staged != loaded) {
      wrong.add(staged + " rows in the ledger, " + loaded + " in the table");
    }
    Digest digest =
        read(
            "SELECT " + LINE + " FROM WEB_LOGS",
            rows -> {
              Digest sum = new Digest();
              while (rows.next()) {
                sum.add(rows.getString(1));
              }
              return sum;
            });
    if (digest.value() != truth.rowsDigest()) {
      wrong.add("the rows in WEB_LOGS are not the lines that were sent");
    }
    List<String> types = types();
    if (types.size() != Account.COLUMNS.size()
        || !types.contains("SC_STATUS NUMBER(10,0)")
        || !types.contains("C_IP VARCHAR(16777216)")) {
      wrong.add("the columns are " + types);
    }
    return wrong;
  }
}
