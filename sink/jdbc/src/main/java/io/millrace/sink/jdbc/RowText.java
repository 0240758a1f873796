package io.millrace.sink.jdbc;

import io.millrace.model.BytesView;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.sink.documents.JsonWriter;
import io.millrace.sink.documents.Utf8Buffer;
import io.millrace.sink.parquet.RowLog;
import java.util.List;

/**
 * Writes rows in the text form of PostgreSQL's COPY (its documentation: "COPY", Text Format), in
 * which rows wait in memory and in the staging table whatever the database: PostgreSQL takes it as
 * it is, for others {@link RowBinder} reads it. Columns are separated by tabs, rows end with a
 * newline, {@code \N} is null, BYTES are {@code \x} and hexadecimal, nested values are JSON.
 * Nothing is allocated per field but for floating point and wide decimals. Not thread-safe.
 */
final class RowText {
  private final List<TargetColumn> columns;
  private final Dialect dialect;
  private final Utf8Buffer json = new Utf8Buffer();
  private final JsonWriter nested;
  private final BytesView view = new BytesView();

  RowText(RowSchema schema, List<TargetColumn> columns, Dialect dialect) {
    this.columns = columns;
    this.dialect = dialect;
    this.nested = new JsonWriter(schema, json);
  }

  /** Throws RowRefusedException where the target cannot take the row; nothing is written then. */
  void check(RowLog row) {
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).check(row, i, dialect);
      if (!row.isNull(i) && isNested(columns.get(i).type())) {
        checkNested(row, i);
      }
    }
  }

  private void checkNested(RowLog row, int column) {
    json(row, column);
    if (!dialect.holdsZeroCharacter() && hasZeroCharacter(json)) {
      throw columns.get(column).refuse("the database holds no text with a zero character");
    }
  }

  /** An escape is stepped over whole: behind an escaped backslash, {@code u0000} is plain text. */
  private static boolean hasZeroCharacter(Utf8Buffer json) {
    byte[] text = json.array();
    for (int i = 0; i < json.size(); i++) {
      if (text[i] == '\\') {
        i++;
        if (text[i] == 'u' && isZeros(text, i + 1)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isZeros(byte[] text, int from) {
    return text[from] == '0'
        && text[from + 1] == '0'
        && text[from + 2] == '0'
        && text[from + 3] == '0';
  }

  private static boolean isNested(DataType type) {
    return switch (type.kind()) {
      case ARRAY, MAP, ROW -> true;
      default -> false;
    };
  }

  private void json(RowLog row, int column) {
    json.clear();
    nested.beginValue();
    row.replay(column, nested);
  }

  /** Adds the row's columns, or its key columns alone. */
  void write(RowLog row, boolean keysOnly, Utf8Buffer out) {
    boolean first = true;
    for (int i = 0; i < columns.size(); i++) {
      if (keysOnly && !columns.get(i).key()) {
        continue;
      }
      if (!first) {
        out.add('\t');
      }
      first = false;
      if (row.isNull(i)) {
        out.addAscii("\\N");
      } else {
        value(row, i, columns.get(i).type(), out);
      }
    }
    out.add('\n');
  }

  private void value(RowLog row, int column, DataType type, Utf8Buffer out) {
    switch (type.kind()) {
      case BOOLEAN -> out.add(row.getLong(column) != 0 ? 't' : 'f');
      case INT, BIGINT -> out.addLong(row.getLong(column));
      case FLOAT -> out.addAscii(Float.toString(Float.intBitsToFloat((int) row.getLong(column))));
      case DOUBLE -> out.addAscii(Double.toString(Double.longBitsToDouble(row.getLong(column))));
      case DECIMAL ->
          out.addAscii(row.getDecimal(column, ((DataType.Decimal) type).scale()).toPlainString());
      case STRING -> {
        row.view(column, view);
        escape(view.array(), view.offset(), view.length(), out);
      }
      case BYTES -> {
        row.view(column, view);
        out.addAscii("\\\\x");
        for (int i = 0; i < view.length(); i++) {
          out.addHexadecimal(view.array()[view.offset() + i], 2);
        }
      }
      case DATE -> out.addDate(row.getLong(column));
      case TIME -> out.addTime(row.getLong(column), ((DataType.Temporal) type).precision());
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        out.addTimestamp(row.getLong(column), ((DataType.Temporal) type).precision(), ' ');
        if (type.kind() == DataType.Kind.TIMESTAMP_LTZ) {
          out.add('Z');
        }
      }
      case ARRAY, MAP, ROW -> {
        json(row, column);
        escape(json.array(), 0, json.size(), out);
      }
    }
  }

  private static void escape(byte[] bytes, int offset, int length, Utf8Buffer out) {
    int copied = offset;
    for (int i = offset; i < offset + length; i++) {
      char letter =
          switch (bytes[i]) {
            case '\\' -> '\\';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> 0;
          };
      if (letter != 0) {
        out.add(bytes, copied, i - copied);
        copied = i + 1;
        out.add('\\');
        out.add(letter);
      }
    }
    out.add(bytes, copied, offset + length - copied);
  }
}
