package io.millrace.catalog;

import io.millrace.model.Name;
import io.millrace.model.Units;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How long a table keeps a row that nobody sets again. Of a table that is made of its changes this
 * is part of their order; of any other the query {@code t$expire} deletes what is too old.
 */
public final class Expiry {
  /** The option of a table: a duration, or {@link #NEVER}. */
  public static final String OPTION = "expire";

  public static final String NEVER = "never";

  private static final String SUFFIX = "$expire";

  private Expiry() {}

  /** The query that deletes the rows of a table, where it has one. */
  public static Name query(Name table) {
    return new Name(table.schema(), table.object() + SUFFIX);
  }

  /** Whether a query is one that deletes what is too old. */
  public static boolean isOf(Query query) {
    return query.name().equals(query(query.target()));
  }

  /** Out of the options of a table, or of such a query; empty: rows stay. */
  public static Optional<Duration> of(Map<String, String> options) {
    return Optional.ofNullable(options.get(OPTION)).flatMap(Expiry::duration);
  }

  /** Throws {@link IllegalArgumentException} where the text is no duration, or none that passes. */
  public static Optional<Duration> duration(String text) {
    if (text.strip().equalsIgnoreCase(NEVER)) {
      return Optional.empty();
    }
    Duration duration = Units.duration(text);
    if (duration.toMillis() < 1) {
      throw new IllegalArgumentException("it must be a millisecond or more");
    }
    return Optional.of(duration);
  }
}
