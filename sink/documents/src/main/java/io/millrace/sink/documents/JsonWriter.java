package io.millrace.sink.documents;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A row as one JSON object, in a buffer that is given. Columns are members in the order in which
 * they come; one without a call is left out, a null is {@code null}. Numbers keep all their digits;
 * a floating-point value that JSON has no number for is {@code "NaN"}, {@code "Infinity"} or {@code
 * "-Infinity"}; BYTES are Base64; dates and times are ISO 8601, TIMESTAMP_LTZ in UTC with {@code
 * Z}. Nothing is allocated per field but for floating point, wide decimals and BYTES. Not
 * thread-safe.
 */
public final class JsonWriter implements RowWriter {
  private final Node root;
  private final Utf8Buffer out;
  private final List<Node> open = new ArrayList<>();
  private Node parent;
  private int start;
  private boolean first;

  /** A type, its members and their names as JSON text, made once. */
  private static final class Node {
    final DataType type;
    final byte[] name;
    final Node[] members;

    Node(String name, DataType type, List<Column> members) {
      this.type = type;
      Utf8Buffer quoted = new Utf8Buffer();
      byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
      addString(quoted, utf8, 0, utf8.length);
      quoted.add(':');
      this.name = quoted.toByteArray();
      this.members =
          members.stream()
              .map(c -> new Node(c.name(), c.type(), members(c.type())))
              .toArray(Node[]::new);
    }

    private static List<Column> members(DataType type) {
      return switch (type.kind()) {
        case ROW -> ((DataType.Row) type).fields();
        case ARRAY -> List.of(new Column("element", ((DataType.Array) type).element()));
        case MAP ->
            List.of(
                new Column("key", DataType.STRING),
                new Column("value", ((DataType.Map) type).value()));
        default -> List.of();
      };
    }
  }

  /** Adds rows to the end of {@code out}, which its owner clears. */
  public JsonWriter(RowSchema schema, Utf8Buffer out) {
    this.root = new Node("", new DataType.Row(schema.columns(), false), schema.columns());
    this.out = out;
    this.parent = root;
  }

  /**
   * Begins one value instead of a row: the next call, for that column, writes it without its name,
   * and there is no {@link #endRow()}.
   */
  public void beginValue() {
    open.clear();
    parent = null;
    first = true;
  }

  private DataType begin(int column) {
    if (parent == null) {
      return root.members[column].type;
    }
    Node member = parent.members[column];
    boolean value = parent.type.kind() == DataType.Kind.MAP && column == 1;
    if (!first && !value) {
      out.add(',');
    }
    first = false;
    if (parent.type.kind() == DataType.Kind.ROW) {
      out.add(member.name, 0, member.name.length);
    }
    return member.type;
  }

  @Override
  public void beginRow() {
    open.clear();
    parent = root;
    start = out.size();
    first = true;
    out.add('{');
  }

  @Override
  public void endRow() {
    out.add('}');
  }

  @Override
  public void abandonRow() {
    out.truncate(start);
  }

  @Override
  public void setNull(int column) {
    begin(column);
    out.addAscii("null");
  }

  @Override
  public void setBoolean(int column, boolean value) {
    begin(column);
    out.addAscii(value ? "true" : "false");
  }

  @Override
  public void setInt(int column, int value) {
    if (begin(column).kind() == DataType.Kind.DATE) {
      out.add('"');
      out.addDate(value);
      out.add('"');
    } else {
      out.addLong(value);
    }
  }

  @Override
  public void setLong(int column, long value) {
    DataType type = begin(column);
    if (!(type instanceof DataType.Temporal temporal)) {
      out.addLong(value);
      return;
    }
    out.add('"');
    if (type.kind() == DataType.Kind.TIME) {
      out.addTime(value, temporal.precision());
    } else {
      out.addTimestamp(value, temporal.precision(), 'T');
      if (type.kind() == DataType.Kind.TIMESTAMP_LTZ) {
        out.add('Z');
      }
    }
    out.add('"');
  }

  @Override
  public void setFloat(int column, float value) {
    begin(column);
    floating(Float.toString(value), Float.isFinite(value));
  }

  @Override
  public void setDouble(int column, double value) {
    begin(column);
    floating(Double.toString(value), Double.isFinite(value));
  }

  private void floating(String text, boolean finite) {
    out.addAscii(finite ? text : '"' + text + '"');
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    out.addDecimal(unscaled, ((DataType.Decimal) begin(column)).scale());
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    int scale = ((DataType.Decimal) begin(column)).scale();
    BigInteger unscaled = length == 0 ? BigInteger.ZERO : new BigInteger(bytes, offset, length);
    out.addAscii(new BigDecimal(unscaled, scale).toPlainString());
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    boolean key = parent != null && parent.type.kind() == DataType.Kind.MAP && column == 0;
    begin(column);
    addString(out, bytes, offset, length);
    if (key) {
      out.add(':');
    }
  }

  /** Adds a text of UTF-8 as a JSON string. */
  public static void addString(Utf8Buffer out, byte[] bytes, int offset, int length) {
    out.add('"');
    int copied = offset;
    for (int i = offset; i < offset + length; i++) {
      byte b = bytes[i];
      if (b >= 0x20 && b != '"' && b != '\\' || b < 0) {
        continue;
      }
      out.add(bytes, copied, i - copied);
      copied = i + 1;
      out.add('\\');
      if (b >= 0x20) {
        out.add((char) b);
      } else {
        out.add('u');
        out.addHexadecimal(b, 4);
      }
    }
    out.add(bytes, copied, offset + length - copied);
    out.add('"');
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    begin(column);
    byte[] encoded =
        Base64.getEncoder().encode(java.util.Arrays.copyOfRange(bytes, offset, offset + length));
    out.add('"');
    out.add(encoded, 0, encoded.length);
    out.add('"');
  }

  private void open(int column, char bracket) {
    Node member = parent == null ? root.members[column] : parent.members[column];
    begin(column);
    out.add(bracket);
    open.add(parent);
    parent = member;
    first = true;
  }

  private void close(char bracket) {
    out.add(bracket);
    parent = open.remove(open.size() - 1);
    first = false;
  }

  @Override
  public void beginStruct(int column) {
    open(column, '{');
  }

  @Override
  public void endStruct() {
    close('}');
  }

  @Override
  public void beginList(int column) {
    open(column, '[');
  }

  @Override
  public void endList() {
    close(']');
  }

  @Override
  public void beginMap(int column) {
    open(column, '{');
  }

  @Override
  public void endMap() {
    close('}');
  }
}
