package io.millrace.examples.weblogs;

import io.millrace.dist.SingleProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Log lines become typed rows, and these go to several places at once, while the way to each of
 * them is cut in its turn: the others go on, and it catches up. At the end each must hold exactly
 * the lines that were sent, read back by a client of its own.
 *
 * @param seconds how long lines are sent, or null for ever
 */
record MulticloudDemo(Integer seconds, int rate, long seed) {
  private static final String FROM = "web_logs";
  private static final String TRIGGER = "5 seconds";
  private static final Duration SETTLING = Duration.ofSeconds(120);
  private static final int PARTITIONS = 4;
  private static final int USUAL_TURN = 12;
  private static final int LONGEST_CUT = 6;
  private static final int REPORT_EACH = 4;

  /** Answers the exit code. */
  int run(Path folder) throws Exception {
    try (SingleProcess server = DemoCommand.server(folder);
        Places places =
            Places.start(
                () -> new SnowflakePlace(folder),
                () -> ObjectsPlace.s3(folder),
                ObjectsPlace::gcs,
                PostgresPlace::new,
                () -> new SearchPlace(folder))) {
      ConductorSql sql = new ConductorSql(server.conductor());
      sql.script(Pipeline.typed() + places.sinks(FROM, TRIGGER));
      System.out.println(
          "  weblogs -> web_logs -> "
              + String.join(", ", places.all().stream().map(Destination::title).toList()));
      Generator generator = new Generator(server.bootstrap(), "weblogs", PARTITIONS, rate, seed);
      generator.start();
      Map<Destination, Integer> cuts = watch(places.all(), sql, generator.truth());
      generator.close();
      return settle(places.all(), cuts, generator.truth());
    }
  }

  /** Answers for how many seconds each was cut off. */
  private Map<Destination, Integer> watch(List<Destination> places, Sql sql, Truth truth)
      throws InterruptedException {
    int turn = seconds == null ? USUAL_TURN : Math.max(2, seconds / places.size());
    int cut = Math.min(LONGEST_CUT, turn / 2);
    Map<Destination, Integer> cuts = new HashMap<>();
    long begun = System.nanoTime();
    for (int second = 0; seconds == null || second < seconds; second++) {
      DemoCommand.sleepUntil(begun + second * 1_000_000_000L);
      Destination victim = places.get(second / turn % places.size());
      if (second % turn == 1) {
        victim.network().cut();
      } else if (second % turn == 1 + cut) {
        victim.network().mend();
        cuts.merge(victim, cut, Integer::sum);
      }
      if (second % REPORT_EACH == REPORT_EACH - 1) {
        report(second + 1, places, sql, truth);
      }
    }
    places.forEach(place -> place.network().mend());
    DemoCommand.sleepUntil(begun + seconds * 1_000_000_000L);
    return cuts;
  }

  private static void report(int second, List<Destination> places, Sql sql, Truth truth) {
    Map<String, String> states = new HashMap<>();
    for (Object[] sink : sql.rows("SHOW SINKS")) {
      states.put(
          sink[0].toString(),
          sink[2].equals("RUNNING") && sink[6] != null
              ? String.format("-%,d", Long.parseLong(sink[6].toString()))
              : sink[2].toString().toLowerCase(Locale.ROOT));
    }
    StringBuilder text = new StringBuilder();
    for (Destination place : places) {
      text.append(" | ").append(place.title()).append(' ').append(states.get(place.sink(FROM)));
      text.append(place.network().isCut() ? " (cut off)" : "");
    }
    System.out.printf("%4d s: %,d lines%s%n", second, truth.sent(), text);
  }

  private static int settle(List<Destination> places, Map<Destination, Integer> cuts, Truth truth)
      throws Exception {
    Destination.Contents expected =
        new Destination.Contents(truth.sent() - truth.malformed(), truth.rowsDigest());
    System.out.printf(
        "%n%,d lines sent, of them %,d malformed: %,d rows expected in each.%n%n",
        truth.sent(), truth.malformed(), expected.rows());
    System.out.println(" destination   |       rows | cut off for | exact");
    System.out.println("---------------+------------+-------------+------");
    List<String> wrong = new ArrayList<>();
    for (Destination place : places) {
      Destination.Contents held = place.await(FROM, Account.COLUMNS, expected, SETTLING);
      System.out.printf(
          " %-13s | %,10d | %9d s | %s%n",
          place.title(),
          held.rows(),
          cuts.getOrDefault(place, 0),
          held.equals(expected) ? "yes" : "NO");
      wrong.addAll(place.differences(held, expected));
    }
    System.out.println();
    return DemoCommand.verdict(wrong);
  }
}
