package io.millrace.format.raw;

import io.millrace.format.DecodeException;
import io.millrace.format.Utf8;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;

/** The one column of a raw stream. */
record RawColumn(String name, DataType type, boolean text) {
  static RawColumn of(RowSchema schema) {
    Column column = schema.size() == 1 ? schema.column(0) : null;
    if (column == null
        || column.type().kind() != DataType.Kind.STRING
            && column.type().kind() != DataType.Kind.BYTES) {
      throw new MillraceException(
              ErrorCode.INVALID_TYPE, "Cannot use format raw: the columns are " + schema.columns())
          .hint("Declare exactly one column of type STRING or BYTES.");
    }
    return new RawColumn(
        column.name(), column.type(), column.type().kind() == DataType.Kind.STRING);
  }

  void read(byte[] bytes, int from, int length, RowWriter target, boolean asked)
      throws DecodeException {
    if (text) {
      int invalid = Utf8.firstInvalid(bytes, from, length);
      if (invalid >= 0) {
        throw new DecodeException("not UTF-8", invalid - (long) from).in(name, type);
      }
    }
    target.beginRow();
    if (asked && text) {
      target.setUtf8(0, bytes, from, length);
    } else if (asked) {
      target.setBytes(0, bytes, from, length);
    }
    target.endRow();
  }
}
