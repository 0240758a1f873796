package io.millrace.flow.topic.row;

import io.millrace.model.DataType;
import io.millrace.model.RowWriter;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.types.RowKind;

/**
 * Writes rows into one reused {@link BinaryRowData} and hands it on at {@link #endRow()}: whoever
 * gets it copies what it keeps. Nothing is allocated per field or, once the buffers have grown, per
 * row. Not thread-safe.
 */
public abstract class BinaryRowDataWriter implements RowWriter {
  private final Frame.Row root;
  private final Frame[] open = new Frame[64];
  private final BinaryRowData row;
  private RowKind kind = RowKind.INSERT;
  private Frame frame;
  private int depth;

  /** Columns of these types, in the units of {@link RowWriter}. */
  protected BinaryRowDataWriter(List<DataType> types) {
    this.root = new Frame.Row(types);
    this.row = new BinaryRowData(types.size());
    this.frame = root;
  }

  /** Gets every finished row, valid until the next one begins. */
  protected abstract void accept(RowData row);

  /** The kind that rows get from now on. */
  public final void kind(RowKind newKind) {
    this.kind = newKind;
  }

  @Override
  public void beginRow() {
    depth = 0;
    frame = root;
    root.begin();
  }

  @Override
  public void endRow() {
    root.point(row);
    row.setRowKind(kind);
    accept(row);
  }

  @Override
  public void abandonRow() {
    depth = 0;
    frame = root;
  }

  @Override
  public void setNull(int column) {
    frame.setNull(column);
  }

  @Override
  public void setBoolean(int column, boolean value) {
    frame.slot(column, value ? 1 : 0);
  }

  @Override
  public void setInt(int column, int value) {
    frame.slot(column, value & 0xFFFFFFFFL);
  }

  @Override
  public void setLong(int column, long value) {
    frame.setLong(column, value);
  }

  @Override
  public void setFloat(int column, float value) {
    frame.slot(column, Float.floatToRawIntBits(value) & 0xFFFFFFFFL);
  }

  @Override
  public void setDouble(int column, double value) {
    frame.slot(column, Double.doubleToRawLongBits(value));
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    frame.setDecimal(column, unscaled);
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    frame.setDecimal(column, bytes, offset, length);
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    frame.setVariable(column, bytes, offset, length);
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    frame.setVariable(column, bytes, offset, length);
  }

  @Override
  public void beginStruct(int column) {
    begin(column);
  }

  @Override
  public void endStruct() {
    end();
  }

  @Override
  public void beginList(int column) {
    begin(column);
  }

  @Override
  public void endList() {
    end();
  }

  @Override
  public void beginMap(int column) {
    begin(column);
  }

  @Override
  public void endMap() {
    end();
  }

  private void begin(int column) {
    open[depth++] = frame;
    frame = frame.child(column);
    frame.begin();
  }

  private void end() {
    Frame child = frame;
    frame = open[--depth];
    frame.setNested(child);
  }
}
