package io.millrace.model;

/**
 * Where a decoder pushes fields to: Flink rows, Arrow batches, Parquet columns and Avro encoders
 * are row writers. The life of a row:
 *
 * <ol>
 *   <li>{@link #beginRow()};
 *   <li>for each column, in any order, at most one {@code set...} call or one {@code
 *       begin...}/{@code end...} pair; a column without a call is null;
 *   <li>{@link #endRow()}, or {@link #abandonRow()} where a field failed: the row then leaves no
 *       trace in the target.
 * </ol>
 *
 * <p>Inside {@link #beginStruct} the column is the field's index in the ROW type; inside {@link
 * #beginList} each value is one call with column 0 (in order, {@link #setNull} for a null element);
 * inside {@link #beginMap} entries alternate: the key by {@code setUtf8(0, ...)}, the value with
 * column 1. They nest.
 *
 * <p>{@code setLong} carries BIGINT and, in the unit of the type's precision, TIME, TIMESTAMP and
 * TIMESTAMP_LTZ; {@code setInt} carries INT and DATE (days since 1970-01-01). A decimal is its
 * unscaled value at the type's scale: {@link #setDecimal(int, long)} where it fits a long, else
 * {@link #setDecimal(int, byte[], int, int)} big-endian two's complement.
 *
 * <p>Implementations copy what they keep before they return: the caller reuses its arrays. Not
 * thread-safe. Nothing is allocated per field.
 */
public interface RowWriter {
  void beginRow();

  void setNull(int column);

  void setBoolean(int column, boolean value);

  void setInt(int column, int value);

  void setLong(int column, long value);

  void setFloat(int column, float value);

  void setDouble(int column, double value);

  void setDecimal(int column, long unscaled);

  void setDecimal(int column, byte[] bytes, int offset, int length);

  /** A STRING as UTF-8. The caller vouches for valid UTF-8. */
  void setUtf8(int column, byte[] bytes, int offset, int length);

  void setBytes(int column, byte[] bytes, int offset, int length);

  void beginStruct(int column);

  void endStruct();

  /** A list whose size need not be known. */
  void beginList(int column);

  void endList();

  void beginMap(int column);

  void endMap();

  void endRow();

  /** Forgets everything since {@link #beginRow()}, also inside an open struct, list or map. */
  void abandonRow();

  /** No more rows will come for now: targets that gather rows may hand them on. */
  default void endBatch() {}
}
