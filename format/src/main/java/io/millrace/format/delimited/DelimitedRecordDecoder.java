package io.millrace.format.delimited;

import io.millrace.format.DecodeException;
import io.millrace.format.RecordDecoder;
import io.millrace.format.text.TextColumn;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;

/** Reads records of one row each, fields in column order; a line end behind it is dropped. */
public final class DelimitedRecordDecoder implements RecordDecoder {
  private final TextColumn[] columns;
  private final Splitter splitter;
  private final DelimitedRow row;

  /** {@code optional}: how many of the last columns a record may leave out; they are NULL. */
  public DelimitedRecordDecoder(Dialect dialect, int optional, RowSchema schema, int[] projection) {
    columns = TextColumn.of("delimited", schema, projection);
    splitter = new Splitter(dialect);
    row = new DelimitedRow(dialect, splitter, optional);
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
    splitter.splitRecord(bytes, offset, end);
    row.read(bytes, offset, columns, null, target);
    return 1;
  }
}
