package io.millrace.examples.weblogs;

import io.millrace.testserver.snowflake.SnowflakeKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The program of Spark loads log lines into Snowflake's stand-in and into a stream, and is killed
 * once, at an instant of a drawn kind. Then every row of the table, of the stream and of the dead
 * letters is compared with what was sent.
 */
final class SparkSuite implements Suite {
  private static final int LINES_PER_SECOND = 500;
  private static final int PARTITIONS = 4;
  private static final String TRIGGER = "2 seconds";

  /** Processes that live for seconds start sooner without the second compiler. */
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Where the signs of an instant are. */
  record Places(Path checkpoint, SnowflakeProcess snowflake, Path data) {}

  /** An instant on the way of an epoch, as files show it. */
  enum Instant {
    /** Spark has noted what the epoch will read; its tasks are about to start. */
    PLANNED("as an epoch begins") {
      @Override
      Set<String> signs(Places places) {
        return KillPoint.names(places.checkpoint(), "*", "offsets", "*");
      }
    },

    /** A task has put its file on the stage. */
    STAGED("after a PUT") {
      @Override
      Set<String> signs(Places places) {
        return places.snowflake().staged();
      }
    },

    /** The ledger of the checkpoint says what will be committed; nothing is yet. */
    KEPT("before the first commit of an epoch") {
      @Override
      Set<String> signs(Places places) {
        return KillPoint.names(places.checkpoint(), "snowflake", "millrace-sink", "epoch-*");
      }
    },

    /** The stand-in has written a transaction: perhaps one task's rows of several. */
    LOADED("within the commits of an epoch") {
      @Override
      Set<String> signs(Places places) {
        return places.snowflake().committed();
      }
    },

    /** Rows of a task lie in the topic, perhaps not committed. */
    WRITTEN("as rows are written to the topic") {
      @Override
      Set<String> signs(Places places) {
        return KillPoint.sizes(places.data().resolve("kafka"), "web_logs-*", "*.log");
      }
    },

    /** Spark has noted that one of its queries has committed an epoch. */
    LOGGED("after an epoch") {
      @Override
      Set<String> signs(Places places) {
        return KillPoint.names(places.checkpoint(), "*", "commits", "*");
      }
    };

    private final String text;

    Instant(String text) {
      this.text = text;
    }

    /** Things that come and go; a new one among them says that the instant has come. */
    abstract Set<String> signs(Places places);

    @Override
    public String toString() {
      return "kill of the program " + text;
    }
  }

  @Override
  public String name() {
    return "spark";
  }

  @Override
  public String description() {
    return "a program of Spark into Snowflake's stand-in and a stream; killed";
  }

  @Override
  public int usualRows() {
    return 8_000;
  }

  /** The kinds of instants take turns, so that a few seeds have them all. */
  static Instant draw(long seed) {
    return Instant.values()[(int) Math.floorMod(seed, (long) Instant.values().length)];
  }

  @Override
  public Outcome run(long seed, int rows, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Instant kill = draw(seed);
    SnowflakeKeys keys = new SnowflakeKeys(folder);
    try (SnowflakeProcess snowflake = new SnowflakeProcess(folder.resolve("snowflake"), keys);
        ServerProcess server = new ServerProcess(folder, OPTIONS)) {
      snowflake.start();
      server.start();
      server.script(SparkPipeline.script());
      try (SparkProcess spark =
              new SparkProcess(
                  folder.resolve("spark"),
                  SparkPipeline.settings(
                      server.bootstrap(),
                      server.registry(),
                      snowflake.url(),
                      keys.privateFile(),
                      TRIGGER),
                  OPTIONS);
          Generator generator =
              new Generator(server.bootstrap(), "weblogs", PARTITIONS, LINES_PER_SECOND, seed)) {
        spark.start();
        generator.start();
        CrashSuite.awaitLines(generator, rows / 2.0 * (0.5 + random.nextDouble() / 2));
        Places places = new Places(spark.checkpoint(), snowflake, server.data());
        KillPoint.awaitNew(() -> kill.signs(places), PATIENCE, kill.toString());
        spark.kill();
        spark.start();
        CrashSuite.awaitLines(generator, rows - generator.truth().sent());
        generator.close();
        Truth truth = generator.truth();
        SnowflakeAccount account =
            new SnowflakeAccount(snowflake.url(), keys, server, truth, SparkPipeline.STATEMENT);
        SparkPipeline.await(spark, account, server, truth, PATIENCE);
        return new Outcome(
            truth.sent(),
            List.of(kill.toString()),
            SparkPipeline.differences(account, server, truth));
      }
    }
  }
}
