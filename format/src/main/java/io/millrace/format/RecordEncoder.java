package io.millrace.format;

import io.millrace.model.RowReader;

/** Writes rows as records of one format. Made by {@link Formats}. Not thread-safe. */
public interface RecordEncoder {
  /**
   * Appends the whole record of this row to {@code out}. Throws ROW_REFUSED, naming the column,
   * where the row does not fit the contract or the format cannot express a value; {@code out} then
   * holds a piece of a record and is to be reset.
   */
  void encode(RowReader row, ByteSink out);
}
