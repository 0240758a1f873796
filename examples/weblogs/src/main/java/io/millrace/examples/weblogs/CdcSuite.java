package io.millrace.examples.weblogs;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * A database is changed by several people and followed, while server, database and the way between
 * them are killed and cut: first while the tables are read whole, then while they are followed. At
 * the end the table must be the database's row for row, the stream of changes its audit change for
 * change, and the history what the audit says. The audit is followed by the same source, whose
 * tables share a job, and must be there row for row, too.
 */
abstract class CdcSuite implements Suite {
  private static final String LINE =
      "id || '|' || name || '|' || coalesce(balance::VARCHAR, '') || '|' || coalesce(md5(notes),"
          + " '')";
  private static final String CHANGES =
      "SELECT id, CASE WHEN gone THEN NULL ELSE "
          + LINE
          + " END, epoch_us(source_time), source_position FROM (SELECT UNNEST(COALESCE(after,"
          + " before)), after IS NULL AS gone, source_time, source_position FROM"
          + " \"shop_customers$changes\") ORDER BY id, source_time, source_position";

  private static final String SUMS = "SELECT CONCAT(COUNT(*), ' ', SUM(seq), ' ', SUM(id)) FROM ";

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration WHOLE_SECOND = Duration.ofMillis(1_100);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_CUT = Duration.ofSeconds(3);
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");
  static final int DIFFERENCES = 10;
  private static final int CHANGES_OF_A_KEY = 20;
  private static final int STAFF = 3;

  private enum Event {
    KILL_SERVER("kill of the server"),
    KILL_DATABASE("kill of the database"),
    CUT("network cut"),
    BOTH("kill of both");

    private final String words;

    Event(String words) {
      this.words = words;
    }
  }

  /** A database that was started. */
  abstract Database database(Path folder) throws IOException, InterruptedException, SQLException;

  abstract Shop shop(Database database, int keys, int staff);

  /** The statement that follows the shop into tables shop_customers and shop_audit. */
  abstract String source(int port, String stateBackend);

  @Override
  public String unit() {
    return "change";
  }

  @Override
  public int usualRows() {
    return 100_000;
  }

