package io.millrace.catalog;

import io.millrace.model.Name;
import java.time.Instant;
import java.util.Map;

/**
 * A way in from another system.
 *
 * @param type the connector's type, such as {@code postgres}
 * @param into by the name that a table has there, the table here that is made of it; by an empty
 *     name, a stream or table that was here before
 * @param options as written: references to secrets are kept as references
 * @param statement the CREATE statement as written
 */
public record SourceEntry(
    Name name,
    String type,
    Map<String, Name> into,
    Map<String, String> options,
    boolean paused,
    String statement,
    Instant created)
    implements Entry {
  public SourceEntry {
    into = Copies.ordered(into);
    options = Copies.ordered(options);
  }

  @Override
  public EntryKey key() {
    return new EntryKey(EntryKind.SOURCE, name);
  }

  /** Whether it alone may write to that table, of which it has made a table's image. */
  public boolean owns(Name table) {
    return into.entrySet().stream()
        .anyMatch(one -> !one.getKey().isEmpty() && one.getValue().equals(table));
  }

  public SourceEntry withPaused(boolean nowPaused) {
    return new SourceEntry(name, type, into, options, nowPaused, statement, created);
  }
}
