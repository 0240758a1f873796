package io.millrace.catalog;

import io.millrace.model.Name;
import java.time.Instant;
import java.util.Map;

/**
 * A way in from another system.
 *
 * @param type the connector's type, such as {@code postgres}
 * @param into by the name that a table has there, the stream or table here
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

  public SourceEntry withPaused(boolean nowPaused) {
    return new SourceEntry(name, type, into, options, nowPaused, statement, created);
  }
}
