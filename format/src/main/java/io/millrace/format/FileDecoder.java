package io.millrace.format;

import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;

/** Reads a whole file or request body row by row, streamed. Made by {@link Formats}; one use. */
public interface FileDecoder {
  /**
   * Reads {@code in} to its end. Each good row is written to {@code target} and then told to {@code
   * rows}; each row that cannot be read is abandoned in the target, told, and left behind. Does not
   * close {@code in}.
   */
  void decode(InputStream in, RowWriter target, FileRows rows) throws IOException;

  /** Hears the fate of each row. */
  interface FileRows {
    /**
     * The row that starts at this line (or is the n-th, where a format has no lines) is written.
     */
    void accepted(long row);

    /**
     * The row that starts at this line (or is the n-th) was refused; {@code bytes} are its bytes as
     * far as they are known. May throw to stop the reading.
     */
    void refused(long row, byte[] bytes, DecodeException why);
  }
}
