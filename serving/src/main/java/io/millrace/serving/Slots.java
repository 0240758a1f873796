package io.millrace.serving;

import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;

/**
 * The values of one column, or of one nested field, as they come: on the heap in Arrow's layout, so
 * that a batch is handed on by copying arrays and a row is abandoned by counting back. Slots are
 * appended; arrays grow and are reused. Not thread-safe.
 *
 * <p>Appending is the path of a row: nothing is allocated but when an array grows.
 */
abstract sealed class Slots {
  private static final int FIRST_CAPACITY = 64;

  private byte[] validity = new byte[0];
  int count;

  final int count() {
    return count;
  }

  /** Appends nulls up to {@code slots} slots. */
  final void padTo(int slots) {
    while (count < slots) {
      appendNull();
    }
  }

  final void appendNull() {
    mark(false);
    nullAppended();
    count++;
  }

  /** Says that the slot at {@code count} has a value; the caller counts it. */
  final void present() {
    mark(true);
  }

  private void mark(boolean valid) {
    int at = count >> 3;
    if (at >= validity.length) {
      validity = Arrays.copyOf(validity, Math.max(FIRST_CAPACITY >> 3, validity.length * 2));
    }
    int bit = 1 << (count & 7);
    validity[at] = (byte) (valid ? validity[at] | bit : validity[at] & ~bit);
  }

  static int grown(int length, int needed) {
    return Math.max(needed, Math.max(FIRST_CAPACITY, length + (length >> 1)));
  }

  /** Keeps what a null slot takes up beside its validity bit in step. */
  abstract void nullAppended();

  /** Forgets all slots from {@code slots} on. */
  abstract void truncate(int slots);

  void putBoolean(boolean value) {
    throw mistyped("BOOLEAN");
  }

  void putInt(int value) {
    throw mistyped("INT or DATE");
  }

  void putLong(long value) {
    throw mistyped("BIGINT or a time");
  }

  void putFloat(float value) {
    throw mistyped("FLOAT");
  }

  void putDouble(double value) {
    throw mistyped("DOUBLE");
  }

  void putDecimal(long unscaled) {
    throw mistyped("DECIMAL");
  }

  void putDecimal(byte[] bytes, int offset, int length) {
    throw mistyped("DECIMAL");
  }

  void putBytes(byte[] bytes, int offset, int length) {
    throw mistyped("STRING or BYTES");
  }

  /** Opens a struct, list or map; the slots of a field or element are {@link #inner}. */
  void begin() {
    throw mistyped("ROW, ARRAY or MAP");
  }

  /** The slots that the next value for that field goes to, padded up to it. */
  Slots inner(int column) {
    throw mistyped("ROW, ARRAY or MAP");
  }

  void end() {
    throw mistyped("ROW, ARRAY or MAP");
  }

  private IllegalStateException mistyped(String asked) {
    return new IllegalStateException(getClass().getSimpleName() + " does not hold " + asked);
  }

  /** Adds this field's node and buffers, then its children's, in Arrow's order. */
  abstract void export(
      BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers);

  final void exportValidity(
      BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
    int bytes = (count + 7) >> 3;
    int valid = 0;
    for (int i = 0; i < bytes; i++) {
      int live = i == bytes - 1 && (count & 7) != 0 ? (1 << (count & 7)) - 1 : 0xff;
      valid += Integer.bitCount(validity[i] & live);
    }
    nodes.add(new ArrowFieldNode(count, count - valid));
    ArrowBuf buffer = buffer(allocator, bytes, buffers);
    buffer.setBytes(0, validity, 0, bytes);
  }

  /** A buffer of that size, known to the batch before anything can fail. */
  static ArrowBuf buffer(BufferAllocator allocator, long bytes, List<ArrowBuf> buffers) {
    ArrowBuf buffer = allocator.buffer(Math.max(bytes, 8));
    buffer.writerIndex(bytes);
    buffers.add(buffer);
    return buffer;
  }

