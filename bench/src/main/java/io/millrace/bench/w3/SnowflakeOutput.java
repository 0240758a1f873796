package io.millrace.bench.w3;

import io.millrace.bench.race.LineDigest;
import io.millrace.bench.race.LogTable;
import io.millrace.bench.race.Output;
import io.millrace.bench.race.Place;
import io.millrace.testserver.snowflake.SnowflakeKeys;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table, read by Snowflake's own driver. What was read is deleted. */
final class SnowflakeOutput implements Output {
  private static final String LINE =
      LogTable.COLUMNS.stream()
          .map(column -> column.name().toUpperCase(Locale.ROOT))
          .map(column -> "coalesce(CAST(\"" + column + "\" AS VARCHAR), '-')")
          .collect(Collectors.joining(" || ' ' || "));

  private static final int DOES_NOT_EXIST = 2003;
  private static final int PAGE = 50_000;

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private final Connection connection;
  private long deleted;
  private long committed;
  private long lastLook = System.nanoTime() - BETWEEN_LOOKS.toNanos();

  SnowflakeOutput(Place place) throws IOException {
    try {
      connection = SnowflakeKeys.connect(SnowflakeStore.keyFile(place), place.store());
    } catch (SQLException e) {
      throw new IOException("Cannot log in to Snowflake's stand-in", e);
    }
  }

  /** Each look costs the server, and the machine, some milliseconds of CPU. */
  @Override
  public long committed() throws IOException {
    if (System.nanoTime() - lastLook >= BETWEEN_LOOKS.toNanos()) {
      committed = count();
      lastLook = System.nanoTime();
    }
    return committed;
  }

  private long count() throws IOException {
    try (Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM " + SnowflakeStore.TABLE)) {
      count.next();
      return deleted + count.getLong(1);
    } catch (SQLException e) {
      if (e.getErrorCode() == DOES_NOT_EXIST) {
        return 0; // the sink has not made it yet
      }
      throw new IOException(
          "Failed to count the rows of " + SnowflakeStore.TABLE + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void read(LineDigest digest) throws IOException {
    try (Statement statement = connection.createStatement()) {
      long rows = count() - deleted;
      for (long from = 0; from < rows; from += PAGE) {
        read(statement, from, digest);
      }
      statement.executeUpdate("DELETE FROM " + SnowflakeStore.TABLE);
    } catch (SQLException e) {
      throw new IOException("Failed to read " + SnowflakeStore.TABLE, e);
    }
  }

  /** The server holds an answer in memory; where the order were not the table's, it would show. */
  private void read(Statement statement, long from, LineDigest digest) throws SQLException {
    try (ResultSet lines =
        statement.executeQuery(
            "SELECT "
                + LINE
                + " FROM "
                + SnowflakeStore.TABLE
                + " LIMIT "
                + PAGE
                + " OFFSET "
                + from)) {
      while (lines.next()) {
        digest.add(lines.getString(1));
        deleted++;
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException("Failed to close the connection to Snowflake's stand-in", e);
    }
  }
}
