package io.millrace.examples.weblogs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Upserts and deletes of a table go into every kind of place that keeps a table by key, while the
 * server is killed twice and the way to each place is cut once, in a drawn order. Then each place
 * must hold the table that the changes make.
 */
final class ChangesSuite implements Suite {
  private static final int CHANGES_PER_SECOND = 5000;
  private static final int CHANGES_OF_A_KEY = 10;
  private static final int KILLS = 2;
  private static final Duration LONGEST_CUT = Duration.ofSeconds(3);

  /** About what a checkpoint of a sink takes, which is when it writes. */
  private static final Duration DELIVERY = Duration.ofMillis(300);

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Servers that live for seconds start sooner without the second compiler. */
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");

  @Override
  public String name() {
    return "changes";
  }

  @Override
  public String description() {
    return "a table into four stores by key; server killed, networks cut";
  }

  @Override
  public String unit() {
    return "change";
  }

  @Override
  public int usualRows() {
    return 200_000;
  }

  @Override
  public Outcome run(long seed, int changes, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    try (Places places =
            Places.start(
                () -> new SnowflakePlace(folder),
                PostgresPlace::new,
                MongoPlace::new,
                () -> new SearchPlace(folder));
        ServerProcess server = new ServerProcess(folder, OPTIONS)) {
      server.start();
      server.script(Changes.CREATE + places.sinks(Changes.TABLE, "1 second"));
      List<String> events = new ArrayList<>();
      Changes load =
          new Changes(server, seed, changes, changes / CHANGES_OF_A_KEY, CHANGES_PER_SECOND);
      load.start();
      try {
        List<Failure> failures = failures(places, server, random);
        for (int i = 0; i < failures.size(); i++) {
          int from = (int) ((i + random.nextDouble()) * changes / (failures.size() + 1));
          while (load.sent() < from) {
            LockSupport.parkNanos(1_000_000);
          }
          events.add(failures.get(i).run());
        }
      } finally {
        load.close();
      }
      List<String> wrong = new ArrayList<>();
      Destination.Contents truth = load.truth();
      for (Destination place : places.all()) {
        wrong.addAll(
            place.differences(place.await(Changes.TABLE, Changes.COLUMNS, truth, PATIENCE), truth));
      }
      return new Outcome(changes, events, wrong);
    }
  }

  /** Something that fails; answers what it was. */
  private interface Failure {
    String run() throws IOException, InterruptedException;
  }

  private static List<Failure> failures(
      Places places, ServerProcess server, SplittableRandom random) {
    List<Failure> failures = new ArrayList<>();
    for (Destination place : places.all()) {
      long cut = random.nextLong(LONGEST_CUT.toNanos());
      failures.add(
          () -> {
            place.network().cut();
            LockSupport.parkNanos(cut);
            place.network().mend();
            return "cut of the way to " + place.title();
          });
    }
    for (int i = 0; i < KILLS; i++) {
      Destination place = places.all().get(random.nextInt(places.all().size()));
      long later = random.nextLong(DELIVERY.toNanos());
      failures.add(
          () -> {
            Path checkpoints = server.data().resolve("checkpoints");
            String sink = place.sink(Changes.TABLE);
            KillPoint.awaitNew(
                () -> KillPoint.names(checkpoints, sink, "*", "chk-*"), PATIENCE, sink);
            LockSupport.parkNanos(later);
            server.kill();
            server.start();
            return "kill of the server in a checkpoint's time of the sink into " + place.title();
          });
    }
    Collections.shuffle(failures, new Random(random.nextLong()));
    return failures;
  }
}
