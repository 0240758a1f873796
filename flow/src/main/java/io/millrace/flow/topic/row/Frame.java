package io.millrace.flow.topic.row;

import io.millrace.model.DataType;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.binary.BinaryArrayData;
import org.apache.flink.table.data.binary.BinaryRowData;

/**
 * A row, list or map under construction in the layout of Flink's binary format. Values that do not
 * fit a slot of eight bytes lie in a variable part, padded with zeros to whole words so that equal
 * rows have equal bytes; their slot holds offset and length. Slots are little-endian, as on every
 * machine that Flink is released for. Frames are reused.
 */
abstract sealed class Frame {
  private static final int INLINE = 7;
  private static final int LARGE_DECIMAL_BYTES = 16;

  private final byte[] decimal = new byte[Long.BYTES];
  MemorySegment segment = MemorySegmentFactory.wrap(new byte[64]);
  byte[] bytes = segment.getArray();

  /** End of the variable part. */
  int end;

  /** The column whose nested value is being written. */
  int openColumn;

  abstract void begin();

  abstract DataType type(int column);

  abstract void setNull(int column);

  abstract void slot(int column, long bits);

  /** A slot that holds an offset in its upper half. */
  abstract void pointer(int column, int offset, int low);

  abstract Frame newChild(int column);

  abstract Frame cachedChild(int column);

  /** Bytes of the finished value. */
  abstract int size();

  abstract void writeTo(MemorySegment target, int at);

  Frame child(int column) {
    openColumn = column;
    return cachedChild(column);
  }

  void setNested(Frame child) {
    int size = child.size();
    int at = reserve(size);
    child.writeTo(segment, at);
    pointer(openColumn, at, size);
  }

