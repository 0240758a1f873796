package io.millrace.format.w3c;

import io.millrace.format.DecodeException;
import io.millrace.format.RecordDecoder;
import io.millrace.format.text.TextColumn;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;

/**
 * Reads records of one log line each: fields by column order, or by the names in {@code fields}.
 * Directive ({@code #}) and blank lines are skipped and counted; line ends are dropped.
 */
public final class W3cRecordDecoder implements RecordDecoder {
  private final W3cLine line;
  private long skipped;

  /**
   * {@code fields}: names as after {@code #Fields:}, or empty for column order, where the last
   * {@code optional} columns may be missing.
   */
  public W3cRecordDecoder(String fields, int optional, RowSchema schema, int[] projection) {
    TextColumn[] columns = TextColumn.of("w3c", schema, projection);
    line = line(fields, optional, columns);
  }

  static W3cLine line(String fields, int optional, TextColumn[] columns) {
    if (fields.isBlank()) {
      return W3cLine.byPosition(columns, optional);
    }
    try {
      return W3cLine.byName(fields.strip().split("\\s+"), columns);
    } catch (DecodeException e) {
      throw new MillraceException(
          ErrorCode.INVALID_OPTION, "Invalid value for 'fields': " + e.reason());
    }
  }

  @Override
  public int decode(byte[] bytes, int offset, int length, RowWriter target) throws DecodeException {
    int end = offset + length;
    if (end > offset && bytes[end - 1] == '\n') {
      end--;
    }
    if (end > offset && bytes[end - 1] == '\r') {
      end--;
    }
    if (W3cLine.isNoRow(bytes, offset, end)) {
      skipped++;
      return 0;
    }
    line.read(bytes, offset, end, target);
    return 1;
  }

  @Override
  public long skipped() {
    return skipped;
  }
}
