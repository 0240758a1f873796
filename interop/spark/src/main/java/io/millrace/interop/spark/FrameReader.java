package io.millrace.interop.spark;

import io.millrace.model.BytesView;
import io.millrace.model.DataType;
import io.millrace.model.RowReader;
import java.math.BigInteger;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Spark's rows and arrays, read as rows of a contract. Spark makes an object for each text, decimal
 * and nested value that is read; nothing else is allocated per field. Not thread-safe.
 */
final class FrameReader implements RowReader {
  private final DataType[] types;
  private final WriteColumns.Narrow[] narrow;
  private final int[] ordinals;
  private final boolean list;
  private final FrameReader[] nested;
  private final FrameReader[] values;
  private final BytesView view = new BytesView();
  private SpecializedGetters row;
  private int size;

  private FrameReader(
      DataType[] types, WriteColumns.Narrow[] narrow, int[] ordinals, boolean list) {
    this.types = types;
    this.narrow = narrow;
    this.ordinals = ordinals;
    this.list = list;
    this.size = types.length;
    nested = new FrameReader[types.length];
    values = new FrameReader[types.length];
    for (int i = 0; i < types.length; i++) {
      switch (types[i].kind()) {
        case ROW ->
            nested[i] =
                of(((DataType.Row) types[i]).fields().stream().map(f -> f.type()).toList(), false);
        case ARRAY -> nested[i] = of(List.of(((DataType.Array) types[i]).element()), true);
        case MAP -> {
          nested[i] = of(List.of(DataType.STRING), true);
          values[i] = of(List.of(((DataType.Map) types[i]).value()), true);
        }
        default -> {}
      }
    }
  }

  /** Reads a frame's rows as the contract's columns. */
  FrameReader(WriteColumns columns) {
    this(
        columns.sources().stream().map(s -> s.column().type()).toArray(DataType[]::new),
        columns.sources().stream()
            .map(WriteColumns.Source::narrow)
            .toArray(WriteColumns.Narrow[]::new),
        columns.ordinals(),
        false);
  }

  private static FrameReader of(List<DataType> types, boolean list) {
    return new FrameReader(types.toArray(DataType[]::new), null, null, list);
  }

  /** Reads this row from here on. */
  FrameReader on(SpecializedGetters next) {
    row = next;
    return this;
  }

  private FrameReader on(ArrayData array) {
    row = array;
    size = array.numElements();
    return this;
  }

  /** The place of a column's facts: all elements of a list have the same. */
  private int slot(int column) {
    return list ? 0 : column;
  }

  private int ordinal(int column) {
    return ordinals == null ? column : ordinals[column];
  }

  private long micros(int column) {
    return types[slot(column)] instanceof DataType.Temporal temporal && temporal.precision() == 3
        ? 1000
        : 1;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean isNull(int column) {
    int ordinal = ordinal(column);
    return ordinal < 0 || row.isNullAt(ordinal);
  }

  @Override
  public boolean getBoolean(int column) {
    return row.getBoolean(ordinal(column));
  }

  @Override
  public int getInt(int column) {
    int ordinal = ordinal(column);
    if (narrow == null) {
      return row.getInt(ordinal);
    }
    return switch (narrow[column]) {
      case NO -> row.getInt(ordinal);
      case BYTE -> row.getByte(ordinal);
      case SHORT -> row.getShort(ordinal);
    };
  }

  /** A time in microseconds that the contract keeps in milliseconds loses what is below them. */
  @Override
  public long getLong(int column) {
    return Math.floorDiv(row.getLong(ordinal(column)), micros(column));
  }

  @Override
  public float getFloat(int column) {
    return row.getFloat(ordinal(column));
  }

  @Override
  public double getDouble(int column) {
    return row.getDouble(ordinal(column));
  }

  private Decimal decimal(int column) {
    DataType.Decimal type = (DataType.Decimal) types[slot(column)];
    return row.getDecimal(ordinal(column), type.precision(), type.scale());
  }

  @Override
  public boolean isCompactDecimal(int column) {
    return ((DataType.Decimal) types[slot(column)]).precision() <= Decimal.MAX_LONG_DIGITS();
  }

  @Override
  public long getDecimal(int column) {
    return decimal(column).toUnscaledLong();
  }

  @Override
  public BytesView getDecimalBytes(int column) {
    BigInteger unscaled = decimal(column).toJavaBigDecimal().unscaledValue();
    byte[] bytes = unscaled.toByteArray();
    return view.set(bytes, 0, bytes.length);
  }

  @Override
  public BytesView utf8(int column) {
    UTF8String text = row.getUTF8String(ordinal(column));
    byte[] bytes = text.getBytes();
    return view.set(bytes, 0, bytes.length);
  }

  @Override
  public BytesView bytes(int column) {
    byte[] bytes = row.getBinary(ordinal(column));
    return view.set(bytes, 0, bytes.length);
  }

  @Override
  public RowReader getStruct(int column) {
    FrameReader struct = nested[slot(column)];
    return struct.on(row.getStruct(ordinal(column), struct.types.length));
  }

  @Override
  public RowReader getList(int column) {
    return nested[slot(column)].on(row.getArray(ordinal(column)));
  }

  @Override
  public RowReader getMapKeys(int column) {
    return nested[slot(column)].on(map(column).keyArray());
  }

  @Override
  public RowReader getMapValues(int column) {
    return values[slot(column)].on(map(column).valueArray());
  }

  private MapData map(int column) {
    return row.getMap(ordinal(column));
  }
}
