package io.millrace.format;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.DataType.Kind;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/** A target that fails on any call that {@link RowWriter} does not allow for its schema. */
final class StrictWriter implements RowWriter {
  private enum Where {
    ROW,
    LIST,
    MAP
  }

  private static final class Level {
    final Where where;
    final List<DataType> types;
    final BitSet set = new BitSet();
    boolean keyIsNext = true;

    Level(Where where, List<DataType> types) {
      this.where = where;
      this.types = types;
    }
  }

  private final RowSchema schema;
  private final Deque<Level> open = new ArrayDeque<>();
  int rows;
  int abandoned;

  StrictWriter(RowSchema schema) {
    this.schema = schema;
  }

  boolean isIdle() {
    return open.isEmpty();
  }

  private static List<DataType> types(List<Column> columns) {
    return columns.stream().map(Column::type).toList();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private DataType type(int column) {
    check(!open.isEmpty(), "no row is open");
    Level level = open.peek();
    switch (level.where) {
      case ROW -> {
        check(!level.set.get(column), "column " + column + " is set twice");
        level.set.set(column);
      }
      case LIST -> check(column == 0, "list column " + column);
      case MAP -> {
        check(column == (level.keyIsNext ? 0 : 1), "map column " + column);
        level.keyIsNext = !level.keyIsNext;
      }
    }
    return level.types.get(column);
  }

  private void set(int column, Kind... kinds) {
    DataType type = type(column);
    check(List.of(kinds).contains(type.kind()), type + " is given one of " + List.of(kinds));
  }

  private void requireWhole(Level level) {
    if (level.where == Where.ROW) {
      for (int i = 0; i < level.types.size(); i++) {
        check(level.set.get(i) || level.types.get(i).nullable(), "column " + i + " is left NULL");
      }
    }
    check(level.keyIsNext, "a key has no value");
  }

  @Override
  public void beginRow() {
    check(open.isEmpty(), "a row is open");
    open.push(new Level(Where.ROW, types(schema.columns())));
  }

  @Override
  public void setNull(int column) {
    check(type(column).nullable(), "column " + column + " is NOT NULL");
  }

  @Override
  public void setBoolean(int column, boolean value) {
    set(column, Kind.BOOLEAN);
  }

  @Override
  public void setInt(int column, int value) {
    set(column, Kind.INT, Kind.DATE);
  }

  @Override
  public void setLong(int column, long value) {
    set(column, Kind.BIGINT, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMP_LTZ);
  }

  @Override
  public void setFloat(int column, float value) {
    set(column, Kind.FLOAT);
  }

  @Override
  public void setDouble(int column, double value) {
    set(column, Kind.DOUBLE);
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    DecimalValue value = new DecimalValue();
    value.set(unscaled);
    checkDecimal(column, value);
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    DecimalValue value = new DecimalValue();
    check(value.set(bytes, offset, length), "no decimal");
    check(!value.fitsLong(), "a decimal that fits a long comes as bytes");
    checkDecimal(column, value);
  }

  private void checkDecimal(int column, DecimalValue value) {
    DataType type = type(column);
    check(value.fits(((DataType.Decimal) type).precision()), "out of range for " + type);
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    check(offset >= 0 && length >= 0 && offset + length <= bytes.length, "out of the array");
    check(Utf8.firstInvalid(bytes, offset, length) < 0, "not UTF-8");
    set(column, Kind.STRING);
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    check(offset >= 0 && length >= 0 && offset + length <= bytes.length, "out of the array");
    set(column, Kind.BYTES);
  }

  @Override
  public void beginStruct(int column) {
    open.push(new Level(Where.ROW, types(((DataType.Row) type(column)).fields())));
  }

  @Override
  public void endStruct() {
    requireWhole(open.pop());
  }

  @Override
  public void beginList(int column) {
    open.push(new Level(Where.LIST, List.of(((DataType.Array) type(column)).element())));
  }

  @Override
  public void endList() {
    check(open.pop().where == Where.LIST, "no list is open");
  }

  @Override
  public void beginMap(int column) {
    List<DataType> types = new ArrayList<>(List.of(DataType.STRING.withNullable(false)));
    types.add(((DataType.Map) type(column)).value());
    open.push(new Level(Where.MAP, types));
  }

  @Override
  public void endMap() {
    check(open.peek().where == Where.MAP, "no map is open");
    requireWhole(open.pop());
  }

  @Override
  public void endRow() {
    check(open.size() == 1, open.size() + " levels are open");
    requireWhole(open.pop());
    rows++;
  }

  @Override
  public void abandonRow() {
    check(!open.isEmpty(), "no row is open");
    open.clear();
    abandoned++;
  }
}
