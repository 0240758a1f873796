package io.millrace.format.raw;

import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.io.InputStream;

/** A BYTES column: the whole file is one row. */
public final class RawFileDecoder implements FileDecoder {
  private static final int LONGEST = 64 << 20;

  private final RawColumn column;

  private RawFileDecoder(RawColumn column) {
    this.column = column;
  }

  /** For the schema's one column: of a STRING column each line is a row. */
  public static FileDecoder of(RowSchema schema) {
    RawColumn column = RawColumn.of(schema);
    return column.text() ? new RawLineDecoder(column) : new RawFileDecoder(column);
  }

  @Override
  public void decode(InputStream in, RowWriter target, FileRows rows) throws IOException {
    byte[] all = in.readNBytes(LONGEST + 1);
    if (all.length > LONGEST) {
      throw new MillraceException(
          ErrorCode.ROW_REFUSED,
          "Cannot read the file as one row: over " + (LONGEST >> 20) + " MB");
    }
    row(column, 1, all, 0, all.length, target, rows);
  }

  static void row(
      RawColumn column,
      long number,
      byte[] bytes,
      int from,
      int length,
      RowWriter target,
      FileRows rows) {
    try {
      column.read(bytes, from, length, target, true);
    } catch (DecodeException e) {
      rows.refused(number, java.util.Arrays.copyOfRange(bytes, from, from + length), e);
      return;
    }
    rows.accepted(number);
  }
}
