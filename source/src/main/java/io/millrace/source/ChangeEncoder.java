package io.millrace.source;

import io.millrace.format.ByteSink;
import io.millrace.format.RecordEncoder;
import io.millrace.model.RowReader;
import java.nio.charset.StandardCharsets;

/**
 * Writes the rows of a table with history as its changes, made at the time of writing. Not
 * thread-safe.
 */
final class ChangeEncoder implements RecordEncoder {
  private static final byte[] WRITTEN = "u".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DELETED = "d".getBytes(StandardCharsets.US_ASCII);

  private final RecordEncoder changes;
  private final ChangeClock clock;
  private final ChangeRow change = new ChangeRow();

  /** {@code changes} writes the columns that {@code History.changes} gives to the table. */
  ChangeEncoder(RecordEncoder changes, ChangeClock clock) {
    this.changes = changes;
    this.clock = clock;
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    change.set(WRITTEN, null, row, clock.next());
    changes.encode(change, out);
  }

  /** {@code row} has its key at least. */
  void encodeDelete(RowReader row, ByteSink out) {
    change.set(DELETED, row, null, clock.next());
    changes.encode(change, out);
  }
}
