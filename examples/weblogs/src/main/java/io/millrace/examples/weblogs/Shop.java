package io.millrace.examples.weblogs;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A table {@code customers} of a PostgreSQL database and the people who change it: several at once,
 * in transactions of several statements, some of them rolled back. A trigger keeps every row that
 * ever was in {@code audit}, and the database the time of each commit.
 */
final class Shop implements AutoCloseable {
  private static final String[] CREATE = {
    "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, balance numeric(12,2), notes"
        + " text)",
    "ALTER TABLE customers REPLICA IDENTITY FULL",
    "CREATE TABLE orders (customer int, number bigserial, amount numeric(12,2), ordered_at"
        + " timestamptz NOT NULL, PRIMARY KEY (customer, number))",
    "ALTER TABLE orders REPLICA IDENTITY FULL",
    "CREATE TABLE audit (seq bigserial PRIMARY KEY, id int NOT NULL, row text)",
    "CREATE FUNCTION line(c customers) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT c.id || '|'"
        + " || c.name || '|' || coalesce(c.balance::text, '') || '|' || coalesce(md5(c.notes), '')"
        + " $$",
    "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        + " IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.id <> NEW.id) THEN"
        + " INSERT INTO audit (id, row) VALUES (OLD.id, NULL); END IF;"
        + " IF TG_OP <> 'DELETE' THEN INSERT INTO audit (id, row) VALUES (NEW.id, line(NEW));"
        + " END IF; RETURN NULL; END $$",
    "CREATE TRIGGER keep AFTER INSERT OR UPDATE OR DELETE ON customers FOR EACH ROW EXECUTE"
        + " FUNCTION keep()"
  };

  private static final int LONGEST_TRANSACTION = 12;
  private static final int ONE_ROLLED_BACK_IN = 10;
  private static final int LARGE = 4_000;

  private final PostgresProcess database;
  private final int keys;
  private final int staff;
  private final Duration between;
  private final List<Thread> people = new ArrayList<>();
  private final AtomicInteger done = new AtomicInteger();
  private volatile boolean closed;

  /**
   * @param keys how many customers there may be
   * @param staff how many people change them
   * @param between how long each rests after a transaction
   */
  Shop(PostgresProcess database, int keys, int staff, Duration between) {
    this.database = database;
    this.keys = keys;
    this.staff = staff;
    this.between = between;
  }

  void create() throws SQLException {
    database.execute(CREATE);
  }

  /** Lets people make so many changes more; returns at once. */
  void open(long seed, int changes) {
    SplittableRandom random = new SplittableRandom(seed);
    int until = done.get() + changes;
    for (int i = 0; i < staff; i++) {
      SplittableRandom own = random.split();
      Thread person = new Thread(() -> work(own, until), "person-" + i);
      person.setDaemon(true);
      people.add(person);
      person.start();
    }
  }

  int done() {
    return done.get();
  }

  void awaitDone(int changes) {
    while (done.get() < changes && people.stream().anyMatch(Thread::isAlive)) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Returns once everybody has ended. */
  void awaitEnd() throws InterruptedException {
    for (Thread person : people) {
      person.join();
    }
    people.clear();
  }

  /** What fails because the server was killed is not tried again: the audit knows what happened. */
  private void work(SplittableRandom random, int until) {
    while (done.get() < until && !closed) {
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        while (done.get() < until && !closed) {
          transact(connection, statement, random);
          LockSupport.parkNanos(between.toNanos());
        }
      } catch (SQLException e) {
        LockSupport.parkNanos(100_000_000);
      }
    }
  }

  private void transact(Connection connection, Statement statement, SplittableRandom random)
      throws SQLException {
    int length = 1 + random.nextInt(LONGEST_TRANSACTION);
    int changed = 0;
    try {
      for (int i = 0; i < length; i++) {
        changed += statement.executeUpdate(change(random));
      }
      if (random.nextInt(ONE_ROLLED_BACK_IN) == 0) {
        connection.rollback();
        return;
      }
      connection.commit();
      done.addAndGet(changed);
    } catch (SQLException e) {
      if (connection.isClosed()) {
        throw e;
      }
      connection.rollback(); // a key that is taken, or a deadlock: as in life
    }
  }

  private String change(SplittableRandom random) {
    int id = random.nextInt(keys);
    return switch (random.nextInt(10)) {
      case 0, 1, 2, 3 ->
          "INSERT INTO customers VALUES (%d, 'name %d', %d.%02d, %s) ON CONFLICT (id) DO UPDATE SET balance = EXCLUDED.balance, name = EXCLUDED.name"
              .formatted(
                  id,
                  random.nextInt(1000),
                  random.nextInt(1000),
                  random.nextInt(100),
                  random.nextInt(20) == 0
                      ? "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, "
                          + LARGE / 32
                          + "))"
                      : "NULL");
      case 4, 5, 6 -> "UPDATE customers SET balance = balance + 1 WHERE id = " + id;
      case 7 -> "UPDATE customers SET id = " + random.nextInt(keys) + " WHERE id = " + id;
      case 8 -> "UPDATE customers SET balance = NULL, name = name || '.' WHERE id = " + id;
      default -> "DELETE FROM customers WHERE id = " + id;
    };
  }

  /**
   * What became of a row in one transaction.
   *
   * @param micros when that was committed, since the epoch
   * @param line null where it was deleted
   */
  record Change(int id, long micros, String line) {}

  /** In the order of each row's changes; of several in one transaction the last. */
  List<Change> changes() throws SQLException {
    List<Change> all = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT id, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint,"
                    + " row FROM (SELECT *, xmin, lead(xmin::text) OVER (PARTITION BY id ORDER BY"
                    + " seq) AS next FROM audit) a WHERE next IS DISTINCT FROM xmin::text"
                    + " ORDER BY id, seq")) {
      while (rows.next()) {
        all.add(new Change(rows.getInt(1), rows.getLong(2), rows.getString(3)));
      }
    }
    return all;
  }

  /** The rows there are, as {@link Change#line} has them. */
  List<String> lines() throws SQLException {
    return read("SELECT line(c) FROM customers c ORDER BY id");
  }

  /** The rows there were. */
  List<String> linesAt(Instant then) throws SQLException {
    return read(
        "SELECT row FROM (SELECT DISTINCT ON (id) id, row FROM audit WHERE"
            + " pg_xact_commit_timestamp(xmin) <= '"
            + then
            + "' ORDER BY id, seq DESC) a WHERE row IS NOT NULL ORDER BY id");
  }

  /** Somebody, who may be no customer any more, orders something. */
  void order(SplittableRandom random) throws SQLException {
    database.execute(
        "INSERT INTO orders (customer, amount, ordered_at) VALUES (%d, %d, clock_timestamp())"
            .formatted(random.nextInt(keys), random.nextInt(100)));
  }

  /** Each order with the name and balance that its customer had then. */
  List<String> ordersAsOf() throws SQLException {
    return read(
        "SELECT o.number || ' ' || split_part(a.row, '|', 2) || ' ' || split_part(a.row, '|', 3) FROM"
            + " orders o, LATERAL (SELECT row FROM audit WHERE id = o.customer AND"
            + " pg_xact_commit_timestamp(xmin) <= o.ordered_at ORDER BY seq DESC LIMIT 1) a WHERE"
            + " a.row IS NOT NULL ORDER BY o.number");
  }

  private List<String> read(String select) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(select)) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    return lines;
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    awaitEnd();
  }
}
