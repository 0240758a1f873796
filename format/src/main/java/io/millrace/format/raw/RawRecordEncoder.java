package io.millrace.format.raw;

import io.millrace.format.ByteSink;
import io.millrace.format.RecordEncoder;
import io.millrace.model.BytesView;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;

/** The value of the one column is the whole record; NULL cannot be written. */
public final class RawRecordEncoder implements RecordEncoder {
  private final RawColumn column;

  public RawRecordEncoder(RowSchema schema) {
    column = RawColumn.of(schema);
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    if (row.isNull(0)) {
      throw new MillraceException(
          ErrorCode.ROW_REFUSED, "Cannot write column " + column.name() + " as raw: NULL");
    }
    BytesView view = column.text() ? row.utf8(0) : row.bytes(0);
    out.write(view.array(), view.offset(), view.length());
  }
}
