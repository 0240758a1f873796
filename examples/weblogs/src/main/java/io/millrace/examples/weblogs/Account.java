package io.millrace.examples.weblogs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Compares what came out of the pipeline with what went in, to the last row. */
final class Account {
  /** The columns, in the order in which a line has them. */
  static final List<String> COLUMNS =
      List.of(
          "date",
          "time",
          "c_ip",
          "cs_username",
          "s_sitename",
          "s_computername",
          "s_ip",
          "s_port",
          "cs_method",
          "cs_uri_stem",
          "cs_uri_query",
          "sc_status",
          "time_taken",
          "cs_version",
          "cs_host",
          "user_agent",
          "referer");

  /** A row as the line that it was. */
  private static final String LINE = TextSql.line(COLUMNS, UnaryOperator.identity());

  private static final String DEAD_LETTERS =
      " FROM _millrace_dead_letters WHERE statement = 'web_logs'";

  private final Sql sql;
  private final Truth truth;
  private final Path folder;

  Account(Sql sql, Truth truth, Path folder) {
    this.sql = sql;
    this.truth = truth;
    this.folder = folder;
  }

  long typed() {
    return sql.number("SELECT count(*) FROM web_logs");
  }

  long deadLetters() {
    return sql.number("SELECT count(*)" + DEAD_LETTERS);
  }

  private long digest(String select) {
    Digest digest = new Digest();
    sql.rows(select).forEach(row -> digest.add(row[0].toString()));
    return digest.value();
  }

  long filed() {
    return readFiles("count(*)", rows -> rows.next() ? rows.getLong(1) : 0);
  }

  private long filedDigest() {
    return readFiles(
        LINE,
        rows -> {
          Digest digest = new Digest();
          while (rows.next()) {
            digest.add(rows.getString(1));
          }
          return digest.value();
        });
  }

  private interface Reading {
    long of(ResultSet rows) throws SQLException;
  }

  /** Asks the Parquet files by DuckDB, as any foreign reader would; 0 while there are none. */
  private long readFiles(String what, Reading reading) {
    try (Stream<Path> files = Files.isDirectory(folder) ? Files.list(folder) : Stream.of()) {
      if (files.noneMatch(f -> f.getFileName().toString().startsWith("date="))) {
        return 0;
      }
      try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
          Statement statement = duck.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT "
                      + what
                      + " FROM read_parquet('"
                      + folder
                      + "/date=*/*.parquet', hive_partitioning = false)")) {
        return reading.of(rows);
      }
    } catch (SQLException | java.io.IOException e) {
      throw new IllegalStateException("Failed to read the Parquet files back", e);
    }
  }

  Map<Truth.Window, Truth.Summary> windows() {
    Map<Truth.Window, Truth.Summary> windows = new TreeMap<>();
    for (Object[] row :
        sql.rows(
            "SELECT window_start, site, requests, errors, average_time, maximum_time"
                + " FROM traffic_per_minute")) {
      long requests = Long.parseLong(row[2].toString());
      windows.put(
          new Truth.Window(
              LocalDateTime.parse(row[0].toString()).toInstant(ZoneOffset.UTC), row[1].toString()),
          new Truth.Summary(
              requests,
              Long.parseLong(row[3].toString()),
              Math.round(Double.parseDouble(row[4].toString()) * requests),
              Integer.parseInt(row[5].toString())));
    }
    return windows;
  }

  /** Whether everything has arrived, or the time is up. */
  boolean await(Instant watermark, Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    int expected = truth.closedBy(watermark).size();
    while (System.nanoTime() < deadline) {
      long typed = typed();
      if (typed + deadLetters() >= truth.sent()
          && filed() >= typed
          && windows().size() >= expected) {
        return true;
      }
      Thread.sleep(200);
    }
    return false;
  }

  /** What does not add up; empty if all does. */
  List<String> differences(Instant watermark) {
    List<String> wrong = new ArrayList<>();
    long typed = typed();
    long dead = deadLetters();
    long filed = filed();
    if (typed + dead != truth.sent()) {
      wrong.add(truth.sent() + " lines sent, " + typed + " rows typed + " + dead + " dead letters");
    }
    if (dead != truth.malformed()) {
      wrong.add(truth.malformed() + " lines were malformed, " + dead + " are dead letters");
    }
    if (filed != typed) {
      wrong.add(typed + " rows typed, " + filed + " in Parquet files");
    }
    if (digest("SELECT " + LINE + " FROM web_logs") != truth.rowsDigest()) {
      wrong.add("the rows typed are not the lines that were sent");
    }
    if (digest("SELECT decode(record_value)" + DEAD_LETTERS) != truth.refusedDigest()) {
      wrong.add("the dead letters are not the lines that were malformed");
    }
    if (filedDigest() != truth.rowsDigest()) {
      wrong.add("the rows in Parquet files are not the lines that were sent");
    }
    Map<Truth.Window, Truth.Summary> expected = truth.closedBy(watermark);
    Map<Truth.Window, Truth.Summary> found = windows();
    if (expected.keySet().stream().map(Truth.Window::start).distinct().count() == 0) {
      wrong.add("no window was closed");
    }
    expected.forEach(
        (window, summary) -> {
          if (!summary.equals(found.get(window))) {
            wrong.add(window + ": expected " + summary + ", found " + found.get(window));
          }
        });
    found.keySet().stream()
        .filter(window -> !expected.containsKey(window))
        .forEach(window -> wrong.add(window + " was not to be there"));
    return wrong;
  }
}