  static void exportInts(
      BufferAllocator allocator, int[] values, int length, List<ArrowBuf> buffers) {
    ArrowBuf buffer = buffer(allocator, 4L * length, buffers);
    for (int i = 0; i < length; i++) {
      buffer.setInt(4L * i, values[i]);
    }
  }

  static void exportLongs(
      BufferAllocator allocator, long[] values, int length, List<ArrowBuf> buffers) {
    ArrowBuf buffer = buffer(allocator, 8L * length, buffers);
    for (int i = 0; i < length; i++) {
      buffer.setLong(8L * i, values[i]);
    }
  }

  /** BOOLEAN. */
  static final class Booleans extends Slots {
    private byte[] values = new byte[0];

    @Override
    void putBoolean(boolean value) {
      present();
      nullAppended();
      int bit = 1 << (count & 7);
      int at = count >> 3;
      values[at] = (byte) (value ? values[at] | bit : values[at] & ~bit);
      count++;
    }

    @Override
    void nullAppended() {
      if (count >> 3 >= values.length) {
        values = Arrays.copyOf(values, grown(values.length, (count >> 3) + 1));
      }
    }

    /** Overwrites a slot that has a value. */
    void set(int slot, boolean value) {
      int bit = 1 << (slot & 7);
      values[slot >> 3] = (byte) (value ? values[slot >> 3] | bit : values[slot >> 3] & ~bit);
    }

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      int bytes = (count + 7) >> 3;
      buffer(allocator, bytes, buffers).setBytes(0, values, 0, bytes);
    }
  }

  /** INT, DATE and, by its bits, FLOAT. */
  static final class Ints extends Slots {
    private int[] values = new int[0];

    @Override
    void putInt(int value) {
      present();
      nullAppended();
      values[count++] = value;
    }

    @Override
    void putFloat(float value) {
      putInt(Float.floatToRawIntBits(value));
    }

    @Override
    void nullAppended() {
      if (count >= values.length) {
        values = Arrays.copyOf(values, grown(values.length, count + 1));
      }
    }

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      exportInts(allocator, values, count, buffers);
    }
  }

  /** BIGINT, times and, by its bits, DOUBLE. */
  static final class Longs extends Slots {
    private final long factor;
    private long[] values = new long[0];

    /** Values are stored times {@code factor}: milliseconds become DuckDB's microseconds. */
    Longs(long factor) {
      this.factor = factor;
    }

    @Override
    void putLong(long value) {
      long stored = factor == 1 ? value : Math.multiplyExact(value, factor);
      present();
      nullAppended();
      values[count++] = stored;
    }

    @Override
    void putDouble(double value) {
      present();
      nullAppended();
      values[count++] = Double.doubleToRawLongBits(value);
    }

    @Override
    void nullAppended() {
      if (count >= values.length) {
        values = Arrays.copyOf(values, grown(values.length, count + 1));
      }
    }

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      exportLongs(allocator, values, count, buffers);
    }
  }

  /** DECIMAL as 128 bits, the low half first. */
  static final class Decimals extends Slots {
    private static final int BYTES = 16;

    private long[] values = new long[0];

    @Override
    void putDecimal(long unscaled) {
      put(unscaled, unscaled >> 63);
    }

    @Override
    void putDecimal(byte[] bytes, int offset, int length) {
      long sign = length > 0 && bytes[offset] < 0 ? -1 : 0;
      int start = Math.max(0, length - BYTES);
      for (int i = 0; i < start; i++) {
        if (bytes[offset + i] != sign) {
          throw new ArithmeticException("a decimal of more than 38 digits");
        }
      }
      long low = sign;
      long high = sign;
      for (int i = start; i < length; i++) {
        high = high << 8 | low >>> 56;
        low = low << 8 | bytes[offset + i] & 0xff;
      }
      put(low, high);
    }

    private void put(long low, long high) {
      present();
      nullAppended();
      values[2 * count] = low;
      values[2 * count + 1] = high;
      count++;
    }

    @Override
    void nullAppended() {
      if (2 * count + 1 >= values.length) {
        values = Arrays.copyOf(values, grown(values.length, 2 * count + 2));
      }
    }

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      exportLongs(allocator, values, 2 * count, buffers);
    }
  }

  /** STRING and BYTES. */
  static final class Binaries extends Slots {
    private final Offsets offsets = new Offsets();
    private byte[] data = new byte[0];

    @Override
    void putBytes(byte[] bytes, int offset, int length) {
      int start = offsets.get(count);
      int end = Math.addExact(start, length);
      if (end > data.length) {
        data = Arrays.copyOf(data, grown(data.length, end));
      }
      System.arraycopy(bytes, offset, data, start, length);
      present();
      offsets.set(++count, end);
    }

    @Override
    void nullAppended() {
      offsets.set(count + 1, offsets.get(count));
    }

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      offsets.export(allocator, count, buffers);
      int bytes = offsets.get(count);
      buffer(allocator, bytes, buffers).setBytes(0, data, 0, bytes);
    }
  }

  /** Where each slot of variable size begins; one more than there are slots. */
  static final class Offsets {
    private int[] starts = new int[1];

    int get(int slot) {
      return starts[slot];
    }

    void set(int slot, int start) {
      if (slot >= starts.length) {
        starts = Arrays.copyOf(starts, grown(starts.length, slot + 1));
      }
      starts[slot] = start;
    }

    void export(BufferAllocator allocator, int slots, List<ArrowBuf> buffers) {
      exportInts(allocator, starts, slots + 1, buffers);
    }
  }

  /** ROW: a slot is one slot of each field. */
  static final class Structs extends Slots {
    private final Slots[] fields;

    Structs(Slots[] fields) {
      this.fields = fields;
    }

    @Override
    void begin() {
      present();
      count++;
    }

    @Override
    Slots inner(int column) {
      Slots field = fields[column];
      field.padTo(count - 1);
      return field;
    }

    @Override
    void end() {}

    @Override
    void nullAppended() {}

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
      for (Slots field : fields) {
        field.truncate(slots);
      }
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      for (Slots field : fields) {
        field.padTo(count);
        field.export(allocator, nodes, buffers);
      }
    }
  }

  /** ARRAY: a slot is a run of the elements' slots. */
  static final class Lists extends Slots {
    private final Offsets offsets = new Offsets();
    private final Slots elements;

    Lists(Slots elements) {
      this.elements = elements;
    }

    @Override
    void begin() {
      present();
      count++;
    }

    @Override
    Slots inner(int column) {
      return elements;
    }

    @Override
    void end() {
      offsets.set(count, elements.count());
    }

    @Override
    void nullAppended() {
      offsets.set(count + 1, offsets.get(count));
    }

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
      elements.truncate(offsets.get(count));
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      offsets.export(allocator, count, buffers);
      elements.export(allocator, nodes, buffers);
    }
  }

  /** MAP: a slot is a run of entries, each a key and a value. */
  static final class Maps extends Slots {
    private final Offsets offsets = new Offsets();
    private final Binaries keys = new Binaries();
    private final Slots values;

    Maps(Slots values) {
      this.values = values;
    }

    @Override
    void begin() {
      present();
      count++;
    }

    @Override
    Slots inner(int column) {
      if (column == 0) {
        return keys;
      }
      values.padTo(keys.count() - 1);
      return values;
    }

    @Override
    void end() {
      values.padTo(keys.count());
      offsets.set(count, keys.count());
    }

    @Override
    void nullAppended() {
      offsets.set(count + 1, offsets.get(count));
    }

    @Override
    void truncate(int slots) {
      count = Math.min(count, slots);
      keys.truncate(offsets.get(count));
      values.truncate(offsets.get(count));
    }

    @Override
    void export(BufferAllocator allocator, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      exportValidity(allocator, nodes, buffers);
      offsets.export(allocator, count, buffers);
      int entries = keys.count();
      nodes.add(new ArrowFieldNode(entries, 0));
      ArrowBuf all = buffer(allocator, (entries + 7) >> 3, buffers);
      all.setOne(0, (entries + 7) >> 3);
      keys.export(allocator, nodes, buffers);
      values.export(allocator, nodes, buffers);
    }
  }
}
