package io.millrace.format.raw;

import io.millrace.format.DecodeException;
import io.millrace.format.RecordDecoder;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;

/** The whole record is the value of the one column. */
public final class RawRecordDecoder implements RecordDecoder {
  private final RawColumn column;
  private final boolean asked;

  public RawRecordDecoder(RowSchema schema, int[] projection) {
    column = RawColumn.of(schema);
    asked = projection.length > 0;
  }

  @Override
  public int decode(byte[] bytes, int offset, int length, RowWriter target) throws DecodeException {
    column.read(bytes, offset, length, target, asked);
    return 1;
  }
}