  void setLong(int column, long value) {
    DataType type = type(column);
    switch (type.kind()) {
      case TIME -> {
        long millis = ((DataType.Temporal) type).precision() == 3 ? value : value / 1000;
        slot(column, millis & 0xFFFFFFFFL);
      }
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        if (((DataType.Temporal) type).precision() == 3) {
          slot(column, value);
        } else {
          int at = reserve(Long.BYTES);
          segment.putLong(at, Math.floorDiv(value, 1000L));
          pointer(column, at, (int) Math.floorMod(value, 1000L) * 1000);
        }
      }
      default -> slot(column, value);
    }
  }

  void setDecimal(int column, long unscaled) {
    if (isCompact(column)) {
      slot(column, unscaled);
      return;
    }
    for (int i = 0; i < Long.BYTES; i++) {
      decimal[i] = (byte) (unscaled >>> 8 * (Long.BYTES - 1 - i));
    }
    largeDecimal(column, decimal, 0, Long.BYTES);
  }

  void setDecimal(int column, byte[] source, int offset, int length) {
    if (!isCompact(column)) {
      largeDecimal(column, source, offset, length);
      return;
    }
    long unscaled = length == 0 ? 0 : source[offset];
    for (int i = 1; i < length; i++) {
      unscaled = unscaled << 8 | source[offset + i] & 0xFF;
    }
    slot(column, unscaled);
  }

  private boolean isCompact(int column) {
    return DecimalData.isCompact(((DataType.Decimal) type(column)).precision());
  }

  private void largeDecimal(int column, byte[] source, int offset, int length) {
    int from = offset;
    int last = offset + length - 1;
    // The shortest form, as BigInteger gives it, so that equal values have equal bytes.
    while (from < last && source[from] == (source[from + 1] < 0 ? (byte) -1 : 0)) {
      from++;
    }
    int count = last - from + 1;
    int at = reserve(LARGE_DECIMAL_BYTES);
    segment.put(at, source, from, count);
    pointer(column, at, count);
  }

  void setVariable(int column, byte[] source, int offset, int length) {
    if (length <= INLINE) {
      slot(column, inline(source, offset, length));
      return;
    }
    int at = reserve(length);
    segment.put(at, source, offset, length);
    pointer(column, at, length);
  }

  private static long inline(byte[] source, int offset, int length) {
    long bits = (long) (length | 0x80) << 56;
    for (int i = 0; i < length; i++) {
      bits |= (source[offset + i] & 0xFFL) << 8 * i;
    }
    return bits;
  }

  /** Room for so many bytes, zero up to the next word; answers where it begins. */
  int reserve(int size) {
    int at = end;
    int padded = words(size);
    ensure(at + padded);
    if (padded > 0) {
      Arrays.fill(bytes, at + Math.max(0, padded - LARGE_DECIMAL_BYTES), at + padded, (byte) 0);
    }
    end = at + padded;
    return at;
  }

  void ensure(int capacity) {
    if (capacity > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(capacity, bytes.length * 2));
      segment = MemorySegmentFactory.wrap(bytes);
    }
  }

  static int words(int size) {
    return size + 7 & ~7;
  }

  static Frame of(DataType type) {
    return switch (type.kind()) {
      case ROW -> new Row(((DataType.Row) type).fields().stream().map(f -> f.type()).toList());
      case ARRAY -> new Elements(((DataType.Array) type).element());
      case MAP -> new Entries((DataType.Map) type);
      default -> throw new IllegalStateException(type + " holds no other values");
    };
  }

  static final class Row extends Frame {
    private final DataType[] types;
    private final Frame[] children;
    private final byte[] blank;
    private final int nullBytes;
    private final MemorySegment[] segments = new MemorySegment[1];

    Row(List<DataType> types) {
      this.types = types.toArray(DataType[]::new);
      this.children = new Frame[this.types.length];
      this.nullBytes = BinaryRowData.calculateBitSetWidthInBytes(this.types.length);
      this.blank = new byte[BinaryRowData.calculateFixPartSizeInBytes(this.types.length)];
      for (int i = 0; i < this.types.length; i++) {
        int bit = i + BinaryRowData.HEADER_SIZE_IN_BITS;
        blank[bit >>> 3] |= (byte) (1 << (bit & 7));
      }
    }

    /** A column without a call is null, so every column begins as one. */
    @Override
    void begin() {
      ensure(blank.length);
      System.arraycopy(blank, 0, bytes, 0, blank.length);
      end = blank.length;
    }

    void point(BinaryRowData row) {
      segments[0] = segment;
      row.pointTo(segments, 0, end);
    }

    @Override
    DataType type(int column) {
      return types[column];
    }

    @Override
    void setNull(int column) {
      int bit = column + BinaryRowData.HEADER_SIZE_IN_BITS;
      bytes[bit >>> 3] |= (byte) (1 << (bit & 7));
      segment.putLong(nullBytes + 8 * column, 0);
    }

    @Override
    void slot(int column, long bits) {
      int bit = column + BinaryRowData.HEADER_SIZE_IN_BITS;
      bytes[bit >>> 3] &= (byte) ~(1 << (bit & 7));
      segment.putLong(nullBytes + 8 * column, bits);
    }

    @Override
    void pointer(int column, int offset, int low) {
      slot(column, (long) offset << 32 | low);
    }

    @Override
    Frame cachedChild(int column) {
      return children[column] != null ? children[column] : newChild(column);
    }

    @Override
    Frame newChild(int column) {
      return children[column] = Frame.of(types[column]);
    }

    @Override
    int size() {
      return end;
    }

    @Override
    void writeTo(MemorySegment target, int at) {
      target.put(at, bytes, 0, end);
    }
  }

  static final class Elements extends Frame {
    private final DataType element;
    private final int slotBytes;
    private final boolean pointers;
    private Frame child;
    private long[] slots = new long[8];
    private boolean[] nulls = new boolean[8];
    private boolean[] pointing = new boolean[8];
    private int count;

    Elements(DataType element) {
      this.element = element;
      this.slotBytes =
          switch (element.kind()) {
            case BOOLEAN -> 1;
            case INT, DATE, TIME, FLOAT -> 4;
            default -> 8;
          };
      this.pointers = slotBytes == 8;
    }

    @Override
    void begin() {
      count = 0;
      end = 0;
    }

    @Override
    DataType type(int column) {
      return element;
    }

    private void add(long bits, boolean isNull, boolean isPointer) {
      if (count == slots.length) {
        slots = Arrays.copyOf(slots, count * 2);
        nulls = Arrays.copyOf(nulls, count * 2);
        pointing = Arrays.copyOf(pointing, count * 2);
      }
      slots[count] = bits;
      nulls[count] = isNull;
      pointing[count++] = isPointer;
    }

    @Override
    void setNull(int column) {
      add(0, true, false);
    }

    @Override
    void slot(int column, long bits) {
      add(bits, false, false);
    }

    @Override
    void pointer(int column, int offset, int low) {
      add((long) offset << 32 | low, false, true);
    }

    @Override
    Frame cachedChild(int column) {
      return child != null ? child : newChild(column);
    }

    @Override
    Frame newChild(int column) {
      return child = Frame.of(element);
    }

    private int fixedSize() {
      return words(BinaryArrayData.calculateHeaderInBytes(count) + slotBytes * count);
    }

    @Override
    int size() {
      return fixedSize() + end;
    }

    @Override
    void writeTo(MemorySegment target, int at) {
      int header = BinaryArrayData.calculateHeaderInBytes(count);
      int fixed = fixedSize();
      byte[] out = target.getArray();
      Arrays.fill(out, at, at + fixed, (byte) 0);
      target.putInt(at, count);
      for (int i = 0; i < count; i++) {
        if (nulls[i]) {
          out[at + 4 + (i >>> 3)] |= (byte) (1 << (i & 7));
          continue;
        }
        switch (slotBytes) {
          case 1 -> out[at + header + i] = (byte) slots[i];
          case 4 -> target.putInt(at + header + 4 * i, (int) slots[i]);
          default ->
              target.putLong(
                  at + header + 8 * i,
                  pointers && pointing[i] ? slots[i] + ((long) fixed << 32) : slots[i]);
        }
      }
      target.put(at + fixed, bytes, 0, end);
    }
  }

  static final class Entries extends Frame {
    private final Elements keys;
    private final Elements values;

    Entries(DataType.Map type) {
      this.keys = new Elements(DataType.STRING);
      this.values = new Elements(type.value());
    }

    private Elements side(int column) {
      return column == 0 ? keys : values;
    }

    @Override
    void begin() {
      keys.begin();
      values.begin();
    }

    @Override
    DataType type(int column) {
      return side(column).element;
    }

    @Override
    void setNull(int column) {
      side(column).setNull(column);
    }

    @Override
    void slot(int column, long bits) {
      side(column).slot(column, bits);
    }

    @Override
    void pointer(int column, int offset, int low) {
      side(column).pointer(column, offset, low);
    }

    /** The variable part of an entry is that of its side. */
    @Override
    void setVariable(int column, byte[] source, int offset, int length) {
      side(column).setVariable(column, source, offset, length);
    }

    @Override
    void setLong(int column, long value) {
      side(column).setLong(column, value);
    }

    @Override
    void setDecimal(int column, long unscaled) {
      side(column).setDecimal(column, unscaled);
    }

    @Override
    void setDecimal(int column, byte[] source, int offset, int length) {
      side(column).setDecimal(column, source, offset, length);
    }

    @Override
    void setNested(Frame child) {
      side(openColumn).setNested(child);
    }

    @Override
    Frame cachedChild(int column) {
      return side(column).cachedChild(column);
    }

    @Override
    Frame newChild(int column) {
      return side(column).newChild(column);
    }

    @Override
    int size() {
      return 4 + keys.size() + values.size();
    }

    @Override
    void writeTo(MemorySegment target, int at) {
      int keyBytes = keys.size();
      target.putInt(at, keyBytes);
      keys.writeTo(target, at + 4);
      values.writeTo(target, at + 4 + keyBytes);
    }
  }
}
