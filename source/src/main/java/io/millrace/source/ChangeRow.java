package io.millrace.source;

import io.millrace.model.BytesView;
import io.millrace.model.RowReader;

/** One change around the row it is about. Not thread-safe. */
final class ChangeRow implements RowReader {
  private static final int OP = 0;
  private static final int BEFORE = 1;
  private static final int AFTER = 2;
  private static final int SOURCE_TIME = 3;
  private static final int SOURCE_POSITION = 4;
  private static final int SIZE = 5;

  private final BytesView op = new BytesView();
  private RowReader before;
  private RowReader after;
  private long time;
  private long position;

  void set(byte[] newOp, RowReader newBefore, RowReader newAfter, long micros, long newPosition) {
    op.set(newOp, 0, newOp.length);
    before = newBefore;
    after = newAfter;
    time = micros;
    position = newPosition;
  }

  @Override
  public int size() {
    return SIZE;
  }

  @Override
  public boolean isNull(int column) {
    return switch (column) {
      case BEFORE -> before == null;
      case AFTER -> after == null;
      default -> false;
    };
  }

  @Override
  public BytesView utf8(int column) {
    return column == OP ? op : none(column);
  }

  @Override
  public long getLong(int column) {
    return column == SOURCE_TIME ? time : column == SOURCE_POSITION ? position : none(column);
  }

  @Override
  public RowReader getStruct(int column) {
    return column == BEFORE ? before : column == AFTER ? after : none(column);
  }

  private static <T> T none(int column) {
    throw new IllegalArgumentException("Column " + column + " of a change has another type");
  }

  @Override
  public boolean getBoolean(int column) {
    return none(column);
  }

  @Override
  public int getInt(int column) {
    return none(column);
  }

  @Override
  public float getFloat(int column) {
    return none(column);
  }

  @Override
  public double getDouble(int column) {
    return none(column);
  }

  @Override
  public boolean isCompactDecimal(int column) {
    return none(column);
  }

  @Override
  public long getDecimal(int column) {
    return none(column);
  }

  @Override
  public BytesView getDecimalBytes(int column) {
    return none(column);
  }

  @Override
  public BytesView bytes(int column) {
    return none(column);
  }

  @Override
  public RowReader getList(int column) {
    return none(column);
  }

  @Override
  public RowReader getMapKeys(int column) {
    return none(column);
  }

  @Override
  public RowReader getMapValues(int column) {
    return none(column);
  }
}
