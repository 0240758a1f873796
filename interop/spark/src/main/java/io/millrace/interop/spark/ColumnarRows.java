package io.millrace.interop.spark;

import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.util.List;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Writes rows straight into Spark's column vectors. A row that is abandoned leaves nothing but
 * bytes that no row points to. Nothing is allocated per field or, once the vectors have grown, per
 * row. Not thread-safe.
 */
final class ColumnarRows implements RowWriter, AutoCloseable {
  private static final int MAX_DEPTH = 64;
  private static final int INT_DIGITS = 9;
  private static final int LONG_DIGITS = 18;

  /** A column, or what is nested in one: its vector and where its next value goes. */
  private static final class Cell {
    final WritableColumnVector vector;
    final DataType.Kind kind;
    final int digits;
    final boolean nested;

    /** Microseconds in a unit of the type. */
    final long micros;

    final Cell[] children;

    /** The place written last, by which a column without a call shows. */
    int at = -1;

    /** Of a list or map: where its values begin, and the first free place behind them. */
    int begin;

    int next;

    Cell(WritableColumnVector vector, DataType type, boolean nested) {
      this.vector = vector;
      this.nested = nested;
      kind = type.kind();
      digits = type instanceof DataType.Decimal decimal ? decimal.precision() : 0;
      micros = type instanceof DataType.Temporal temporal && temporal.precision() == 3 ? 1000 : 1;
      children =
          switch (kind) {
            case ARRAY ->
                new Cell[] {new Cell(vector.getChild(0), ((DataType.Array) type).element(), true)};
            case MAP ->
                new Cell[] {
                  new Cell(vector.getChild(0), DataType.STRING, true),
                  new Cell(vector.getChild(1), ((DataType.Map) type).value(), true)
                };
            case ROW -> {
              List<DataType> fields =
                  ((DataType.Row) type).fields().stream().map(f -> f.type()).toList();
              Cell[] cells = new Cell[fields.size()];
              for (int i = 0; i < cells.length; i++) {
                cells[i] = new Cell(vector.getChild(i), fields.get(i), true);
              }
              yield cells;
            }
            default -> new Cell[0];
          };
    }

    /** The cell for a value of this column, with its place made ready. */
    Cell inner(int column) {
      switch (kind) {
        case ARRAY -> children[0].to(next++);
        case MAP -> children[column].to(column == 0 ? next : next++);
        default -> children[column].to(at);
      }
      return kind == DataType.Kind.ARRAY ? children[0] : children[column];
    }

    Cell to(int place) {
      if (nested) {
        vector.reserve(place + 1);
      }
      at = place;
      return this;
    }

    /** Nothing has been written yet. */
    void restart() {
      at = -1;
      next = 0;
      for (Cell child : children) {
        child.restart();
      }
    }

    /** A place that is used again begins without a value; those inside are not used again. */
    void forget() {
      at = -1;
      for (Cell child : children) {
        child.forget();
      }
    }

    /** Takes back the mark of NULL at a place that an abandoned row has used. */
    void unmark(int place) {
      vector.putNotNull(place);
      if (kind == DataType.Kind.ROW) {
        for (Cell child : children) {
          child.vector.reserve(place + 1);
          child.unmark(place);
        }
      }
    }
  }

  private final Cell[] columns;
  private final ColumnarBatch batch;
  private final int capacity;
  private final Cell[] open = new Cell[MAX_DEPTH];
  private final byte[] longBytes = new byte[Long.BYTES];
  private int depth;
  private int rows;
  private int[] part;

  /** Columns of these types, in batches of at most {@code capacity} rows. */
  ColumnarRows(List<DataType> types, int capacity) {
    this.capacity = capacity;
    columns = new Cell[types.size()];
    ColumnVector[] vectors = new ColumnVector[types.size()];
    for (int i = 0; i < columns.length; i++) {
      OnHeapColumnVector vector =
          new OnHeapColumnVector(capacity, SparkTypes.toSpark(types.get(i)));
      vectors[i] = vector;
      columns[i] = new Cell(vector, types.get(i), false);
    }
    batch = new ColumnarBatch(vectors);
  }

  int rows() {
    return rows;
  }

  boolean isFull() {
    return rows == capacity;
  }

