package io.millrace.examples.weblogs;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills the server, broker and all, under load: at instants of three to five kinds, each after a
 * drawn number of lines. Then every typed row, dead letter, window, row of a file and row written
 * by HTTP is compared with what was sent.
 */
final class CrashSuite implements Suite {
  private static final int LINES_PER_SECOND = 1500;
  private static final int PARTITIONS = 4;

  /** Servers that live for seconds start sooner without the second compiler. */
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Override
  public String name() {
    return "crash";
  }

  @Override
  public String description() {
    return "kill -9 under load at drawn kinds of instants";
  }

  @Override
  public int usualRows() {
    return 60_000;
  }

  @Override
  public Outcome run(long seed, int rows, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<KillPoint> kills = KillPoint.draw(random);
    Path files = folder.resolve("parquet");
    try (ServerProcess server = new ServerProcess(folder, OPTIONS)) {
      long begun = System.nanoTime();
      server.start();
      long starting = System.nanoTime() - begun;
      server.script(Pipeline.script(files) + Blocklist.TABLE);
      Generator generator =
          new Generator(server.bootstrap(), "weblogs", PARTITIONS, LINES_PER_SECOND, seed);
      Blocklist blocklist = new Blocklist(server, seed);
      KillPoint.Places places = new KillPoint.Places(server.data(), files, blocklist::begun);
      generator.start();
      blocklist.start();
      try {
        for (KillPoint kill : kills) {
          awaitLines(generator, rows / (kills.size() + 1) * (0.5 + random.nextDouble() / 2));
          if (kill == KillPoint.RESTART) {
            server.kill();
            server.begin();
            LockSupport.parkNanos(random.nextLong(starting));
          } else {
            await(kill, places);
          }
          server.kill();
          server.start();
        }
        awaitLines(generator, rows - generator.truth().sent());
      } finally {
        generator.close();
        blocklist.close();
      }
      Instant watermark = generator.lastEventTime().minusSeconds(6);
      Account account = new Account(server, generator.truth(), files);
      account.await(watermark, PATIENCE);
      List<String> wrong = new ArrayList<>(account.differences(watermark));
      wrong.addAll(blocklist.differences());
      return new Outcome(
          generator.truth().sent(), kills.stream().map(k -> "kill in " + k).toList(), wrong);
    }
  }

  static void awaitLines(Generator generator, double more) throws InterruptedException {
    long target = generator.truth().sent() + (long) more;
    while (generator.truth().sent() < target) {
      Thread.sleep(1);
    }
  }

  private static void await(KillPoint kill, KillPoint.Places places) {
    KillPoint.awaitNew(() -> kill.signs(places), PATIENCE, kill.toString());
  }
}
