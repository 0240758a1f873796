package io.millrace.model;

/**
 * One row to be read by an encoder, the mirror of {@link RowWriter}: same units and types. Lists
 * are read as rows whose columns are their elements. A reader is a view: {@link #utf8} and {@link
 * #bytes} answer a view that the next call on the same reader may change, and nested readers live
 * until the next call for the same column. Not thread-safe.
 */
public interface RowReader {
  /** Columns of a row, or elements of a list. */
  int size();

  boolean isNull(int column);

  boolean getBoolean(int column);

  int getInt(int column);

  long getLong(int column);

  float getFloat(int column);

  double getDouble(int column);

  /** Whether the unscaled value of this decimal fits a long. */
  boolean isCompactDecimal(int column);

  /** The unscaled value of a decimal for which {@link #isCompactDecimal} holds. */
  long getDecimal(int column);

  /** The unscaled value of any decimal, big-endian two's complement. */
  BytesView getDecimalBytes(int column);

  BytesView utf8(int column);

  BytesView bytes(int column);

  RowReader getStruct(int column);

  RowReader getList(int column);

  /** The keys of a map as a list, in the same order as {@link #getMapValues}. */
  RowReader getMapKeys(int column);

  RowReader getMapValues(int column);
}
