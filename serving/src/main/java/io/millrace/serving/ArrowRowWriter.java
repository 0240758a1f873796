package io.millrace.serving;

import io.millrace.model.Column;
import io.millrace.model.RowWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Gathers rows by column and hands them to DuckDB as one Arrow batch. Times are microseconds in the
 * batch whatever their precision; a time outside the range of microseconds is an
 * ArithmeticException, after which the caller abandons the row. Not thread-safe.
 */
public final class ArrowRowWriter implements RowWriter {
  private static final int FIRST_DEPTH = 8;

  private final Schema schema;
  private final Slots[] columns;
  private Slots[] open = new Slots[FIRST_DEPTH];
  private int depth;
  private int rows;
  private int[] part;

  /** A writer of these columns, in this order. */
  public ArrowRowWriter(List<Column> columns) {
    this.schema = new Schema(columns.stream().map(DuckDbTypes::arrowField).toList());
    this.columns = columns.stream().map(c -> DuckDbTypes.slots(c.type())).toArray(Slots[]::new);
  }

  /** Whole rows gathered since {@link #clear}. */
  public int rows() {
    return rows;
  }

  /** Forgets all rows; the memory is kept for the next ones. */
  public void clear() {
    truncate(0);
  }

  /** Forgets all rows from this one on. */
  void truncate(int toRows) {
    rows = toRows;
    depth = 0;
    for (Slots column : columns) {
      column.truncate(toRows);
    }
  }

  /** A column's slots, for values that no decoder pushes; slot r belongs to row r. */
  Slots column(int index) {
    return columns[index];
  }

  /**
   * From here to {@link #wholeRow} decoders write parts of the row that the caller has begun:
   * column i of theirs is column {@code targets[i]} here, and their beginRow and endRow say
   * nothing.
   */
  void part(int[] targets) {
    part = targets;
  }

  void wholeRow() {
    part = null;
  }

  private Slots target(int column) {
    if (depth > 0) {
      return open[depth - 1].inner(column);
    }
    Slots slots = columns[part == null ? column : part[column]];
    slots.padTo(rows);
    return slots;
  }

  @Override
  public void beginRow() {}

  @Override
  public void endRow() {
    if (part == null) {
      rows++;
    }
  }

  @Override
  public void abandonRow() {
    truncate(rows);
  }

  @Override
  public void setNull(int column) {
    target(column).appendNull();
  }

  @Override
  public void setBoolean(int column, boolean value) {
    target(column).putBoolean(value);
  }

  @Override
  public void setInt(int column, int value) {
    target(column).putInt(value);
  }

  @Override
  public void setLong(int column, long value) {
    target(column).putLong(value);
  }

  @Override
  public void setFloat(int column, float value) {
    target(column).putFloat(value);
  }

  @Override
  public void setDouble(int column, double value) {
    target(column).putDouble(value);
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    target(column).putDecimal(unscaled);
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    target(column).putDecimal(bytes, offset, length);
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    target(column).putBytes(bytes, offset, length);
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    target(column).putBytes(bytes, offset, length);
  }

  @Override
  public void beginStruct(int column) {
    push(column);
  }

  @Override
  public void endStruct() {
    pop();
  }

  @Override
  public void beginList(int column) {
    push(column);
  }

  @Override
  public void endList() {
    pop();
  }

  @Override
  public void beginMap(int column) {
    push(column);
  }

  @Override
  public void endMap() {
    pop();
  }

  private void push(int column) {
    Slots slots = target(column);
    slots.begin();
    if (depth == open.length) {
      open = Arrays.copyOf(open, depth * 2);
    }
    open[depth++] = slots;
  }

  private void pop() {
    open[--depth].end();
  }

  /** The rows as one Arrow batch, copied when it is read; the same rows may be read again. */
  ArrowReader reader(BufferAllocator allocator) {
    return new Batch(allocator);
  }

  private final class Batch extends ArrowReader {
    private boolean read;

    Batch(BufferAllocator allocator) {
      super(allocator);
    }

    @Override
    public boolean loadNextBatch() throws IOException {
      if (read) {
        return false;
      }
      read = true;
      List<ArrowFieldNode> nodes = new ArrayList<>();
      List<ArrowBuf> buffers = new ArrayList<>();
      try {
        for (Slots column : columns) {
          column.padTo(rows);
          column.export(allocator, nodes, buffers);
        }
        try (ArrowRecordBatch batch = new ArrowRecordBatch(rows, nodes, buffers)) {
          new VectorLoader(getVectorSchemaRoot()).load(batch);
        }
      } finally {
        buffers.forEach(ArrowBuf::close);
      }
      return true;
    }

    @Override
    public long bytesRead() {
      return 0;
    }

    @Override
    protected void closeReadSource() {}

    @Override
    protected Schema readSchema() {
      return schema;
    }
  }
}
