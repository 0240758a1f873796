package io.millrace.format.json;

import io.millrace.format.ByteSink;
import io.millrace.format.RecordEncoder;
import io.millrace.format.text.TextOutput;
import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes a row as one JSON object with all columns in order, NULL as null: what {@link
 * JsonRecordDecoder} reads back. Numbers that JSON cannot express (NaN, infinities) stand in
 * quotes.
 */
public final class JsonRecordEncoder implements RecordEncoder {
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  /** A value's place: its key as it is written, its type, and what is inside. */
  private static final class Member {
    final String name;
    final DataType type;
    final byte[] key;
    final Member[] members;

    Member(String name, DataType type) {
      this.name = name;
      this.type = type;
      ByteSink sink = new ByteSink();
      byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
      string(utf8, 0, utf8.length, sink);
      sink.write(':');
      key = sink.toByteArray();
      members =
          switch (type.kind()) {
            case ROW -> of(((DataType.Row) type).fields());
            case ARRAY -> new Member[] {new Member(name, ((DataType.Array) type).element())};
            case MAP -> new Member[] {new Member(name, ((DataType.Map) type).value())};
            default -> new Member[0];
          };
    }

    static Member[] of(List<Column> columns) {
      return columns.stream().map(c -> new Member(c.name(), c.type())).toArray(Member[]::new);
    }
  }

  private final Member[] columns;
  private final TextOutput output = new TextOutput('T');

  public JsonRecordEncoder(RowSchema schema) {
    columns = Member.of(schema.columns());
  }

  @Override
  public void encode(RowReader row, ByteSink out) {
    object(columns, row, out);
  }

  private void object(Member[] members, RowReader row, ByteSink out) {
    out.write('{');
    for (int i = 0; i < members.length; i++) {
      if (i > 0) {
        out.write(',');
      }
      out.write(members[i].key);
      value(members[i], row, i, out);
    }
    out.write('}');
  }

  private void value(Member member, RowReader row, int column, ByteSink out) {
    DataType type = member.type;
    if (row.isNull(column)) {
      if (!type.nullable()) {
        throw new MillraceException(
            ErrorCode.ROW_REFUSED,
            "Cannot write column " + member.name + " as json: NULL in a NOT NULL column");
      }
      out.write(NULL);
      return;
    }
    switch (type.kind()) {
      case BOOLEAN, INT, BIGINT, DECIMAL -> output.write(type, row, column, out);
      case FLOAT, DOUBLE -> {
        double value =
            type.kind() == DataType.Kind.FLOAT ? row.getFloat(column) : row.getDouble(column);
        plain(type, row, column, Double.isNaN(value) || Double.isInfinite(value), out);
      }
      case STRING -> string(row.utf8(column), out);
      case BYTES, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> plain(type, row, column, true, out);
      case ARRAY -> list(member.members[0], row.getList(column), out);
      case MAP -> map(member.members[0], row.getMapKeys(column), row.getMapValues(column), out);
      case ROW -> object(member.members, row.getStruct(column), out);
    }
  }

  private void list(Member element, RowReader list, ByteSink out) {
    out.write('[');
    for (int i = 0; i < list.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      value(element, list, i, out);
    }
    out.write(']');
  }

  private void map(Member value, RowReader keys, RowReader values, ByteSink out) {
    out.write('{');
    for (int i = 0; i < keys.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      string(keys.utf8(i), out);
      out.write(':');
      value(value, values, i, out);
    }
    out.write('}');
  }

  private void plain(DataType type, RowReader row, int column, boolean quoted, ByteSink out) {
    if (quoted) {
      out.write('"');
    }
    output.write(type, row, column, out);
    if (quoted) {
      out.write('"');
    }
  }

  private static void string(BytesView view, ByteSink out) {
    string(view.array(), view.offset(), view.length(), out);
  }

  private static void string(byte[] bytes, int offset, int length, ByteSink out) {
    out.ensure(length + 2);
    out.write('"');
    int done = offset;
    for (int i = offset; i < offset + length; i++) {
      byte b = bytes[i];
      if (b >= 0 && b < ' ' || b == '"' || b == '\\') {
        out.write(bytes, done, i - done);
        escape(b, out);
        done = i + 1;
      }
    }
    out.write(bytes, done, offset + length - done);
    out.write('"');
  }

  private static void escape(byte b, ByteSink out) {
    out.write('\\');
    switch (b) {
      case '"', '\\' -> out.write(b);
      case '\n' -> out.write('n');
      case '\r' -> out.write('r');
      case '\t' -> out.write('t');
      default -> {
        out.write('u');
        out.write('0');
        out.write('0');
        out.write(HEX[b >> 4]);
        out.write(HEX[b & 15]);
      }
    }
  }
}
