package io.millrace.format;

import io.millrace.model.RowWriter;

/**
 * Reads records of one format into a row writer. Made by {@link Formats}; keeps buffers between
 * calls, so it is not thread-safe: one per reading thread.
 */
public interface RecordDecoder {
  /**
   * Writes the rows of one record to {@code target}, each from {@code beginRow} to {@code endRow},
   * and answers how many: 0 for a line that carries no row. Where it throws a {@link
   * DecodeException}, the open row has been abandoned and the record left no trace. Other
   * exceptions (the registry cannot be reached, the target fails) say nothing about the record.
   */
  int decode(byte[] bytes, int offset, int length, RowWriter target) throws DecodeException;

  /**
   * Where in its topic the record that is decoded next stands, for formats whose rows say which of
   * them came first.
   */
  default void at(long topicOffset) {}

  /** Whether a record without a value carries no row by design. */
  default boolean skipsEmpty() {
    return false;
  }

  /** How many records so far carried no row by design, such as directive and blank lines. */
  default long skipped() {
    return 0;
  }
}
