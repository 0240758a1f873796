package io.millrace.examples.weblogs;

import io.millrace.testserver.snowflake.SnowflakeKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Log lines go into Snowflake's stand-in every second, while the server, the stand-in and the
 * network between them are killed, once each, in a drawn order and at instants of drawn kinds. Then
 * every row of the table is compared with what was sent.
 */
final class SnowflakeSuite implements Suite {
  private static final int LINES_PER_SECOND = 1000;
  private static final int PARTITIONS = 4;

  /** Servers that live for seconds start sooner without the second compiler. */
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");

  private static final Duration LONGEST_CUT = Duration.ofSeconds(3);

  /** About what a transaction of the sink takes. */
  private static final Duration TRANSACTION = Duration.ofMillis(300);

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What is killed. */
  enum Victim {
    SERVER("server"),
    SNOWFLAKE("stand-in"),
    NETWORK("network");

    private final String text;

    Victim(String text) {
      this.text = text;
    }
  }

  /** An instant on the way of a batch, as the files of server and stand-in show it. */
  enum Instant {
    /** The checkpoint of the sink is complete; what it covers is about to be committed. */
    CHECKPOINT("after a checkpoint") {
      @Override
      Set<String> signs(Path data, SnowflakeProcess snowflake) {
        return KillPoint.names(
            data.resolve("checkpoints"), "web_logs_snowflake", "*", "chk-*", "_metadata");
      }
    },

    /** A file has been put; its transaction has not begun. */
    PUT("after a PUT") {
      @Override
      Set<String> signs(Path data, SnowflakeProcess snowflake) {
        return snowflake.staged();
      }
    },

    /** A drawn moment after {@link #CHECKPOINT}: before, in or after the transaction. */
    TRANSACTION("in a transaction's time") {
      @Override
      Set<String> signs(Path data, SnowflakeProcess snowflake) {
        return CHECKPOINT.signs(data, snowflake);
      }
    },

    /** The stand-in has written a transaction; its answer is on its way. */
    COMMIT("after a commit, before its answer") {
      @Override
      Set<String> signs(Path data, SnowflakeProcess snowflake) {
        return snowflake.committed();
      }
    };

    private final String text;

    Instant(String text) {
      this.text = text;
    }

    /** Things that come and go; a new one among them says that the instant has come. */
    abstract Set<String> signs(Path data, SnowflakeProcess snowflake);
  }

  /** One kill. */
  record Kill(Victim victim, Instant instant) {
    @Override
    public String toString() {
      return "kill of the " + victim.text + " " + instant.text;
    }
  }

  @Override
  public String name() {
    return "snowflake";
  }

  @Override
  public String description() {
    return "into Snowflake's stand-in; server, stand-in and network killed";
  }

  @Override
  public int usualRows() {
    return 10_000;
  }

  /** The kills of a seed, in their order. */
  static List<Kill> draw(SplittableRandom random) {
    List<Victim> victims = new ArrayList<>(List.of(Victim.values()));
    Collections.shuffle(victims, new Random(random.nextLong()));
    Instant[] instants = Instant.values();
    return victims.stream()
        .map(victim -> new Kill(victim, instants[random.nextInt(instants.length)]))
        .toList();
  }

  @Override
  public Outcome run(long seed, int rows, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Kill> kills = draw(random);
    SnowflakeKeys keys = new SnowflakeKeys(folder);
    try (SnowflakeProcess snowflake = new SnowflakeProcess(folder.resolve("snowflake"), keys);
        Network network = new Network(snowflake.port());
        ServerProcess server = new ServerProcess(folder, OPTIONS)) {
      snowflake.start();
      server.start();
      server.script(
          Pipeline.intoSnowflake(
              "http://localhost:" + network.port(), keys.privateFile(), "1 second"));
      Generator generator =
          new Generator(server.bootstrap(), "weblogs", PARTITIONS, LINES_PER_SECOND, seed);
      generator.start();
      try {
        for (Kill kill : kills) {
          CrashSuite.awaitLines(
              generator, rows / (kills.size() + 1) * (0.5 + random.nextDouble() / 2));
          KillPoint.awaitNew(
              () -> kill.instant().signs(server.data(), snowflake), PATIENCE, kill.toString());
          if (kill.instant() == Instant.TRANSACTION) {
            LockSupport.parkNanos(random.nextLong(TRANSACTION.toNanos()));
          }
          switch (kill.victim()) {
            case SERVER -> {
              server.kill();
              server.start();
            }
            case SNOWFLAKE -> {
              snowflake.kill();
              snowflake.start();
            }
            case NETWORK -> {
              network.cut();
              LockSupport.parkNanos(random.nextLong(LONGEST_CUT.toNanos()));
              network.mend();
            }
          }
        }
        CrashSuite.awaitLines(generator, rows - generator.truth().sent());
      } finally {
        generator.close();
      }
      SnowflakeAccount account =
          new SnowflakeAccount(
              snowflake.url(), keys, server, generator.truth(), "web_logs", "web_logs_snowflake");
      account.await(PATIENCE);
      return new Outcome(
          generator.truth().sent(),
          kills.stream().map(Kill::toString).toList(),
          account.differences());
    }
  }
}