  @Override
  public Outcome run(long seed, int changes, Path folder) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Event> order = new ArrayList<>(List.of(Event.values()));
    Collections.shuffle(order, new Random(random.nextLong()));
    List<String> events = new ArrayList<>();
    try (Database database = database(folder.resolve("database"))) {
      try (Network network = new Network(database.port());
          ServerProcess server = new ServerProcess(folder, OPTIONS);
          Shop shop = shop(database, Math.max(10, changes / CHANGES_OF_A_KEY), STAFF)) {
        shop.create();
        int before = changes / 5;
        shop.open(random.nextLong(), before);
        shop.awaitEnd();
        server.start();
        shop.open(random.nextLong(), before);
        server.script(source(network.port(), Suite.stateBackend(seed)));
        LockSupport.parkNanos(random.nextLong(3_000_000_000L));
        events.add(
            "in the first reading: " + strike(order.get(0), random, server, database, network));
        shop.awaitEnd();
        long since = awaitRead(server);
        int rest = changes - shop.done();
        int from = shop.done();
        shop.open(random.nextLong(), rest);
        for (int i = 1; i <= order.size(); i++) {
          shop.awaitDone(from + (int) ((i - 1 + random.nextDouble()) * rest / order.size()));
          events.add(strike(order.get(i % order.size()), random, server, database, network));
        }
        shop.awaitEnd();
        return new Outcome(shop.done(), events, differences(server, shop, since));
      }
    }
  }

  private static String strike(
      Event event,
      SplittableRandom random,
      ServerProcess server,
      Database database,
      Network network)
      throws IOException, InterruptedException {
    switch (event) {
      case KILL_SERVER -> {
        server.kill();
        server.start();
      }
      case KILL_DATABASE -> {
        database.kill();
        database.start();
      }
      case BOTH -> {
        server.kill();
        database.kill();
        database.start();
        server.start();
      }
      case CUT -> {
        network.cut();
        LockSupport.parkNanos(random.nextLong(LONGEST_CUT.toNanos()));
        network.mend();
      }
    }
    return event.words;
  }

  /**
   * Waits until everything was read that happened until now, and answers the time, in microseconds.
   * What happens from then on is later in whole seconds, too.
   */
  private static long awaitRead(ServerProcess server) throws InterruptedException {
    Instant now = Instant.now();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Object until = server.rows("SHOW SOURCES").get(0)[6];
      if (until != null && Instant.parse(until.toString()).isAfter(now)) {
        long since = Math.multiplyExact(Instant.now().toEpochMilli(), 1000L);
        Thread.sleep(WHOLE_SECOND.toMillis());
        return since;
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "The source is not read: " + String.join(", ", shown(server)));
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private static List<String> shown(ServerProcess server) {
    return server.rows("SHOW SOURCES").stream().map(Arrays::toString).toList();
  }

  private List<String> differences(ServerProcess server, Shop shop, long since)
      throws InterruptedException, SQLException {
    List<String> rows = shop.lines();
    List<Shop.Change> audit = shop.changes();
    String sums = shop.read(SUMS + "audit").get(0);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      List<String> wrong = new ArrayList<>();
      List<String> found =
          server.rows("SELECT " + LINE + " FROM shop_customers ORDER BY id").stream()
              .map(row -> row[0].toString())
              .toList();
      if (!found.equals(rows)) {
        wrong.add("customers: " + firstDifference(rows, found));
      }
      String kept = sums(server, "shop_audit");
      String versions = sums(server, "\"shop_audit$history\" WHERE is_current");
      if (!kept.equals(sums) || !versions.equals(sums)) {
        wrong.add("audit: " + kept + ", versions: " + versions + ", not " + sums);
      }
      compareChanges(audit, server, since, wrong);
      compareHistory(audit, found(server), since, wrong);
      if (wrong.isEmpty() || System.nanoTime() > deadline) {
        if (!wrong.isEmpty()) {
          wrong.addAll(shown(server));
        }
        return wrong;
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private static String sums(ServerProcess server, String table) {
    return server.rows(SUMS + table).get(0)[0].toString();
  }

  private static String firstDifference(List<String> expected, List<String> found) {
    List<String> missing = new ArrayList<>(expected);
    missing.removeAll(found);
    List<String> surplus = new ArrayList<>(found);
    surplus.removeAll(expected);
    return "%,d rows, not %,d; missing, such as %s; surplus, such as %s"
        .formatted(
            found.size(),
            expected.size(),
            missing.stream().limit(3).toList(),
            surplus.stream().limit(3).toList());
  }

  /**
   * The changes of each key since then must be those of the audit, in order, none told twice. One
   * that changes nothing may be told or not.
   */
  private static void compareChanges(
      List<Shop.Change> audit, ServerProcess server, long since, List<String> wrong) {
    Map<Integer, String> held = new TreeMap<>();
    Map<Integer, List<String>> expected = new TreeMap<>();
    for (Shop.Change change : audit) {
      String before = held.put(change.id(), change.line());
      if (change.micros() > since && !Objects.equals(before, change.line())) {
        expected.computeIfAbsent(change.id(), id -> new ArrayList<>()).add(change.line());
      }
    }
    held.clear();
    Map<Integer, List<String>> found = new TreeMap<>();
    Object told = null;
    for (Object[] row : server.rows(CHANGES)) {
      int id = Integer.parseInt(row[0].toString());
      String line = row[1] == null ? null : row[1].toString();
      String place = Arrays.toString(new Object[] {id, row[2], row[3]});
      if (place.equals(told)) {
        wrong.add("change told twice: " + Arrays.toString(row));
      }
      told = place;
      String before = held.put(id, line);
      if (Long.parseLong(row[2].toString()) > since && !Objects.equals(before, line)) {
        found.computeIfAbsent(id, i -> new ArrayList<>()).add(line);
      }
    }
    for (int id : union(expected, found)) {
      List<String> should = expected.getOrDefault(id, List.of());
      List<String> is = found.getOrDefault(id, List.of());
      if (!should.equals(is) && wrong.size() < DIFFERENCES) {
        wrong.add("changes of " + id + ": " + is + ", not " + should);
      }
    }
  }

  static TreeSet<Integer> union(Map<Integer, ?> one, Map<Integer, ?> other) {
    TreeSet<Integer> all = new TreeSet<>(one.keySet());
    all.addAll(other.keySet());
    return all;
  }

  /**
   * What a row was, and from when to when, in microseconds since the epoch.
   *
   * @param to {@code Long.MAX_VALUE} where it still is
   */
  record Version(String line, long from, long to) {}

  /** Tells how the versions of each row, in order, differ from the audit since then. */
  abstract void compareHistory(
      List<Shop.Change> audit, Map<Integer, List<Version>> found, long since, List<String> wrong);

  private static Map<Integer, List<Version>> found(ServerProcess server) {
    Map<Integer, List<Version>> all = new TreeMap<>();
    for (Object[] row :
        server.rows(
            "SELECT id, "
                + LINE
                + ", epoch_us(valid_from), epoch_us(valid_to) FROM \"shop_customers$history\""
                + " ORDER BY id, valid_from")) {
      all.computeIfAbsent(Integer.parseInt(row[0].toString()), id -> new ArrayList<>())
          .add(
              new Version(
                  row[1].toString(),
                  Long.parseLong(row[2].toString()),
                  row[3] == null ? Long.MAX_VALUE : Long.parseLong(row[3].toString())));
    }
    return all;
  }
}
