package io.millrace.examples.weblogs;

import io.millrace.dist.Configuration;
import io.millrace.dist.SingleProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code millrace demo}: the weblog pipeline on a server of its own, with its account at the end;
 * {@code millrace demo snowflake}: the same rows into a table of Snowflake's stand-in; {@code
 * millrace demo multicloud}: into several places at once; {@code millrace demo history}: a
 * PostgreSQL database with all that its rows ever were; {@code millrace demo spark}: a program of
 * Spark Structured Streaming that does what demo snowflake does.
 */
@Command(
    name = "demo",
    description =
        "Runs the weblog pipeline: log lines become typed rows, a summary per site and minute, and"
            + " Parquet files; 'demo snowflake' loads them into Snowflake's stand-in, 'demo multicloud'"
            + " into several places at once, 'demo history' follows a PostgreSQL database, 'demo"
            + " spark' lets a program of Spark load them into Snowflake's stand-in.",
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  private static final Duration SETTLING = Duration.ofSeconds(60);
  private static final String TOPIC = "weblogs";
  private static final int PARTITIONS = 4;

  /** What there is to show. */
  enum Show {
    weblogs,
    snowflake,
    multicloud,
    history,
    spark
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "WHAT",
      defaultValue = "weblogs",
      description = "weblogs, snowflake, multicloud, history or spark (default: weblogs).")
  private Show what;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Stop after N seconds and check every row; without it, run until Ctrl-C.")
  private Integer seconds;

  @Option(names = "--rate", defaultValue = "2000", description = "Lines a second (default: 2000).")
  private int rate;

  @Option(names = "--seed", defaultValue = "42", description = "Seed of the lines (default: 42).")
  private long seed;

  /** The entry point of {@code millrace demo}. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new DemoCommand()).setCommandName("millrace demo").execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("millrace-demo");
    try {
      return switch (what) {
        case weblogs -> run(folder);
        case snowflake -> new SnowflakeDemo(seconds, rate, seed).run(folder);
        case multicloud -> new MulticloudDemo(seconds, rate, seed).run(folder);
        case history -> new HistoryDemo(seconds, seed).run(folder);
        case spark -> new SparkDemo(seconds, rate, seed).run(folder);
      };
    } finally {
      Folders.delete(folder);
    }
  }

  /** A whole server on free ports, with its data in the folder. */
  public static SingleProcess server(Path folder) {
    System.setProperty("millrace.logs", folder.resolve("logs").toString());
    System.out.println("Starting Kafka, registry, Flink and DuckDB in one process ...");
    return SingleProcess.start(
        Configuration.load(
            folder.resolve("none"),
            Map.of(),
            Map.of(
                "data", folder.resolve("data").toString(),
                "http.port", "0",
                "kafka.port", "0",
                "registry.port", "0")));
  }

  private int run(Path folder) throws InterruptedException {
    try (SingleProcess server = server(folder)) {
      server.ports().forEach((door, port) -> System.out.printf("  %-14s %d%n", door, port));
      ConductorSql sql = new ConductorSql(server.conductor());
      Path files = folder.resolve("parquet");
      sql.script(Pipeline.script(files));
      System.out.println(
          "  " + TOPIC + " -> web_logs -> traffic_per_minute, web_logs -> Parquet files");
      System.out.println("  try: millrace sql --url " + server.url().orElseThrow());
      return watch(server, sql, files);
    }
  }

  private int watch(SingleProcess server, Sql sql, Path files) throws InterruptedException {
    Generator generator = new Generator(server.bootstrap(), TOPIC, PARTITIONS, rate, seed);
    Account account = new Account(sql, generator.truth(), files);
    generator.start();
    long begun = System.nanoTime();
    for (int second = 1; seconds == null || second <= seconds; second++) {
      sleepUntil(begun + second * 1_000_000_000L);
      if (System.console() != null || second % 5 == 0) {
        show(sql, account, generator.truth(), (System.nanoTime() - begun) / 1e9);
      }
    }
    generator.close();
    return settle(account, generator);
  }

  static void sleepUntil(long nanoTime) throws InterruptedException {
    long wait = nanoTime - System.nanoTime();
    if (wait > 0) {
      Thread.sleep(wait / 1_000_000);
    }
  }

  private static void show(Sql sql, Account account, Truth truth, double elapsed) {
    StringBuilder text = new StringBuilder(System.console() != null ? "\033[H\033[2J" : "\n");
    long typed = account.typed();
    text.append(
        String.format(
            "%,d lines sent, %,d rows typed (%,.0f rows/s), %,d dead letters, %,d rows in Parquet%n",
            truth.sent(), typed, typed / elapsed, account.deadLetters(), account.filed()));
    text.append(" minute           | site   | requests | errors | average ms | maximum ms\n");
    text.append("------------------+--------+----------+--------+------------+-----------\n");
    List<Object[]> rows =
        sql.rows(
            "SELECT window_start, site, requests, errors, average_time, maximum_time FROM"
                + " traffic_per_minute ORDER BY window_start DESC, site LIMIT 10");
    for (Object[] row : rows) {
      text.append(
          String.format(
              " %s | %-6s | %,8d | %,6d | %,10.1f | %,10d%n",
              DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm")
                  .format((java.time.temporal.TemporalAccessor) row[0]),
              row[1],
              row[2],
              row[3],
              row[4],
              row[5]));
    }
    System.out.print(text);
  }

  private static int settle(Account account, Generator generator) throws InterruptedException {
    // The bound of the watermark: the last lines close every window that ends five seconds before.
    Instant watermark = generator.lastEventTime().minusSeconds(6);
    account.await(watermark, SETTLING);
    List<String> wrong = account.differences(watermark);
    Truth truth = generator.truth();
    System.out.printf(
        "%nAccount: %,d lines sent = %,d rows typed + %,d dead letters; %,d rows in Parquet files;"
            + " %,d windows of %,d minutes.%n",
        truth.sent(),
        account.typed(),
        account.deadLetters(),
        account.filed(),
        account.windows().size(),
        truth.closedBy(watermark).keySet().stream().map(Truth.Window::start).distinct().count());
    return verdict(wrong);
  }

  /** Prints what does not add up and answers the exit code. */
  static int verdict(List<String> wrong) {
    wrong.stream().limit(20).forEach(line -> System.out.println("WRONG: " + line));
    System.out.println(wrong.isEmpty() ? "Every row is accounted for." : "It does not add up.");
    return wrong.isEmpty() ? 0 : 1;
  }
}
