package io.millrace.examples.weblogs;

import io.millrace.dist.SingleProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A PostgreSQL shop whose customers change all the time becomes tables here: what the customers are
 * now, what they ever were, and each order with its customer as of then. At the end all three are
 * compared with the database and its audit.
 *
 * @param seconds how long the shop is open, or null for ever
 */
record HistoryDemo(Integer seconds, long seed) {
  private static final Duration SETTLING = Duration.ofSeconds(90);
  private static final Duration BETWEEN = Duration.ofMillis(10);
  private static final int CUSTOMERS = 200;
  private static final int CHANGES_BEFORE = 500;
  private static final int REPORT_EACH = 5;
  private static final int INSTANTS = 5;
  private static final String LINE =
      "id || '|' || name || '|' || coalesce(balance::VARCHAR, '') || '|' || coalesce(md5(notes),"
          + " '')";

  /** Answers the exit code. */
  int run(Path folder) throws Exception {
    try (PostgresProcess database = new PostgresProcess(folder.resolve("postgres"));
        PostgresShop shop = new PostgresShop(database, CUSTOMERS, 1, BETWEEN)) {
      database.start();
      shop.create();
      shop.open(seed, CHANGES_BEFORE);
      shop.awaitEnd();
      try (SingleProcess server = DemoCommand.server(folder)) {
        ConductorSql sql = new ConductorSql(server.conductor());
        sql.script(Pipeline.fromPostgres(database.port()));
        System.out.println(
            "  PostgreSQL -> shop_customers, shop_customers$history, shop_orders -> orders_as_of");
        System.out.println("  try: millrace sql --url " + server.url().orElseThrow());
        awaitRead(sql);
        Instant from = Instant.now();
        shop.open(seed + 1, Integer.MAX_VALUE / 2);
        watch(sql, shop);
        shop.close();
        return settle(sql, shop, from);
      }
    }
  }

  private static void awaitRead(Sql sql) throws InterruptedException {
    long deadline = System.nanoTime() + SETTLING.toNanos();
    while (sql.rows("SHOW SOURCES").get(0)[6] == null) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "The tables were not read: " + Arrays.toString(sql.rows("SHOW SOURCES").get(0)));
      }
      Thread.sleep(100);
    }
    Thread.sleep(100);
  }

  private void watch(Sql sql, PostgresShop shop) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    long begun = System.nanoTime();
    for (int second = 1; seconds == null || second <= seconds; second++) {
      for (int tenth = 0; tenth < 10; tenth++) {
        shop.order(random);
        DemoCommand.sleepUntil(begun + second * 1_000_000_000L - (9 - tenth) * 100_000_000L);
      }
      if (second % REPORT_EACH == 0) {
        System.out.printf(
            "%4d s: %,d changes of customers | %s customers, %s versions | %s orders with their"
                + " customer as of then | lag %s%n",
            second,
            shop.done(),
            count(sql, "shop_customers"),
            count(sql, "\"shop_customers$history\""),
            count(sql, "orders_as_of"),
            sql.rows("SHOW SOURCES").get(0)[5]);
      }
    }
  }

  private static String count(Sql sql, String table) {
    return String.format("%,d", sql.rows("SELECT count(*) FROM " + table).get(0)[0]);
  }

  private int settle(Sql sql, PostgresShop shop, Instant from) throws Exception {
    Instant until = Instant.now();
    List<String> wrong = new ArrayList<>();
    List<String> report = new ArrayList<>();
    check(
        sql,
        "shop_customers",
        "SELECT " + LINE + " FROM shop_customers ORDER BY id",
        shop.lines(),
        report,
        wrong);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < INSTANTS; i++) {
      long micros = random.nextLong(ChronoUnit.MICROS.between(from, until));
      Instant then = from.truncatedTo(ChronoUnit.MICROS).plus(micros, ChronoUnit.MICROS);
      check(
          sql,
          "customers at " + then,
          "SELECT " + LINE + " FROM shop_customers_as_of(TIMESTAMPTZ '" + then + "') ORDER BY id",
          shop.linesAt(then),
          report,
          wrong);
    }
    check(
        sql,
        "orders_as_of",
        "SELECT number || ' ' || name || ' ' || coalesce(balance::VARCHAR, '') FROM orders_as_of ORDER"
            + " BY number",
        shop.ordersAsOf(),
        report,
        wrong);
    System.out.printf("%n%,d changes of customers.%n%n", shop.done());
    System.out.println(" compared with the database                 |     rows | exact");
    System.out.println("--------------------------------------------+----------+------");
    report.forEach(System.out::println);
    System.out.println();
    return DemoCommand.verdict(wrong);
  }

  private static void check(
      Sql sql,
      String what,
      String select,
      List<String> expected,
      List<String> report,
      List<String> wrong)
      throws InterruptedException {
    long deadline = System.nanoTime() + SETTLING.toNanos();
    List<String> found = lines(sql, select);
    while (!found.equals(expected) && System.nanoTime() < deadline) {
      Thread.sleep(200);
      found = lines(sql, select);
    }
    boolean exact = found.equals(expected);
    report.add(" %-42s | %,8d | %s".formatted(what, found.size(), exact ? "yes" : "NO"));
    if (!exact) {
      List<String> missing = new ArrayList<>(expected);
      missing.removeAll(found);
      List<String> surplus = new ArrayList<>(found);
      surplus.removeAll(expected);
      wrong.add(
          "%s: %,d rows, not %,d; missing, such as %s; surplus, such as %s"
              .formatted(
                  what,
                  found.size(),
                  expected.size(),
                  missing.stream().limit(3).collect(Collectors.toList()),
                  surplus.stream().limit(3).collect(Collectors.toList())));
    }
  }

  private static List<String> lines(Sql sql, String select) {
    return sql.rows(select).stream().map(row -> row[0].toString()).toList();
  }
}
