package io.millrace.sink.mongodb;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.sink.RowRefusedException;
import io.millrace.sink.documents.Utf8Buffer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bson.BsonType;
import org.bson.types.Decimal128;

/**
 * A row's columns as fields of a BSON document that its owner begins and ends. No value loses
 * anything: a decimal of more digits than BSON's has, a time of day, and a timestamp in
 * microseconds, for which BSON has no type, are text. A column without a call is left out. Nothing
 * is allocated per field but for such text and wide decimals. Not thread-safe.
 */
final class FieldWriter implements RowWriter {
  /** The digits that BSON's decimal holds, and what its exponent is biased by (IEEE 754-2008). */
  private static final int DIGITS = 34;

  private static final long EXPONENT_BIAS = 6176;
  private static final int EXPONENT_SHIFT = 49;
  private static final long MILLISECONDS_OF_DAY = 86_400_000;

  private final Node root;
  private final BsonBytes out;
  private final Utf8Buffer text = new Utf8Buffer();

  /**
   * The nested values that are open, from the outermost: what they are in, begin at, and number.
   */
  private final List<Node> open = new ArrayList<>();

  private int[] starts = new int[8];
  private int[] indexes = new int[8];
  private int depth;
  private Node parent;
  private byte[] nameOfValue;
  private String column;
  private int rowStart;
  private int typeOfEntry;

  /** A type, its members and their names, made once. */
  private static final class Node {
    final String column;
    final DataType type;
    final byte[] name;
    final Node[] members;

