package io.millrace.source;

import io.millrace.format.ByteSink;
import io.millrace.format.RecordEncoder;
import io.millrace.model.RowReader;
import java.nio.charset.StandardCharsets;

/**
 * Writes the rows of one transaction to a table with history as changes of one instant, since its
 * rows come to be seen at once; among themselves they are in the order in which they were written.
 * Not thread-safe.
 */
final class ChangeEncoder implements RecordEncoder {
  private static final byte[] WRITTEN = "u".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DELETED = "d".getBytes(StandardCharsets.US_ASCII);

  private final RecordEncoder changes;
  private final ChangeRow change = new ChangeRow();
  private long time;
  private long written;

  /** {@code changes} writes the columns that {@code History.changes} gives to the table. */
  ChangeEncoder(RecordEncoder changes) {
    this.changes = changes;
  }

  /** A transaction begins, at a time in microseconds since the epoch. */
  void begin(long newTime) {
    time = newTime;
    written = 0;
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    change.set(WRITTEN, null, row, time, written++);
    changes.encode(change, out);
  }

  /** {@code row} has its key at least. */
  void encodeDelete(RowReader row, ByteSink out) {
    change.set(DELETED, row, null, time, written++);
    changes.encode(change, out);
  }
}
