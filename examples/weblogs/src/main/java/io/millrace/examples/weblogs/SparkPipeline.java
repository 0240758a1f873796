package io.millrace.examples.weblogs;

import io.millrace.testserver.snowflake.SnowflakeKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What the program of Spark is given, and what must come of it. */
final class SparkPipeline {
  /** Under which its dead letters are found. */
  static final String STATEMENT = "spark_weblogs";

  private static final String LINE = TextSql.line(Account.COLUMNS, UnaryOperator.identity());

  private SparkPipeline() {}

  /** The lines, and a stream for the rows that the program makes of them. */
  static String script() {
    return Pipeline.lines()
        + " CREATE STREAM web_logs (`date` DATE, `time` STRING, c_ip STRING, cs_username STRING,"
        + " s_sitename STRING, s_computername STRING, s_ip STRING, s_port INT, cs_method STRING,"
        + " cs_uri_stem STRING, cs_uri_query STRING, sc_status INT, time_taken INT,"
        + " cs_version STRING, cs_host STRING, user_agent STRING, referer STRING)"
        + " COMMENT 'Requests to our web sites, typed by a program of Spark';";
  }

  static Map<String, String> settings(
      String kafka, String registry, String snowflakeUrl, Path privateKey, String trigger) {
    return Map.ofEntries(
        Map.entry("kafka", kafka),
        Map.entry("registry", registry),
        Map.entry("trigger", trigger),
        Map.entry("stream", "web_logs"),
        Map.entry("sfURL", snowflakeUrl),
        Map.entry("sfAccount", SnowflakeKeys.ACCOUNT),
        Map.entry("sfUser", SnowflakeKeys.USER),
        Map.entry("pem_private_key", "${file:" + privateKey + "}"),
        Map.entry("sfDatabase", SnowflakeKeys.DATABASE),
        Map.entry("sfSchema", "PUBLIC"),
        Map.entry("sfWarehouse", "LOADING"),
        Map.entry("sfRole", "LOADER"),
        Map.entry("streaming_stage", "WEB_STAGE"),
        Map.entry("dbtable", "WEB_LOGS"));
  }

  private static long written(Sql sql) {
    return sql.number("SELECT count(*) FROM web_logs");
  }

  /** Waits until everything has arrived, or the time is up. */
  static void await(
      SparkProcess spark, SnowflakeAccount account, Sql sql, Truth truth, Duration timeout)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (account.loaded() + account.deadLetters() < truth.sent()
        || written(sql) + truth.malformed() < truth.sent()) {
      spark.requireAlive();
      if (System.nanoTime() > deadline) {
        return;
      }
      Thread.sleep(500);
    }
  }

  /** What does not add up, in Snowflake, in the stream and in the dead letters. */
  static List<String> differences(SnowflakeAccount account, Sql sql, Truth truth) {
    List<String> wrong = new ArrayList<>(account.differences());
    long written = written(sql);
    if (written != truth.sent() - truth.malformed()) {
      wrong.add(
          truth.sent() - truth.malformed() + " lines are rows, " + written + " are in web_logs");
    }
    if (digest(sql, "SELECT " + LINE + " FROM web_logs") != truth.rowsDigest()) {
      wrong.add("the rows in web_logs are not the lines that were sent");
    }
    String letters =
        "SELECT decode(record_value) FROM _millrace_dead_letters WHERE statement = '"
            + STATEMENT
            + "'";
    if (digest(sql, letters) != truth.refusedDigest()) {
      wrong.add("the dead letters are not the lines that were malformed");
    }
    return wrong;
  }

  private static long digest(Sql sql, String select) {
    Digest digest = new Digest();
    sql.rows(select).forEach(row -> digest.add(row[0].toString()));
    return digest.value();
  }
}
