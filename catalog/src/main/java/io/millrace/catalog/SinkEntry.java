package io.millrace.catalog;

import io.millrace.model.Name;
import java.time.Instant;
import java.util.Map;

/**
 * A delivery of one stream or table to the outside.
 *
 * @param type the connector's type, such as {@code parquet}
 * @param options as written: references to secrets are kept as references
 * @param epoch raised at each submission, so that a target can fence an earlier one
 * @param statement the CREATE statement as written
 */
public record SinkEntry(
    Name name,
    Name from,
    String type,
    Map<String, String> options,
    long epoch,
    boolean paused,
    String statement,
    Instant created)
    implements Entry {
  public SinkEntry {
    options = Copies.ordered(options);
  }

  @Override
  public EntryKey key() {
    return new EntryKey(EntryKind.SINK, name);
  }

  public SinkEntry withEpoch(long newEpoch) {
    return new SinkEntry(name, from, type, options, newEpoch, paused, statement, created);
  }

  public SinkEntry withPaused(boolean nowPaused) {
    return new SinkEntry(name, from, type, options, epoch, nowPaused, statement, created);
  }
}
