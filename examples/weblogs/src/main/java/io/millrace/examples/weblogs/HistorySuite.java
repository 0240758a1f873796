package io.millrace.examples.weblogs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Changes of a table with history come late, early and more than once, while the server is killed.
 * At the end the table and every interval of its history must be those of an oracle, which asks of
 * each key what it was from second to second.
 */
final class HistorySuite implements Suite {
  private static final String CREATE =
      "CREATE TABLE moves (id INT, city STRING, PRIMARY KEY (id)) WITH ('history' = 'scd2',"
          + " 'state.backend' = '%s');";
  private static final String EPOCH = "TIMESTAMPTZ '2026-01-01 00:00:00+00'";
  private static final String SECONDS_OF = "date_diff('second', " + EPOCH + ", ";

  private static final int CHANGES_OF_A_KEY = 20;
  private static final int ONE_DELETE_IN = 4;
  private static final int CITIES = 5;
  private static final int EARLY_OR_LATE = 1000;
  private static final int BATCH = 100;
  private static final int TOLD_AGAIN = 20;
  private static final int KILLS = 3;
  private static final Duration JOB = Duration.ofMillis(300);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");

  /** One change as its source tells it; the city is null where the row was deleted. */
  private record Told(int id, int second, int position, String city) {
    String row() {
      String row = "{'id': " + id + ", 'city': " + (city == null ? "NULL" : "'" + city + "'") + "}";
      return (city == null ? "('d', " + row + ", NULL, " : "('u', NULL, " + row + ", ")
          + EPOCH
          + " + INTERVAL "
          + second
          + " SECOND, "
          + position
          + ")";
    }
  }

  @Override
  public String name() {
    return "history";
  }

  @Override
  public String description() {
    return "a table's changes, late and told twice; server killed";
  }

  @Override
  public String unit() {
    return "change";
  }

  @Override
  public int usualRows() {
    return 20_000;
  }

  @Override
  public Outcome run(long seed, int changes, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Told> told = draw(random, changes);
    try (ServerProcess server = new ServerProcess(folder, OPTIONS)) {
      server.start();
      server.script(CREATE.formatted(Suite.stateBackend(seed)));
      Teller teller = new Teller(server, told);
      teller.start();
      List<String> events = new ArrayList<>();
      int first = random.nextInt(2);
      for (int i = 0; i < KILLS; i++) {
        int from = (int) ((i + random.nextDouble()) * changes / (KILLS + 1));
        boolean complete = (i + first) % 2 == 0;
        long later = random.nextLong(JOB.toNanos());
        teller.awaitTold(from);
        events.add(server.killInCheckpoint("moves", complete, later, PATIENCE));
      }
      teller.end();
      return new Outcome(changes, events, differences(server, told));
    }
  }

  private static List<Told> draw(SplittableRandom random, int changes) {
    Map<Told, Integer> places = new HashMap<>();
    for (int i = 0; i < changes; i++) {
      String city = random.nextInt(ONE_DELETE_IN) == 0 ? null : "city" + random.nextInt(CITIES);
      places.put(
          new Told(
              random.nextInt(changes / CHANGES_OF_A_KEY),
              random.nextInt(i / 2, i / 2 + 60),
              i,
              city),
          i + random.nextInt(EARLY_OR_LATE));
    }
    List<Told> shuffled = new ArrayList<>(places.keySet());
    shuffled.sort(Comparator.<Told>comparingInt(places::get).thenComparingInt(Told::position));
    return List.copyOf(shuffled);
  }

  /** Tells the changes by INSERT; what it does not know to have arrived it tells again. */
  private static final class Teller {
    private final ServerProcess server;
    private final List<Told> told;
    private final Thread thread = new Thread(this::run, "teller");
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private volatile int done;

    Teller(ServerProcess server, List<Told> told) {
      this.server = server;
      this.told = told;
    }

    void start() {
      thread.start();
    }

    private void run() {
      try {
        while (done < told.size()) {
          int from = Math.max(0, done - TOLD_AGAIN);
          int to = Math.min(done + BATCH, told.size());
          server.insist(
              "INSERT INTO \"moves$changes\" VALUES "
                  + told.subList(from, to).stream()
                      .map(Told::row)
                      .collect(Collectors.joining(", ")),
              PATIENCE);
          done = to;
        }
      } catch (IllegalStateException | IOException | InterruptedException e) {
        failure.set(e);
      }
    }

    void awaitTold(int changes) {
      while (done < changes && thread.isAlive()) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    void end() throws InterruptedException {
      thread.join();
      if (failure.get() != null) {
        throw new IllegalStateException("Failed to tell a change", failure.get());
      }
    }
  }

  private static List<String> differences(ServerProcess server, List<Told> told)
      throws InterruptedException {
    TreeSet<String> rows = new TreeSet<>();
    TreeSet<String> versions = new TreeSet<>();
    oracle(told, rows, versions);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      List<String> wrong = new ArrayList<>();
      compare("moves", rows, lines(server, "SELECT id, city FROM moves"), wrong);
      compare(
          "moves$history",
          versions,
          lines(
              server,
              "SELECT id, city, "
                  + SECONDS_OF
                  + "valid_from), "
                  + SECONDS_OF
                  + "valid_to), is_current FROM \"moves$history\""),
          wrong);
      if (wrong.isEmpty() || System.nanoTime() > deadline) {
        return wrong;
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private static List<String> lines(ServerProcess server, String select) {
    return server.rows(select).stream()
        .map(row -> Arrays.stream(row).map(String::valueOf).collect(Collectors.joining(" ")))
        .toList();
  }

  private static void compare(
      String what, TreeSet<String> expected, List<String> found, List<String> wrong) {
    if (found.size() != expected.size() || !expected.containsAll(found)) {
      TreeSet<String> missing = new TreeSet<>(expected);
      found.forEach(missing::remove);
      List<String> surplus = found.stream().filter(row -> !expected.contains(row)).toList();
      wrong.add(
          "%s has %,d rows, not %,d; missing, such as %s; surplus, such as %s"
              .formatted(
                  what,
                  found.size(),
                  expected.size(),
                  missing.stream().limit(3).toList(),
                  surplus.stream().limit(3).toList()));
    }
  }

  /** Goes through the seconds of each key; of several changes in one the last position counts. */
  private static void oracle(List<Told> told, TreeSet<String> rows, TreeSet<String> versions) {
    Map<Integer, TreeMap<Integer, Told>> byKey = new TreeMap<>();
    for (Told change : told) {
      byKey
          .computeIfAbsent(change.id(), id -> new TreeMap<>())
          .merge(change.second(), change, (a, b) -> a.position() > b.position() ? a : b);
    }
    byKey.forEach(
        (id, bySecond) -> {
          String held = null;
          int since = 0;
          for (Told change : bySecond.values()) {
            boolean differs = held == null ? change.city() != null : !held.equals(change.city());
            if (differs && held != null) {
              versions.add(id + " " + held + " " + since + " " + change.second() + " false");
            }
            if (differs) {
              since = change.second();
            }
            held = change.city();
          }
          if (held != null) {
            versions.add(id + " " + held + " " + since + " null true");
            rows.add(id + " " + held);
          }
        });
  }
}
