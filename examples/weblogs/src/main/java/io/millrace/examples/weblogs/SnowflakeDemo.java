package io.millrace.examples.weblogs;

import io.millrace.dist.SingleProcess;
import io.millrace.testserver.snowflake.SnowflakeKeys;
import io.millrace.testserver.snowflake.SnowflakeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Log lines become typed rows, and these go into the table WEB_LOGS every 30 seconds, logged in
 * with a key pair. The account is a server on this machine that stands in for Snowflake; the driver
 * is Snowflake's own.
 *
 * @param seconds how long lines are sent, or null for ever
 */
record SnowflakeDemo(Integer seconds, int rate, long seed) {
  private static final String TRIGGER = "30 seconds";
  private static final Duration SETTLING = Duration.ofSeconds(120);
  private static final int PARTITIONS = 4;

  /** Answers the exit code. */
  int run(Path folder) throws IOException, InterruptedException, SQLException {
    SnowflakeKeys keys = new SnowflakeKeys(folder);
    try (SingleProcess server = DemoCommand.server(folder);
        SnowflakeServer snowflake = keys.server(folder)) {
      ConductorSql sql = new ConductorSql(server.conductor());
      sql.script(Pipeline.intoSnowflake(snowflake.url(), keys.privateFile(), TRIGGER));
      System.out.println(
          "  weblogs -> web_logs -> WEB_LOGS in Snowflake's stand-in at " + snowflake.url());
      Generator generator = new Generator(server.bootstrap(), "weblogs", PARTITIONS, rate, seed);
      SnowflakeAccount account =
          new SnowflakeAccount(
              snowflake.url(), keys, sql, generator.truth(), "web_logs", "web_logs_snowflake");
      generator.start();
      watch(account, generator.truth());
      generator.close();
      return settle(account, generator.truth());
    }
  }

  private void watch(SnowflakeAccount account, Truth truth) throws InterruptedException {
    long begun = System.nanoTime();
    long commits = 0;
    for (int second = 1; seconds == null || second <= seconds; second++) {
      DemoCommand.sleepUntil(begun + second * 1_000_000_000L);
      long now = account.commits();
      if (now > commits) {
        commits = now;
        System.out.printf(
            "%4d s: commit %d, %,d rows in WEB_LOGS of %,d lines sent%n",
            second, commits, account.loaded(), truth.sent());
      }
    }
  }

  private static int settle(SnowflakeAccount account, Truth truth) throws InterruptedException {
    account.await(SETTLING);
    System.out.printf(
        "%nAccount: %,d lines sent = %,d rows in WEB_LOGS + %,d dead letters, in %d commits.%n",
        truth.sent(), account.loaded(), account.deadLetters(), account.commits());
    return DemoCommand.verdict(account.differences());
  }
}
