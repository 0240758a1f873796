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
import java.util.concurrent.locks.LockSupport;

/**
 * A PostgreSQL database is changed by several people and followed, while server, database and the
 * way between them are killed and cut: first while the tables are read whole, then while they are
 * followed. At the end the table must be the database's row for row, and each version of its
 * history what the database's own audit says, from the commit that began it to that which ended it.
 */
final class CdcSuite implements Suite {
  private static final String CREATE =
      "CREATE SOURCE shop FROM postgres INTO customers WITH ('url' ="
          + " 'jdbc:postgresql://127.0.0.1:%d/postgres', 'user' = 'postgres', 'tables' ="
          + " 'customers', 'heartbeat' = '200 ms');";
  private static final String LINE =
      "id || '|' || name || '|' || coalesce(balance::VARCHAR, '') || '|' || coalesce(md5(notes),"
          + " '')";

  /**
   * Transactions take their time before they are written to the log: one that is written after a
   * later one is told with the time of that. Longer than any that was seen.
   */
  private static final long LATER_MICROS = 2_000_000;

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_CUT = Duration.ofSeconds(3);
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");
  private static final int DIFFERENCES = 10;
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

  @Override
  public String name() {
    return "cdc";
  }

  @Override
  public String description() {
    return "PostgreSQL's changes; server, database, network killed";
  }

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
    try (PostgresProcess database = new PostgresProcess(folder.resolve("postgres"))) {
      database.start();
      try (Network network = new Network(database.port());
          ServerProcess server = new ServerProcess(folder, OPTIONS);
          Shop shop =
              new Shop(database, Math.max(10, changes / CHANGES_OF_A_KEY), STAFF, Duration.ZERO)) {
        shop.create();
        int before = changes / 5;
        shop.open(random.nextLong(), before);
        shop.awaitEnd();
        server.start();
        shop.open(random.nextLong(), before);
        server.script(CREATE.formatted(network.port()));
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
      PostgresProcess database,
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

  /** Waits until everything was read that happened until now, and answers the time. */
  private static long awaitRead(ServerProcess server) throws InterruptedException {
    Instant now = Instant.now();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Object until = server.rows("SHOW SOURCES").get(0)[6];
      if (until != null && Instant.parse(until.toString()).isAfter(now)) {
        Thread.sleep(PAUSE.toMillis());
        return Math.multiplyExact(Instant.now().toEpochMilli(), 1000L);
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

  private static List<String> differences(ServerProcess server, Shop shop, long since)
      throws InterruptedException, SQLException {
    List<String> rows = shop.lines();
    Map<Integer, List<Version>> versions = versions(shop.changes(), since);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      List<String> wrong = new ArrayList<>();
      List<String> found =
          server.rows("SELECT " + LINE + " FROM customers ORDER BY id").stream()
              .map(row -> row[0].toString())
              .toList();
      if (!found.equals(rows)) {
        wrong.add("customers: " + firstDifference(rows, found));
      }
      compare(versions, found(server, since), wrong);
      if (wrong.isEmpty() || System.nanoTime() > deadline) {
        if (!wrong.isEmpty()) {
          wrong.addAll(shown(server));
        }
        return wrong;
      }
      Thread.sleep(PAUSE.toMillis());
    }
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
   * What a row was, and from when to when.
   *
   * @param to {@code Long.MAX_VALUE} where it still is
   */
  private record Version(String line, long from, long to) {}

  /** From a time on: what held then is said to have begun then. */
  private static Map<Integer, List<Version>> versions(List<Shop.Change> changes, long since) {
    Map<Integer, List<Version>> all = new TreeMap<>();
    int id = -1;
    String held = null;
    long from = 0;
    for (Shop.Change change : changes) {
      if (change.id() != id) {
        add(all, id, held, from, Long.MAX_VALUE, since);
        id = change.id();
        held = null;
      }
      if (!Objects.equals(held, change.line())) {
        add(all, id, held, from, change.micros(), since);
        held = change.line();
        from = change.micros();
      }
    }
    add(all, id, held, from, Long.MAX_VALUE, since);
    return all;
  }

  private static void add(
      Map<Integer, List<Version>> all, int id, String line, long from, long to, long since) {
    if (line != null && to > since) {
      all.computeIfAbsent(id, i -> new ArrayList<>())
          .add(new Version(line, Math.max(from, since), to));
    }
  }

  private static Map<Integer, List<Version>> found(ServerProcess server, long since) {
    Map<Integer, List<Version>> all = new TreeMap<>();
    for (Object[] row :
        server.rows(
            "SELECT id, "
                + LINE
                + ", epoch_us(valid_from), epoch_us(valid_to) FROM \"customers$history\""
                + " ORDER BY id, valid_from")) {
      add(
          all,
          Integer.parseInt(row[0].toString()),
          row[1].toString(),
          Long.parseLong(row[2].toString()),
          row[3] == null ? Long.MAX_VALUE : Long.parseLong(row[3].toString()),
          since);
    }
    return all;
  }

  private static void compare(
      Map<Integer, List<Version>> expected, Map<Integer, List<Version>> found, List<String> wrong) {
    TreeMap<Integer, List<Version>> all = new TreeMap<>(expected);
    all.putAll(found);
    for (int id : all.keySet()) {
      List<Version> should = expected.getOrDefault(id, List.of());
      List<Version> is = found.getOrDefault(id, List.of());
      boolean same = should.size() == is.size();
      for (int i = 0; same && i < should.size(); i++) {
        same =
            should.get(i).line().equals(is.get(i).line())
                && isAt(should.get(i).from(), is.get(i).from())
                && isAt(should.get(i).to(), is.get(i).to())
                && (i == 0 || is.get(i - 1).to() <= is.get(i).from());
      }
      if (!same && wrong.size() < DIFFERENCES) {
        wrong.add("history of " + id + ": " + is + ", not " + should);
      }
    }
  }

  private static boolean isAt(long should, long is) {
    return should == is || should < is && is != Long.MAX_VALUE && is - should < LATER_MICROS;
  }
}
