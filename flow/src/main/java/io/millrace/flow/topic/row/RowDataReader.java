package io.millrace.flow.topic.row;

import io.millrace.model.BytesView;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowReader;
import java.util.List;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * Any {@link RowData} as a {@link RowReader}. The logical types say how the row holds its fields,
 * the data types in which units they are read. Rows in one heap segment are read in place, without
 * an object per field. Not thread-safe.
 */
public final class RowDataReader implements RowReader {
  private static final long INLINE = 0x80L << 56;

  private final DataType[] types;
  private final LogicalType[] logical;
  private final int[] fields;
  private final RowDataReader[] structs;
  private final RowDataReader[] lists;
  private final RowDataReader[] mapValues;
  private final BytesView view = new BytesView();
  private RowData row;
  private ArrayData array;
  private BinaryRowData binary;
  private MemorySegment segment;

  /**
   * Reads column {@code i} from field {@code fields[i]} of the row, whose type is {@code
   * logical.get(i)}; a negative field is a column that the row has not, which reads as null.
   */
  public RowDataReader(List<Column> columns, List<LogicalType> logical, int[] fields) {
    this(
        columns.stream().map(Column::type).toArray(DataType[]::new),
        logical.toArray(LogicalType[]::new),
        fields.clone());
  }

  private RowDataReader(DataType[] types, LogicalType[] logical, int[] fields) {
    this.types = types;
    this.logical = logical;
    this.fields = fields;
    this.structs = new RowDataReader[types.length];
    this.lists = new RowDataReader[types.length];
    this.mapValues = new RowDataReader[types.length];
  }

