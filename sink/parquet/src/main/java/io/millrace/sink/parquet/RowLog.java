package io.millrace.sink.parquet;

import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import io.millrace.sink.RowRefusedException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One row as a log of the calls that made it, so that it can be given up without a trace, or looked
 * at before it is known where it goes. At {@link #endRow()} the row is checked: one that Parquet
 * could not give back as it was (a NOT NULL field without a value, a decimal or time out of range)
 * is refused with {@link RowRefusedException} and goes nowhere. Holds the row between {@link
 * #endRow()} and the next {@link #beginRow()}. Nothing is allocated per field once its arrays have
 * grown. Not thread-safe.
 */
public final class RowLog implements RowWriter {
  /** What one entry is; an entry is two longs: operation, column and length, then the value. */
  enum Operation {
    NULL,
    BOOLEAN,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    DECIMAL,
    DECIMAL_BYTES,
    UTF8,
    BYTES,
    BEGIN_STRUCT,
    END_STRUCT,
    BEGIN_LIST,
    END_LIST,
    BEGIN_MAP,
    END_MAP
  }

  private static final Operation[] OPERATIONS = Operation.values();

  private final int[] entryOfColumn;
  private final RowCheck check;
  private final Runnable onRow;
  private long[] entries = new long[128];
  private int size;
  private byte[] bytes = new byte[1024];
  private int bytesSize;
  private int depth;

  /** {@code onRow} is called at the end of each whole row that is not refused. */
  public RowLog(RowSchema schema, Runnable onRow) {
    this.entryOfColumn = new int[schema.size()];
    this.check = new RowCheck(schema);
    this.onRow = onRow;
  }

  /**
   * For changes of a table: only key columns must have a value, since a DELETE row has no more than
   * its key. Whether an UPSERT has a value for each NOT NULL column is for the owner to check.
   */
  public static RowLog ofChanges(RowSchema schema, Runnable onRow) {
    List<Column> columns = new ArrayList<>();
    for (Column column : schema.columns()) {
      boolean key = schema.primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase);
      columns.add(new Column(column.name(), column.type().withNullable(!key), column.comment()));
    }
    return new RowLog(new RowSchema(columns, schema.primaryKey()), onRow);
  }

  private void add(Operation operation, int column, int length, long value) {
    if (size + 2 > entries.length) {
      entries = Arrays.copyOf(entries, entries.length * 2);
    }
    if (depth == 0) {
      entryOfColumn[column] = size;
    }
    entries[size] = (long) length << 32 | (long) column << 8 | operation.ordinal();
    entries[size + 1] = value;
    size += 2;
  }

  private void add(Operation operation, int column, byte[] source, int offset, int length) {
    if (bytesSize + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, bytesSize + length));
    }
    System.arraycopy(source, offset, bytes, bytesSize, length);
    add(operation, column, length, bytesSize);
    bytesSize += length;
  }

  int size() {
    return size;
  }

  Operation operation(int entry) {
    return OPERATIONS[(int) (entries[entry] & 0xFF)];
  }

  int column(int entry) {
    return (int) (entries[entry] >> 8 & 0xFFFFFF);
  }

  long value(int entry) {
    return entries[entry + 1];
  }

  int length(int entry) {
    return (int) (entries[entry] >>> 32);
  }

  byte[] array() {
    return bytes;
  }

  /** Where a column's entry is; below 0 where the row has none. */
  int entry(int column) {
    return entryOfColumn[column];
  }

  /** Where the next value begins behind the one, nested or not, that begins here. */
  int after(int entry) {
    int at = entry;
    int inside = 0;
    do {
      inside += nesting(operation(at));
      at += 2;
    } while (inside > 0);
    return at;
  }

  /** Answers 1 where a nested value begins and -1 where one ends. */
  private static int nesting(Operation operation) {
    return switch (operation) {
      case BEGIN_STRUCT, BEGIN_LIST, BEGIN_MAP -> 1;
      case END_STRUCT, END_LIST, END_MAP -> -1;
      default -> 0;
    };
  }

  /** Whether a column of the row is null. */
  public boolean isNull(int column) {
    return entry(column) < 0 || operation(entry(column)) == Operation.NULL;
  }

  /**
   * Refuses a row without a value for a NOT NULL column: what {@link #ofChanges} leaves to the
   * owner of an UPSERT.
   */
  public void requireValues(RowSchema schema) {
    for (int i = 0; i < schema.size(); i++) {
      Column column = schema.column(i);
      if (!column.type().nullable() && isNull(i)) {
        throw new RowRefusedException(
            column.name(),
            "Cannot write column "
                + column.name()
                + ": it is NOT NULL and the row has no value for it");
      }
    }
  }

  /** Bytes that the row takes here, which is about what it takes in a column before encoding. */
  public long bytes() {
    return (long) size * Long.BYTES + bytesSize;
  }

  /**
   * The value of a BOOLEAN, INT, DATE, BIGINT or temporal column as a long; of a FLOAT or DOUBLE
   * column its raw bits.
   */
  public long getLong(int column) {
    return value(entry(column));
  }

  /** The value of a DECIMAL column. Allocates. */
  public BigDecimal getDecimal(int column, int scale) {
    int at = entry(column);
    return operation(at) == Operation.DECIMAL || length(at) == 0
        ? BigDecimal.valueOf(operation(at) == Operation.DECIMAL ? value(at) : 0, scale)
        : new BigDecimal(new BigInteger(bytes, (int) value(at), length(at)), scale);
  }

  /** The low 64 bits of a DECIMAL_BYTES entry. */
  long unscaled(int entry) {
    int from = (int) value(entry);
    int length = length(entry);
    long unscaled = length == 0 ? 0 : bytes[from];
    for (int i = 1; i < length; i++) {
      unscaled = unscaled << 8 | bytes[from + i] & 0xFF;
    }
    return unscaled;
  }

  /** Compares the bytes of a STRING column. */
  public boolean equalsUtf8(int column, byte[] other) {
    int from = (int) value(entry(column));
    return Arrays.equals(bytes, from, from + length(entry(column)), other, 0, other.length);
  }

  /** A copy of the bytes of a STRING column. */
  public byte[] getUtf8(int column) {
    int from = (int) value(entry(column));
    return Arrays.copyOfRange(bytes, from, from + length(entry(column)));
  }

  /** Gives a view of the bytes of a STRING or BYTES column. */
  public void view(int column, BytesView view) {
    view.set(bytes, (int) value(entry(column)), length(entry(column)));
  }

  /** The number of code points of a STRING column. */
  public int characters(int column) {
    int from = (int) value(entry(column));
    int characters = 0;
    for (int i = from; i < from + length(entry(column)); i++) {
      characters += (bytes[i] & 0xC0) == 0x80 ? 0 : 1; // all but the bytes that continue one
    }
    return characters;
  }

  /** Whether a STRING column holds U+0000. */
  public boolean hasZeroByte(int column) {
    int from = (int) value(entry(column));
    for (int i = from; i < from + length(entry(column)); i++) {
      if (bytes[i] == 0) {
        return true;
      }
    }
    return false;
  }

  /** Pushes the value of one column, nested or not, which is not null, into another writer. */
  public void replay(int column, RowWriter target) {
    int end = after(entry(column));
    for (int at = entry(column); at < end; at += 2) {
      replayEntry(at, target);
    }
  }

  /** Pushes the whole row into another writer, from its beginning to its end. */
  public void replay(RowWriter target) {
    target.beginRow();
    for (int at = 0; at < size; at += 2) {
      replayEntry(at, target);
    }
    target.endRow();
  }

  private void replayEntry(int at, RowWriter target) {
    int column = column(at);
    long value = value(at);
    switch (operation(at)) {
      case NULL -> target.setNull(column);
      case BOOLEAN -> target.setBoolean(column, value != 0);
      case INT -> target.setInt(column, (int) value);
      case LONG -> target.setLong(column, value);
      case FLOAT -> target.setFloat(column, Float.intBitsToFloat((int) value));
      case DOUBLE -> target.setDouble(column, Double.longBitsToDouble(value));
      case DECIMAL -> target.setDecimal(column, value);
      case DECIMAL_BYTES -> target.setDecimal(column, bytes, (int) value, length(at));
      case UTF8 -> target.setUtf8(column, bytes, (int) value, length(at));
      case BYTES -> target.setBytes(column, bytes, (int) value, length(at));
      case BEGIN_STRUCT -> target.beginStruct(column);
      case END_STRUCT -> target.endStruct();
      case BEGIN_LIST -> target.beginList(column);
      case END_LIST -> target.endList();
      case BEGIN_MAP -> target.beginMap(column);
      case END_MAP -> target.endMap();
    }
  }

  @Override
  public void beginRow() {
    size = 0;
    bytesSize = 0;
    depth = 0;
    Arrays.fill(entryOfColumn, -1);
  }

  @Override
  public void setNull(int column) {
    add(Operation.NULL, column, 0, 0);
  }

  @Override
  public void setBoolean(int column, boolean value) {
    add(Operation.BOOLEAN, column, 0, value ? 1 : 0);
  }

  @Override
  public void setInt(int column, int value) {
    add(Operation.INT, column, 0, value);
  }

  @Override
  public void setLong(int column, long value) {
    add(Operation.LONG, column, 0, value);
  }

  @Override
  public void setFloat(int column, float value) {
    add(Operation.FLOAT, column, 0, Float.floatToRawIntBits(value));
  }

  @Override
  public void setDouble(int column, double value) {
    add(Operation.DOUBLE, column, 0, Double.doubleToRawLongBits(value));
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    add(Operation.DECIMAL, column, 0, unscaled);
  }

  @Override
  public void setDecimal(int column, byte[] source, int offset, int length) {
    add(Operation.DECIMAL_BYTES, column, source, offset, length);
  }

  @Override
  public void setUtf8(int column, byte[] source, int offset, int length) {
    add(Operation.UTF8, column, source, offset, length);
  }

  @Override
  public void setBytes(int column, byte[] source, int offset, int length) {
    add(Operation.BYTES, column, source, offset, length);
  }

  @Override
  public void beginStruct(int column) {
    add(Operation.BEGIN_STRUCT, column, 0, 0);
    depth++;
  }

  @Override
  public void endStruct() {
    add(Operation.END_STRUCT, 0, 0, 0);
    depth--;
  }

  @Override
  public void beginList(int column) {
    add(Operation.BEGIN_LIST, column, 0, 0);
    depth++;
  }

  @Override
  public void endList() {
    add(Operation.END_LIST, 0, 0, 0);
    depth--;
  }

  @Override
  public void beginMap(int column) {
    add(Operation.BEGIN_MAP, column, 0, 0);
    depth++;
  }

  @Override
  public void endMap() {
    add(Operation.END_MAP, 0, 0, 0);
    depth--;
  }

  @Override
  public void endRow() {
    check.check(this);
    onRow.run();
  }

  @Override
  public void abandonRow() {
    beginRow();
  }
}
