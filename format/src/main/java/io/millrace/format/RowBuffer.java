package io.millrace.format;

import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowReader;
import io.millrace.model.RowSchema;
import io.millrace.model.RowWriter;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps one row: written as a {@link RowWriter}, then read by {@link #row()} until the next {@link
 * #beginRow()}. The bridge between a decoder and an encoder. Keeps and reuses its room, so that
 * nothing is allocated per field once it has grown. Not thread-safe.
 */
public class RowBuffer implements RowWriter {
  private static final byte NULL = 0;
  private static final byte VALUE = 1;
  private static final byte LONG_DECIMAL = 2;

  private final ByteSink content = new ByteSink(1024);
  private final Cells root;
  private Cells open;

  /** For rows of this schema: of a projected one where the decoder projects. */
  public RowBuffer(RowSchema schema) {
    root = Cells.struct(content, null, schema.columns());
    open = root;
  }

  /** The row written last; one and the same view for every row. */
  public RowReader row() {
    return root;
  }

  @Override
  public void beginRow() {
    content.reset();
    root.clear();
    open = root;
  }

  @Override
  public void endRow() {
    open = root;
  }

  @Override
  public void abandonRow() {
    beginRow();
  }

  @Override
  public void setNull(int column) {
    Cells cells = open.at(column);
    int slot = cells.slot(column);
    cells.state[slot] = NULL;
  }

  @Override
  public void setBoolean(int column, boolean value) {
    open.at(column).put(column, value ? 1 : 0);
  }

  @Override
  public void setInt(int column, int value) {
    open.at(column).put(column, value);
  }

  @Override
  public void setLong(int column, long value) {
    open.at(column).put(column, value);
  }

  @Override
  public void setFloat(int column, float value) {
    open.at(column).put(column, Float.floatToRawIntBits(value));
  }

  @Override
  public void setDouble(int column, double value) {
    open.at(column).put(column, Double.doubleToRawLongBits(value));
  }

  @Override
  public void setDecimal(int column, long unscaled) {
    Cells cells = open.at(column);
    int slot = cells.slot(column);
    cells.state[slot] = LONG_DECIMAL;
    cells.bits[slot] = unscaled;
  }

  @Override
  public void setDecimal(int column, byte[] bytes, int offset, int length) {
    setBytes(column, bytes, offset, length);
  }

  @Override
  public void setUtf8(int column, byte[] bytes, int offset, int length) {
    setBytes(column, bytes, offset, length);
  }

  @Override
  public void setBytes(int column, byte[] bytes, int offset, int length) {
    open.at(column).put(column, (long) content.length() << 32 | length);
    content.write(bytes, offset, length);
  }

  @Override
  public void beginStruct(int column) {
    open = open.at(column).child(column, open);
  }

  @Override
  public void endStruct() {
    open = open.parent;
  }

  @Override
  public void beginList(int column) {
    open = open.at(column).child(column, open);
  }

  @Override
  public void endList() {
    open = open.parent;
  }

  @Override
  public void beginMap(int column) {
    open = open.at(column).child(column, open);
  }

  @Override
  public void endMap() {
    open = open.parent;
  }

  /** The cells of a row or of a list; of a map, its two lists. */
  private static final class Cells implements RowReader {
    private static final int SOME = 8;

    final ByteSink content;
    final Cells parent;
    final List<DataType> types;
    final boolean list;
    final Cells keys;
    final Cells values;
    final BytesView view = new BytesView();
    final byte[] longBytes = new byte[8];
    int size;
    byte[] state;
    long[] bits;
    Cells[] children;

    private Cells(
        ByteSink content,
        Cells parent,
        List<DataType> types,
        boolean list,
        Cells keys,
        Cells values) {
      this.content = content;
      this.parent = parent;
      this.types = types;
      this.list = list;
      this.keys = keys;
      this.values = values;
      size = list ? 0 : types.size();
      int room = Math.max(size, SOME);
      state = new byte[room];
      bits = new long[room];
      children = new Cells[room];
    }

    static Cells struct(ByteSink content, Cells parent, List<Column> fields) {
      return new Cells(
          content, parent, fields.stream().map(Column::type).toList(), false, null, null);
    }

    static Cells of(ByteSink content, Cells parent, DataType type) {
      return switch (type.kind()) {
        case ROW -> struct(content, parent, ((DataType.Row) type).fields());
        case ARRAY -> list(content, parent, ((DataType.Array) type).element());
        case MAP ->
            new Cells(
                content,
                parent,
                List.of(),
                false,
                list(content, null, DataType.STRING),
                list(content, null, ((DataType.Map) type).value()));
        default -> throw new IllegalStateException(type + " has no cells");
      };
    }

    private static Cells list(ByteSink content, Cells parent, DataType element) {
      return new Cells(content, parent, List.of(element), true, null, null);
    }

    void clear() {
      if (keys != null) {
        keys.clear();
        values.clear();
      }
      Arrays.fill(state, 0, size, NULL);
      if (list) {
        size = 0;
      }
    }

    /** Whose cell a value for this column goes to: a map has a list for keys and one for values. */
    Cells at(int column) {
      return keys == null ? this : column == 0 ? keys : values;
    }

    int slot(int column) {
      if (!list) {
        return column;
      }
      if (size == state.length) {
        state = Arrays.copyOf(state, size * 2);
        bits = Arrays.copyOf(bits, size * 2);
        children = Arrays.copyOf(children, size * 2);
      }
      return size++;
    }

    void put(int column, long value) {
      int slot = slot(column);
      state[slot] = VALUE;
      bits[slot] = value;
    }

    Cells child(int column, Cells opener) {
      int slot = slot(column);
      state[slot] = VALUE;
      Cells child = children[slot];
      if (child == null) {
        child = of(content, opener, types.get(list ? 0 : column));
        children[slot] = child;
      }
      child.clear();
      return child;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public boolean isNull(int column) {
      return state[column] == NULL;
    }

    @Override
    public boolean getBoolean(int column) {
      return bits[column] != 0;
    }

    @Override
    public int getInt(int column) {
      return (int) bits[column];
    }

    @Override
    public long getLong(int column) {
      return bits[column];
    }

    @Override
    public float getFloat(int column) {
      return Float.intBitsToFloat((int) bits[column]);
    }

    @Override
    public double getDouble(int column) {
      return Double.longBitsToDouble(bits[column]);
    }

    @Override
    public boolean isCompactDecimal(int column) {
      return state[column] == LONG_DECIMAL;
    }

    @Override
    public long getDecimal(int column) {
      return bits[column];
    }

    @Override
    public BytesView getDecimalBytes(int column) {
      if (state[column] != LONG_DECIMAL) {
        return bytes(column);
      }
      for (int i = 0; i < 8; i++) {
        longBytes[i] = (byte) (bits[column] >> 56 - 8 * i);
      }
      return view.set(longBytes, 0, 8);
    }

    @Override
    public BytesView utf8(int column) {
      return bytes(column);
    }

    @Override
    public BytesView bytes(int column) {
      return view.set(content.array(), (int) (bits[column] >>> 32), (int) bits[column]);
    }

    @Override
    public RowReader getStruct(int column) {
      return children[column];
    }

    @Override
    public RowReader getList(int column) {
      return children[column];
    }

    @Override
    public RowReader getMapKeys(int column) {
      return children[column].keys;
    }

    @Override
    public RowReader getMapValues(int column) {
      return children[column].values;
    }
  }
}
