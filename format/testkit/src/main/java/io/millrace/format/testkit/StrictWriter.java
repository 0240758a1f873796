package io.millrace.format.testkit;

import io.millrace.format.DecimalValue;
import io.millrace.format.RowBuffer;
import io.millrace.format.Utf8;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.DataType.Kind;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Keeps the row written last, and fails with an AssertionError on any call that {@link RowWriter}
 * does not allow for its schema. Not thread-safe.
 */
public final class StrictWriter implements RowWriter {
  private enum Where {
    ROW,
    LIST,
    MAP
  }

  private static final class Level {
    Where where;
    List<DataType> types;
    final BitSet set = new BitSet();
    boolean keyIsNext;
  }

  private final RowBuffer kept;
  private final List<DataType> columns;
  private final List<Level> levels = new ArrayList<>();
  private final DecimalValue decimal = new DecimalValue();
  private int depth;
  private long rows;
  private long abandoned;

  public StrictWriter(RowSchema schema) {
    kept = new RowBuffer(schema);
    columns = types(schema.columns());
  }

  /** The row written last. */
  public RowReader row() {
    return kept.row();
  }

  /** Whether no row is open. */
  public boolean isIdle() {
    return depth == 0;
  }

  /** How many rows were ended. */
  public long rows() {
    return rows;
  }

  /** How many rows were abandoned. */
  public long abandoned() {
    return abandoned;
  }

  private static List<DataType> types(List<Column> columns) {
    return columns.stream().map(Column::type).toList();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private void open(Where where, List<DataType> types) {
    if (depth == levels.size()) {
      levels.add(new Level());
    }
    Level level = levels.get(depth++);
    level.where = where;
    level.types = types;
    level.set.clear();
    level.keyIsNext = true;
  }

  private void close(Where where) {
    check(depth > 0 && levels.get(depth - 1).where == where, "no " + where + " is open");
    Level level = levels.get(--depth);
    if (where == Where.ROW) {
      for (int i = 0; i < level.types.size(); i++) {
        if (!level.set.get(i) && !level.types.get(i).nullable()) {
          throw new AssertionError("column " + i + " is left NULL");
        }
      }
    }
    check(level.keyIsNext, "a key has no value");
  }

  /** The type of the place that is set now; null for the key of a map. */
  private DataType type(int column) {
    check(depth > 0, "no row is open");
    Level level = levels.get(depth - 1);
    if (level.where == Where.ROW) {
      if (level.set.get(column)) {
        throw new AssertionError("column " + column + " is set twice");
      }
      level.set.set(column);
      return level.types.get(column);
    }
    int expected = level.where == Where.LIST || level.keyIsNext ? 0 : 1;
    if (column != expected) {
      throw new AssertionError("column " + column + " of a " + level.where);
    }
    if (level.where == Where.LIST) {
      return level.types.get(0);
    }
    level.keyIsNext = !level.keyIsNext;
    return column == 0 ? null : level.types.get(0);
  }

  private void expect(int column, Kind kind) {
    expect(column, kind, kind);
  }

  private void expect(int column, Kind kind, Kind other) {
    DataType type = type(column);
    Kind is = type == null ? Kind.STRING : type.kind();
    if (is != kind && is != other) {
      throw new AssertionError("column " + column + " of type " + type + " is given as " + kind);
    }
  }

  @Override
  public void beginRow() {
    check(depth == 0, "a row is open");
    open(Where.ROW, columns);
    kept.beginRow();
  }

  @Override
  public void setNull(int column) {
    DataType type = type(column);
    check(type != null && type.nullable(), "NULL in a NOT NULL place");
    kept.setNull(column);
  }

  @Override
  public void setBoolean(int column, boolean value) {
    expect(column, Kind.BOOLEAN);
    kept.setBoolean(column, value);
  }

  @Override
  public void setInt(int column, int value) {
    expect(column, Kind.INT, Kind.DATE);
    kept.setInt(column, value);
  }

  @Override
  public void setLong(int column, long value) {
    DataType type = type(column);
    Kind kind = type == null ? Kind.STRING : type.kind();
    check(
        kind == Kind.BIGINT
            || kind == Kind.TIME
            || kind == Kind.TIMESTAMP
            || kind == Kind.TIMESTAMP_LTZ,
        "a long for another type");
    kept.setLong(column, value);
  }

  @Override
  public void setFloat(int column, float value) {
    expect(column, Kind.FLOAT);
    kept.setFloat(column, value);
  }

  @Override
  public void setDouble(int column, double value) {
    expect(column, Kind.DOUBLE);
    kept.setDouble(column, value);
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    decimal.set(unscaled);
    checkDecimal(column);
    kept.setDecimal(column, unscaled);
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    check(decimal.set(bytes, offset, length), "no decimal");
    check(!decimal.fitsLong(), "a decimal that fits a long comes as bytes");
    checkDecimal(column);
    kept.setDecimal(column, bytes, offset, length);
  }

  private void checkDecimal(int column) {
    DataType type = type(column);
    check(type instanceof DataType.Decimal, "a decimal for another type");
    check(decimal.fits(((DataType.Decimal) type).precision()), "a decimal out of range");
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    check(offset >= 0 && length >= 0 && offset + length <= bytes.length, "out of the array");
    check(Utf8.firstInvalid(bytes, offset, length) < 0, "not UTF-8");
    expect(column, Kind.STRING);
    kept.setUtf8(column, bytes, offset, length);
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    check(offset >= 0 && length >= 0 && offset + length <= bytes.length, "out of the array");
    expect(column, Kind.BYTES);
    kept.setBytes(column, bytes, offset, length);
  }

  @Override
  public void beginStruct(int column) {
    DataType type = type(column);
    check(type instanceof DataType.Row, "a struct for another type");
    open(Where.ROW, types(((DataType.Row) type).fields()));
    kept.beginStruct(column);
  }

  @Override
  public void endStruct() {
    check(depth > 1, "no struct is open");
    close(Where.ROW);
    kept.endStruct();
  }

  @Override
  public void beginList(int column) {
    DataType type = type(column);
    check(type instanceof DataType.Array, "a list for another type");
    open(Where.LIST, List.of(((DataType.Array) type).element()));
    kept.beginList(column);
  }

  @Override
  public void endList() {
    close(Where.LIST);
    kept.endList();
  }

  @Override
  public void beginMap(int column) {
    DataType type = type(column);
    check(type instanceof DataType.Map, "a map for another type");
    open(Where.MAP, List.of(((DataType.Map) type).value()));
    kept.beginMap(column);
  }

  @Override
  public void endMap() {
    close(Where.MAP);
    kept.endMap();
  }

  @Override
  public void endRow() {
    check(depth == 1, "not one level is open at the end of a row");
    close(Where.ROW);
    rows++;
    kept.endRow();
  }

  @Override
  public void abandonRow() {
    check(depth > 0, "no row is open");
    abandoned++;
    depth = 0;
    kept.abandonRow();
  }
}
