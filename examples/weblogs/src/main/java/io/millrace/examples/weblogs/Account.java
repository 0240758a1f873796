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
import java.util.stream.Stream;

/** Compares what came out of the pipeline with what went in, to the last row. */
final class Account {
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
    return sql.number("SELECT count(*) FROM _millrace_dead_letters WHERE statement = 'web_logs'");
  }

  /** Rows in the Parquet files, read by DuckDB as any foreign reader would. */
  long filed() {
    try (Stream<Path> files = Files.isDirectory(folder) ? Files.list(folder) : Stream.of()) {
      if (files.noneMatch(f -> f.getFileName().toString().startsWith("date="))) {
        return 0;
      }
      try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
          Statement statement = duck.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT count(*) FROM read_parquet('" + folder + "/date=*/*.parquet')")) {
        rows.next();
        return rows.getLong(1);
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
