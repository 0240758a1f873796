package io.millrace.format.w3c;

import io.millrace.format.ByteSink;
import io.millrace.format.RecordEncoder;
import io.millrace.format.text.TextColumn;
import io.millrace.format.text.TextOutput;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes a row as one log line: fields in column order or as {@code fields} names them. The format
 * has its ways: NULL and the empty text are {@code -}, and so is a field that is no column; spaces
 * and control characters in a value are {@code +}. A value that could not be read back at all is
 * refused.
 */
public final class W3cRecordEncoder implements RecordEncoder {
  private final List<TextColumn> columns;

  /** The column of each field, -1 for none. */
  private final int[] fields;

  /** Columns that no field is for. */
  private final int[] left;

  private final TextOutput output = new TextOutput('T');

  /** {@code fields}: names as after {@code #Fields:}, or empty for column order. */
  public W3cRecordEncoder(String fields, RowSchema schema) {
    columns = TextColumn.all("w3c", schema);
    this.fields = W3cRecordDecoder.line(fields, 0, columns.toArray(TextColumn[]::new)).columns();
    left =
        IntStream.range(0, columns.size())
            .filter(column -> IntStream.of(this.fields).noneMatch(field -> field == column))
            .toArray();
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    for (int column : left) {
      if (!row.isNull(column)) {
        throw refused(columns.get(column), "'fields' names no such field");
      }
    }
    for (int i = 0; i < fields.length; i++) {
      if (i > 0) {
        out.write(' ');
      }
      int start = out.length();
      if (fields[i] >= 0) {
        field(columns.get(fields[i]), row, fields[i], out);
      }
      if (out.length() == start) {
        out.write('-');
      }
      if (i == 0 && out.array()[start] == '#') {
        throw refused(columns.get(fields[0]), "a line that begins with '#' is a directive")
            .hint("Put another column first, or use another format.");
      }
    }
  }

  private void field(TextColumn column, RowReader row, int index, ByteSink out) {
    if (row.isNull(index)) {
      if (!column.type().nullable()) {
        throw refused(column, "NULL in a NOT NULL column");
      }
      return;
    }
    int start = out.length();
    output.write(column.type(), row, index, out);
    joinWords(out, start);
    int length = out.length() - start;
    if (!column.type().nullable() && (length == 0 || length == 1 && out.array()[start] == '-')) {
      throw refused(column, "the text reads as NULL, which the column may not be");
    }
  }

  private static MillraceException refused(TextColumn column, String why) {
    return new MillraceException(
        ErrorCode.ROW_REFUSED, "Cannot write column " + column.name() + " as w3c: " + why);
  }

  private static void joinWords(ByteSink out, int from) {
    byte[] bytes = out.array();
    for (int i = from; i < out.length(); i++) {
      if (bytes[i] >= 0 && bytes[i] <= ' ' || bytes[i] == 127) {
        bytes[i] = '+';
      }
    }
  }
}