  /** The rows so far; valid until {@link #clear}. */
  ColumnarBatch batch() {
    batch.setNumRows(rows);
    return batch;
  }

  /** Begins the next batch in the same vectors. */
  void clear() {
    rows = 0;
    for (Cell column : columns) {
      column.vector.reset(); // with all inside
      column.restart();
    }
  }

  /**
   * From here to {@link #wholeRow} a decoder writes a part of the row that the caller has begun:
   * its column i is column {@code targets[i]} here, and its beginRow and endRow say nothing.
   */
  void part(int[] targets) {
    part = targets;
  }

  void wholeRow() {
    part = null;
  }

  private Cell cell(int column) {
    return depth == 0
        ? columns[part == null ? column : part[column]].to(rows)
        : open[depth - 1].inner(column);
  }

  @Override
  public void beginRow() {}

  @Override
  public void endRow() {
    if (part == null) {
      fill(columns, rows);
      rows++;
    }
  }

  /** A column or field without a call is NULL. */
  private static void fill(Cell[] cells, int place) {
    for (Cell cell : cells) {
      if (cell.at != place) {
        cell.to(place).vector.putNull(place);
      }
    }
  }

  @Override
  public void abandonRow() {
    depth = 0;
    for (Cell column : columns) {
      column.unmark(rows);
      column.forget();
    }
  }

  @Override
  public void setNull(int column) {
    Cell cell = cell(column);
    cell.vector.putNull(cell.at);
  }

  @Override
  public void setBoolean(int column, boolean value) {
    Cell cell = cell(column);
    cell.vector.putBoolean(cell.at, value);
  }

  @Override
  public void setInt(int column, int value) {
    Cell cell = cell(column);
    cell.vector.putInt(cell.at, value);
  }

  @Override
  public void setLong(int column, long value) {
    Cell cell = cell(column);
    cell.vector.putLong(cell.at, cell.micros == 1 ? value : Math.multiplyExact(value, cell.micros));
  }

  @Override
  public void setFloat(int column, float value) {
    Cell cell = cell(column);
    cell.vector.putFloat(cell.at, value);
  }

  @Override
  public void setDouble(int column, double value) {
    Cell cell = cell(column);
    cell.vector.putDouble(cell.at, value);
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    Cell cell = cell(column);
    if (cell.digits <= INT_DIGITS) {
      cell.vector.putInt(cell.at, (int) unscaled);
    } else if (cell.digits <= LONG_DIGITS) {
      cell.vector.putLong(cell.at, unscaled);
    } else {
      for (int i = 0; i < Long.BYTES; i++) {
        longBytes[i] = (byte) (unscaled >>> 8 * (Long.BYTES - 1 - i));
      }
      cell.vector.putByteArray(cell.at, longBytes, 0, Long.BYTES);
    }
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    Cell cell = cell(column);
    if (cell.digits > LONG_DIGITS) {
      cell.vector.putByteArray(cell.at, bytes, offset, length);
      return;
    }
    long unscaled = bytes[offset];
    for (int i = 1; i < length; i++) {
      unscaled = unscaled << 8 | bytes[offset + i] & 0xff;
    }
    if (cell.digits <= INT_DIGITS) {
      cell.vector.putInt(cell.at, (int) unscaled);
    } else {
      cell.vector.putLong(cell.at, unscaled);
    }
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    setBytes(column, bytes, offset, length);
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    Cell cell = cell(column);
    cell.vector.putByteArray(cell.at, bytes, offset, length);
  }

  @Override
  public void beginStruct(int column) {
    open[depth] = cell(column);
    depth++;
  }

  @Override
  public void endStruct() {
    Cell struct = open[--depth];
    fill(struct.children, struct.at);
  }

  @Override
  public void beginList(int column) {
    Cell list = cell(column);
    list.begin = list.next;
    open[depth++] = list;
  }

  @Override
  public void endList() {
    Cell list = open[--depth];
    list.vector.putArray(list.at, list.begin, list.next - list.begin);
  }

  @Override
  public void beginMap(int column) {
    beginList(column);
  }

  @Override
  public void endMap() {
    endList();
  }

  @Override
  public void close() {
    batch.close();
  }
}
