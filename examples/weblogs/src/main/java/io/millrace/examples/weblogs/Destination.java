package io.millrace.examples.weblogs;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * A server that sinks deliver to, started here, which can be cut off and is read back by a client
 * that is not Millrace's.
 */
interface Destination extends AutoCloseable {
  /** What people call it. */
  String title();

  /** The name of the sink that carries a stream or table here. */
  String sink(String from);

  /** The statement that creates that sink. */
  String create(String from, String trigger);

  /** The way that sinks take to it. */
  Network network();

  /** Gives each row that came from a stream or table, written as {@link TextSql#line} does. */
  void read(String from, List<String> columns, Consumer<String> line) throws Exception;

  @Override
  void close() throws Exception;

  /**
   * All rows at a glance.
   *
   * @param digest of the lines
   */
  record Contents(long rows, long digest) {}

  default Contents contents(String from, List<String> columns) throws Exception {
    Digest digest = new Digest();
    long[] rows = new long[1];
    read(
        from,
        columns,
        line -> {
          rows[0]++;
          digest.add(line);
        });
    return new Contents(rows[0], digest.value());
  }

  /** Waits until it holds this, or the time is up; answers what it holds then. */
  default Contents await(String from, List<String> columns, Contents expected, Duration patience)
      throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    Contents held = contents(from, columns);
    while (!held.equals(expected) && System.nanoTime() < deadline) {
      Thread.sleep(500);
      held = contents(from, columns);
    }
    return held;
  }

  /** What does not add up; empty if all does. */
  default List<String> differences(Contents held, Contents expected) {
    if (held.rows() != expected.rows()) {
      return List.of(title() + " holds " + held.rows() + " rows, not " + expected.rows());
    }
    return held.equals(expected)
        ? List.of()
        : List.of("the rows in " + title() + " are not those that were sent");
  }
}
