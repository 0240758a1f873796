package io.millrace.format.delimited;

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
 * Writes a row as fields in column order, without a line end, quoted where they need it. Without a
 * quote, a value that holds the delimiter or a line end, or reads as NULL, is refused.
 */
public final class DelimitedRecordEncoder implements RecordEncoder {
  private final Dialect dialect;
  private final List<TextColumn> columns;
  private final TextOutput output = new TextOutput(' ');
  private final ByteSink value = new ByteSink();

  public DelimitedRecordEncoder(Dialect dialect, RowSchema schema) {
    this.dialect = dialect;
    columns = TextColumn.all("delimited", schema);
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    for (int i = 0; i < columns.size(); i++) {
      TextColumn column = columns.get(i);
      if (i > 0) {
        out.write(dialect.delimiter());
      }
      if (!row.isNull(i)) {
        value.reset();
        output.write(column.type(), row, i, value);
        append(column, out);
      } else if (column.type().nullable()) {
        out.write(dialect.nullText());
      } else {
        throw refused(column, "NULL in a NOT NULL column");
      }
    }
  }

  private static MillraceException refused(TextColumn column, String why) {
    return new MillraceException(
        ErrorCode.ROW_REFUSED, "Cannot write column " + column.name() + " as delimited: " + why);
  }

  private void append(TextColumn column, ByteSink out) {
    if (!needsQuote()) {
      out.write(value.array(), 0, value.length());
      return;
    }
    if (dialect.quote() < 0) {
      throw refused(column, "the value needs a quote and 'quote' is none");
    }
    out.write(dialect.quote());
    for (int i = 0; i < value.length(); i++) {
      byte b = value.array()[i];
      out.write(b);
      if (b == dialect.quote()) {
        out.write(b);
      }
    }
    out.write(dialect.quote());
  }

  private boolean needsQuote() {
    byte[] bytes = value.array();
    int length = value.length();
    for (int i = 0; i < length; i++) {
      byte b = bytes[i];
      if (b == '\n' || b == '\r' || b == dialect.quote() || b == dialect.delimiter()[0]) {
        return true;
      }
    }
    return dialect.isNull(bytes, 0, length);
  }
}
