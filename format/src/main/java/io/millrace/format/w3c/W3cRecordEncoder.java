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

/**
 * Writes a row as one log line, fields in column order. The format has its ways: NULL and the empty
 * text are {@code -}, and spaces and control characters in a value are {@code +}.
 */
public final class W3cRecordEncoder implements RecordEncoder {
  private final List<TextColumn> columns;
  private final TextOutput output = new TextOutput('T');

  public W3cRecordEncoder(RowSchema schema) {
    columns = TextColumn.all("w3c", schema);
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    int lineStart = out.length();
    for (int i = 0; i < columns.size(); i++) {
      TextColumn column = columns.get(i);
      if (i > 0) {
        out.write(' ');
      }
      int start = out.length();
      if (!row.isNull(i)) {
        output.write(column.type(), row, i, out);
        joinWords(out, start);
      } else if (!column.type().nullable()) {
        throw new MillraceException(
            ErrorCode.ROW_REFUSED,
            "Cannot write column " + column.name() + ": NULL in a NOT NULL column");
      }
      if (out.length() == start) {
        out.write('-');
      }
    }
    if (out.array()[lineStart] == '#') {
      throw new MillraceException(
              ErrorCode.ROW_REFUSED,
              "Cannot write column "
                  + columns.get(0).name()
                  + " as w3c: a line that begins with '#' is a directive")
          .hint("Put another column first, or use another format.");
    }
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