    Node(String column, DataType type, List<Column> members) {
      this.column = column;
      this.type = type;
      this.name = name(column);
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

  FieldWriter(RowSchema schema, BsonBytes out) {
    this.root = new Node("", new DataType.Row(schema.columns(), false), schema.columns());
    this.out = out;
    this.parent = root;
  }

  /** A name as BSON has it: UTF-8 with a zero behind. */
  static byte[] name(String name) {
    return (name + '\0').getBytes(StandardCharsets.UTF_8);
  }

  /** The next call's value gets this name, rather than its column's. */
  void beginValue(byte[] name) {
    beginRow();
    nameOfValue = name;
  }

  private DataType begin(int index, BsonType type) {
    Node member = parent.members[index];
    if (depth == 0) {
      column = member.column;
    }
    switch (parent.type.kind()) {
      case MAP -> out.setByte(typeOfEntry, type.getValue());
      case ARRAY -> {
        out.addByte(type.getValue());
        out.addIndex(indexes[depth - 1]++);
      }
      default -> {
        out.addByte(type.getValue());
        out.add(nameOfValue == null ? member.name : nameOfValue);
        nameOfValue = null;
      }
    }
    return member.type;
  }

  private DataType type(int index) {
    return parent.members[index].type;
  }

  @Override
  public void beginRow() {
    open.clear();
    depth = 0;
    parent = root;
    nameOfValue = null;
    rowStart = out.size();
  }

  @Override
  public void endRow() {}

  @Override
  public void abandonRow() {
    out.truncate(rowStart);
  }

  @Override
  public void setNull(int index) {
    begin(index, BsonType.NULL);
  }

  @Override
  public void setBoolean(int index, boolean value) {
    begin(index, BsonType.BOOLEAN);
    out.addByte(value ? 1 : 0);
  }

  @Override
  public void setInt(int index, int value) {
    if (type(index).kind() == DataType.Kind.DATE) {
      begin(index, BsonType.DATE_TIME);
      out.addLong(value * MILLISECONDS_OF_DAY);
    } else {
      begin(index, BsonType.INT32);
      out.addInt(value);
    }
  }

  @Override
  public void setLong(int index, long value) {
    if (!(type(index) instanceof DataType.Temporal temporal)) {
      begin(index, BsonType.INT64);
      out.addLong(value);
    } else if (temporal.kind() == DataType.Kind.TIME) {
      text.clear();
      text.addTime(value, temporal.precision());
      addText(index);
    } else if (temporal.precision() == 3) {
      begin(index, BsonType.DATE_TIME);
      out.addLong(value);
    } else {
      text.clear();
      text.addTimestamp(value, temporal.precision(), 'T');
      if (temporal.kind() == DataType.Kind.TIMESTAMP_LTZ) {
        text.add('Z');
      }
      addText(index);
    }
  }

  private void addText(int index) {
    begin(index, BsonType.STRING);
    out.addString(text.array(), 0, text.size());
  }

  @Override
  public void setFloat(int index, float value) {
    setDouble(index, value);
  }

  @Override
  public void setDouble(int index, double value) {
    begin(index, BsonType.DOUBLE);
    out.addLong(Double.doubleToRawLongBits(value));
  }

  @Override
  public void setDecimal(int index, long unscaled) {
    DataType.Decimal type = (DataType.Decimal) type(index);
    if (type.precision() > DIGITS) {
      text.clear();
      text.addDecimal(unscaled, type.scale());
      addText(index);
      return;
    }
    begin(index, BsonType.DECIMAL128);
    out.addLong(Math.abs(unscaled));
    out.addLong(unscaled & Long.MIN_VALUE | EXPONENT_BIAS - type.scale() << EXPONENT_SHIFT);
  }

  @Override
  public void setDecimal(int index, byte[] bytes, int offset, int length) {
    DataType.Decimal type = (DataType.Decimal) type(index);
    BigInteger unscaled = length == 0 ? BigInteger.ZERO : new BigInteger(bytes, offset, length);
    BigDecimal value = new BigDecimal(unscaled, type.scale());
    if (type.precision() > DIGITS) {
      text.clear();
      text.addAscii(value.toPlainString());
      addText(index);
      return;
    }
    begin(index, BsonType.DECIMAL128);
    Decimal128 decimal = new Decimal128(value);
    out.addLong(decimal.getLow());
    out.addLong(decimal.getHigh());
  }

  @Override
  public void setUtf8(int index, byte[] bytes, int offset, int length) {
    if (index == 0 && parent.type.kind() == DataType.Kind.MAP) {
      addKey(bytes, offset, length);
      return;
    }
    begin(index, BsonType.STRING);
    out.addString(bytes, offset, length);
  }

  /** In BSON the value's type stands before the key, and is known only when the value comes. */
  private void addKey(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] == 0) {
        throw new RowRefusedException(
            column,
            "Cannot write column " + column + ": no name of a field has a zero character in it");
      }
    }
    typeOfEntry = out.size();
    out.addByte(0);
    out.add(bytes, offset, length);
    out.addByte(0);
  }

  @Override
  public void setBytes(int index, byte[] bytes, int offset, int length) {
    begin(index, BsonType.BINARY);
    out.addInt(length);
    out.addByte(0); // the generic subtype
    out.add(bytes, offset, length);
  }

  private void open(int index, BsonType type) {
    begin(index, type);
    if (depth == starts.length) {
      starts = Arrays.copyOf(starts, depth * 2);
      indexes = Arrays.copyOf(indexes, depth * 2);
    }
    open.add(parent);
    parent = parent.members[index];
    starts[depth] = out.beginDocument();
    indexes[depth] = 0;
    depth++;
  }

  private void close() {
    depth--;
    out.endDocument(starts[depth]);
    parent = open.remove(depth);
  }

  @Override
  public void beginStruct(int index) {
    open(index, BsonType.DOCUMENT);
  }

  @Override
  public void endStruct() {
    close();
  }

  @Override
  public void beginList(int index) {
    open(index, BsonType.ARRAY);
  }

  @Override
  public void endList() {
    close();
  }

  @Override
  public void beginMap(int index) {
    open(index, BsonType.DOCUMENT);
  }

  @Override
  public void endMap() {
    close();
  }
}