  private static RowDataReader struct(DataType.Row type, RowType logical) {
    int[] fields = new int[type.fields().size()];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = i;
    }
    return new RowDataReader(type.fields(), logical.getChildren(), fields);
  }

  private static RowDataReader list(DataType element, LogicalType logical) {
    return new RowDataReader(new DataType[] {element}, new LogicalType[] {logical}, new int[] {0});
  }

  /** The same reader, now over this row. */
  public RowDataReader of(RowData newRow) {
    row = newRow;
    array = null;
    binary = null;
    if (newRow instanceof BinaryRowData b && b.getSegments().length == 1) {
      MemorySegment only = b.getSegments()[0];
      if (!only.isOffHeap()) {
        binary = b;
        segment = only;
      }
    }
    return this;
  }

  private RowDataReader of(ArrayData newArray) {
    array = newArray;
    row = null;
    binary = null;
    return this;
  }

  private int slot(int column) {
    return array != null ? 0 : column;
  }

  private int at(int column) {
    return array != null ? column : fields[column];
  }

  @Override
  public int size() {
    return array != null ? array.size() : types.length;
  }

  @Override
  public boolean isNull(int column) {
    int at = at(column);
    return at < 0 || (array != null ? array.isNullAt(at) : row.isNullAt(at));
  }

  @Override
  public boolean getBoolean(int column) {
    int at = at(column);
    return array != null ? array.getBoolean(at) : row.getBoolean(at);
  }

  @Override
  public int getInt(int column) {
    int at = at(column);
    return switch (logical[slot(column)].getTypeRoot()) {
      case TINYINT -> array != null ? array.getByte(at) : row.getByte(at);
      case SMALLINT -> array != null ? array.getShort(at) : row.getShort(at);
      default -> array != null ? array.getInt(at) : row.getInt(at);
    };
  }

  @Override
  public long getLong(int column) {
    int at = at(column);
    LogicalType type = logical[slot(column)];
    return switch (type.getTypeRoot()) {
      case TINYINT, SMALLINT, INTEGER -> getInt(column);
      case TIME_WITHOUT_TIME_ZONE -> {
        long millis = array != null ? array.getInt(at) : row.getInt(at);
        yield precision(column) == 3 ? millis : millis * 1000;
      }
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> timestamp(column, at);
      default -> array != null ? array.getLong(at) : row.getLong(at);
    };
  }

  private int precision(int column) {
    return ((DataType.Temporal) types[slot(column)]).precision();
  }

  private long timestamp(int column, int at) {
    int held = LogicalTypeChecks.getPrecision(logical[slot(column)]);
    long millis;
    int nanos = 0;
    if (binary != null) {
      long slot = binary.getLong(at);
      if (TimestampData.isCompact(held)) {
        millis = slot;
      } else {
        millis = segment.getLong(binary.getOffset() + (int) (slot >>> 32));
        nanos = (int) slot;
      }
    } else {
      TimestampData value =
          array != null ? array.getTimestamp(at, held) : row.getTimestamp(at, held);
      millis = value.getMillisecond();
      nanos = value.getNanoOfMillisecond();
    }
    return precision(column) == 3 ? millis : millis * 1000 + nanos / 1000;
  }

  @Override
  public float getFloat(int column) {
    int at = at(column);
    return array != null ? array.getFloat(at) : row.getFloat(at);
  }

  @Override
  public double getDouble(int column) {
    int at = at(column);
    return array != null ? array.getDouble(at) : row.getDouble(at);
  }

  @Override
  public boolean isCompactDecimal(int column) {
    return DecimalData.isCompact(((DataType.Decimal) types[slot(column)]).precision());
  }

  @Override
  public long getDecimal(int column) {
    return binary != null ? binary.getLong(at(column)) : decimal(column).toUnscaledLong();
  }

  @Override
  public BytesView getDecimalBytes(int column) {
    if (binary != null && !isCompactDecimal(column)) {
      return inPlace(column);
    }
    byte[] unscaled = decimal(column).toUnscaledBytes();
    return view.set(unscaled, 0, unscaled.length);
  }

  private DecimalData decimal(int column) {
    int at = at(column);
    DecimalType type = (DecimalType) logical[slot(column)];
    return array != null
        ? array.getDecimal(at, type.getPrecision(), type.getScale())
        : row.getDecimal(at, type.getPrecision(), type.getScale());
  }

  @Override
  public BytesView utf8(int column) {
    if (binary != null) {
      return inPlace(column);
    }
    int at = at(column);
    StringData text = array != null ? array.getString(at) : row.getString(at);
    if (text instanceof BinaryStringData held) {
      held.ensureMaterialized();
      MemorySegment[] segments = held.getSegments();
      if (segments.length == 1 && !segments[0].isOffHeap()) {
        return view.set(segments[0].getArray(), held.getOffset(), held.getSizeInBytes());
      }
    }
    byte[] copy = text.toBytes();
    return view.set(copy, 0, copy.length);
  }

  @Override
  public BytesView bytes(int column) {
    if (binary != null) {
      return inPlace(column);
    }
    int at = at(column);
    byte[] held = array != null ? array.getBinary(at) : row.getBinary(at);
    return view.set(held, 0, held.length);
  }

  private BytesView inPlace(int column) {
    int at = at(column);
    long slot = binary.getLong(at);
    if ((slot & INLINE) != 0) {
      int field =
          binary.getOffset()
              + BinaryRowData.calculateBitSetWidthInBytes(binary.getArity())
              + 8 * at;
      return view.set(segment.getArray(), field, (int) (slot >>> 56 & 0x7F));
    }
    return view.set(segment.getArray(), binary.getOffset() + (int) (slot >>> 32), (int) slot);
  }

  @Override
  public RowReader getStruct(int column) {
    int at = at(column);
    int slot = slot(column);
    DataType.Row type = (DataType.Row) types[slot];
    if (structs[slot] == null) {
      structs[slot] = struct(type, (RowType) logical[slot]);
    }
    int arity = type.fields().size();
    return structs[slot].of(array != null ? array.getRow(at, arity) : row.getRow(at, arity));
  }

  @Override
  public RowReader getList(int column) {
    int at = at(column);
    int slot = slot(column);
    if (lists[slot] == null) {
      lists[slot] =
          list(
              ((DataType.Array) types[slot]).element(),
              ((ArrayType) logical[slot]).getElementType());
    }
    return lists[slot].of(array != null ? array.getArray(at) : row.getArray(at));
  }

  private MapData map(int column) {
    int at = at(column);
    return array != null ? array.getMap(at) : row.getMap(at);
  }

  @Override
  public RowReader getMapKeys(int column) {
    int slot = slot(column);
    if (lists[slot] == null) {
      lists[slot] = list(DataType.STRING, ((MapType) logical[slot]).getKeyType());
    }
    return lists[slot].of(map(column).keyArray());
  }

  @Override
  public RowReader getMapValues(int column) {
    int slot = slot(column);
    if (mapValues[slot] == null) {
      mapValues[slot] =
          list(((DataType.Map) types[slot]).value(), ((MapType) logical[slot]).getValueType());
    }
    return mapValues[slot].of(map(column).valueArray());
  }
}
