package io.millrace.examples.weblogs;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A table {@code customers} of a database and the people who change it: several at once, in
 * transactions of several statements, some of them rolled back. Triggers keep every row that ever
 * was in {@code audit}.
 */
abstract class Shop implements AutoCloseable {
  private static final int LONGEST_TRANSACTION = 12;
  private static final int ONE_ROLLED_BACK_IN = 10;
  private static final int LARGE = 4_000;

  private final Database database;
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
  Shop(Database database, int keys, int staff, Duration between) {
    this.database = database;
    this.keys = keys;
    this.staff = staff;
    this.between = between;
  }

  /** Makes the tables and what keeps their changes. */
  abstract void create() throws SQLException;

  /** What makes an INSERT into customers an update of balance and name where the id is there. */
  abstract String orReplace();

  /** An expression for a random text. */
  abstract String longText(int length);

  final Database database() {
    return database;
  }

  final int keys() {
    return keys;
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
          "INSERT INTO customers VALUES (%d, 'name %d', %d.%02d, %s) %s"
              .formatted(
                  id,
                  random.nextInt(1000),
                  random.nextInt(1000),
                  random.nextInt(100),
                  random.nextInt(20) == 0 ? longText(LARGE) : "NULL",
                  orReplace());
      case 4, 5, 6 -> "UPDATE customers SET balance = balance + 1 WHERE id = " + id;
      case 7 -> "UPDATE customers SET id = " + random.nextInt(keys) + " WHERE id = " + id;
      case 8 -> "UPDATE customers SET balance = NULL, name = CONCAT(name, '.') WHERE id = " + id;
      default -> "DELETE FROM customers WHERE id = " + id;
    };
  }

  /**
   * What became of a row.
   *
   * @param micros when, since the epoch
   * @param line null where it was deleted
   * @param last whether its transaction changed the row no more
   */
  record Change(int id, long micros, String line, boolean last) {}

  /** In the order of each row's changes. */
  abstract List<Change> changes() throws SQLException;

  /** The rows there are, as {@link Change#line} has them, by id. */
  abstract List<String> lines() throws SQLException;

  /** From rows of id, microseconds, line, whether it is the last of its transaction. */
  final List<Change> changes(String select) throws SQLException {
    List<Change> all = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(select)) {
      while (rows.next()) {
        all.add(new Change(rows.getInt(1), rows.getLong(2), rows.getString(3), rows.getBoolean(4)));
      }
    }
    return all;
  }

  final List<String> read(String select) throws SQLException {
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
