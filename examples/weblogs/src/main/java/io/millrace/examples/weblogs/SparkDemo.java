package io.millrace.examples.weblogs;

import io.millrace.dist.SingleProcess;
import io.millrace.testserver.snowflake.SnowflakeKeys;
import io.millrace.testserver.snowflake.SnowflakeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * A program of Spark Structured Streaming reads log lines from Kafka, makes them rows, and loads
 * these into the table WEB_LOGS every 30 seconds. Half-way it is killed and started again.
 *
 * @param seconds how long lines are sent, or null for ever
 */
record SparkDemo(Integer seconds, int rate, long seed) {
  private static final String TRIGGER = "30 seconds";
  private static final Duration SETTLING = Duration.ofMinutes(5);
  private static final int PARTITIONS = 4;
  private static final int USUAL_KILL = 45;

  /** Answers the exit code. */
  int run(Path folder) throws IOException, InterruptedException, SQLException {
    SnowflakeKeys keys = new SnowflakeKeys(folder);
    try (SingleProcess server = DemoCommand.server(folder);
        SnowflakeServer snowflake = keys.server(folder);
        SparkProcess spark =
            new SparkProcess(
                folder.resolve("spark"),
                SparkPipeline.settings(
                    server.bootstrap(),
                    "http://localhost:" + server.ports().get("registry.port"),
                    snowflake.url(),
                    keys.privateFile(),
                    TRIGGER),
                List.of())) {
      ConductorSql sql = new ConductorSql(server.conductor());
      sql.script(SparkPipeline.script());
      System.out.println("Starting Spark in a process of its own ...");
      spark.start();
      System.out.println(
          "  weblogs -> Spark -> WEB_LOGS in Snowflake's stand-in at "
              + snowflake.url()
              + ", and web_logs");
      Generator generator = new Generator(server.bootstrap(), "weblogs", PARTITIONS, rate, seed);
      SnowflakeAccount account =
          new SnowflakeAccount(
              snowflake.url(), keys, sql, generator.truth(), SparkPipeline.STATEMENT);
      generator.start();
      watch(account, generator.truth(), spark);
      generator.close();
      return settle(spark, account, sql, generator.truth());
    }
  }

  private void watch(SnowflakeAccount account, Truth truth, SparkProcess spark)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    long commits = 0;
    int kill = seconds == null ? USUAL_KILL : seconds / 2;
    for (int second = 1; seconds == null || second <= seconds; second++) {
      DemoCommand.sleepUntil(begun + second * 1_000_000_000L);
      if (second == kill) {
        spark.kill();
        System.out.printf("%4d s: killed the program (kill -9); starting it again%n", second);
        spark.start();
      }
      spark.requireAlive();
      long now = account.commits();
      if (now > commits) {
        commits = now;
        System.out.printf(
            "%4d s: batch %d, %,d rows in WEB_LOGS of %,d lines sent%n",
            second, commits, account.loaded(), truth.sent());
      }
    }
  }

  private static int settle(SparkProcess spark, SnowflakeAccount account, Sql sql, Truth truth)
      throws IOException, InterruptedException {
    SparkPipeline.await(spark, account, sql, truth, SETTLING);
    System.out.printf(
        "%nAccount: %,d lines sent = %,d rows in WEB_LOGS + %,d dead letters, in %d batches.%n",
        truth.sent(), account.loaded(), account.deadLetters(), account.commits());
    return DemoCommand.verdict(SparkPipeline.differences(account, sql, truth));
  }
}
