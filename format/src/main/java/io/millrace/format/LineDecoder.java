package io.millrace.format;

import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;

/** Reads files whose rows are lines, which may be read in parts while they grow. */
public interface LineDecoder extends FileDecoder {
  /**
   * Reads on from a place.
   *
   * @param in begins at that place
   * @param last whether the file ends where {@code in} does; else a row that no line feed ends yet
   *     is left
   */
  void decode(InputStream in, FilePlace from, boolean last, RowWriter target, FileRows rows)
      throws IOException;

  /** Whether a file that begins so is lines at all; else it is read whole, and has no places. */
  default boolean isLines(byte[] beginning) {
    return true;
  }

  @Override
  default void decode(InputStream in, RowWriter target, FileRows rows) throws IOException {
    decode(in, FilePlace.START, true, target, rows);
  }

  /**
   * Where reading goes on: before the row that is being told, or behind the last one that was. Also
   * after a failure.
   */
  FilePlace place();
}
