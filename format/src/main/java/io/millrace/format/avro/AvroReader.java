package io.millrace.format.avro;

import io.millrace.format.DecimalValue;
import io.millrace.format.DecodeException;
import io.millrace.format.UniqueKeys;
import io.millrace.format.Utf8;
import io.millrace.model.RowWriter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Carries out plans over Avro binary: a cursor in an array. Every length is checked against the
 * bytes that are left before anything is done with it, nesting is limited, and items that take no
 * bytes are counted against a limit, so that no input makes it hang or allocate. Not thread-safe.
 * Measured by {@code DecodeBench}.
 */
final class AvroReader {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int MAX_DEPTH = 128;
  private static final int MAX_EMPTY_ITEMS = 1 << 16;
  private static final int MAX_VARINT = 10;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private final DecimalValue decimal = new DecimalValue();
  private final byte[] uuid = new byte[36];
  private final UniqueKeys keys = new UniqueKeys();

  private byte[] bytes;
  private int base;
  private int at;
  private int end;
  private int depth;
  private int emptyItems;
  private RowWriter target;

  /** Stands before the bytes {@code [from, to)}; positions in errors count from {@code base}. */
  void start(byte[] array, int from, int to, int positionBase) {
    bytes = array;
    at = from;
    end = to;
    base = positionBase;
    depth = 0;
    emptyItems = 0;
    keys.reset();
  }

  /** The index of the next byte. */
  int position() {
    return at;
  }

  /** Reads one row's fields; {@code beginRow} and {@code endRow} are the caller's. */
  void row(ReadStep plan, RowWriter writer) throws DecodeException {
    target = writer;
    ReadStep record = plan;
    while (record.op == ReadStep.UNION) {
      record = record.steps[branch(record.steps.length)];
    }
    if (record.op != ReadStep.STRUCT) {
      throw failed(record.reason);
    }
    fields(record.steps);
  }

  /** Passes over one value. */
  void skip(ReadStep step) throws DecodeException {
    read(step);
  }

  private DecodeException failed(String reason) {
    return new DecodeException(reason, at - (long) base);
  }

  private void fields(ReadStep[] steps) throws DecodeException {
    int i = 0;
    try {
      for (; i < steps.length; i++) {
        read(steps[i]);
      }
    } catch (DecodeException e) {
      throw e.in(steps[i].name, steps[i].type);
    }
  }

  private void read(ReadStep given) throws DecodeException {
    ReadStep step = given;
    if (step.op == ReadStep.OPTIONAL) {
      if (branch(2) == step.size) {
        target.setNull(step.column);
        return;
      }
      step = step.item;
    }
    switch (step.op) {
      case ReadStep.UTF8 -> {
        int length = length();
        Utf8.check(bytes, at, length, base);
        target.setUtf8(step.column, bytes, at, length);
        at += length;
      }
      case ReadStep.INT -> target.setInt(step.column, readInt());
      case ReadStep.LONG -> target.setLong(step.column, readLong());
      case ReadStep.INT_TO_LONG -> target.setLong(step.column, readInt());
      case ReadStep.DOUBLE -> target.setDouble(step.column, readDouble());
      case ReadStep.FLOAT -> target.setFloat(step.column, readFloat());
      case ReadStep.BOOLEAN -> target.setBoolean(step.column, readBoolean());
      case ReadStep.INT_TO_FLOAT -> target.setFloat(step.column, readInt());
      case ReadStep.INT_TO_DOUBLE -> target.setDouble(step.column, readInt());
      case ReadStep.LONG_TO_FLOAT -> target.setFloat(step.column, readLong());
      case ReadStep.LONG_TO_DOUBLE -> target.setDouble(step.column, readLong());
      case ReadStep.FLOAT_TO_DOUBLE -> target.setDouble(step.column, readFloat());
      case ReadStep.LONG_TIMES -> target.setLong(step.column, times(readLong(), step.factor));
      case ReadStep.LONG_OVER ->
          target.setLong(step.column, Math.floorDiv(readLong(), step.factor));
      case ReadStep.TIME -> target.setLong(step.column, readTime(step));
      case ReadStep.BYTES -> {
        int length = length();
        target.setBytes(step.column, bytes, at, length);
        at += length;
      }
      case ReadStep.FIXED -> {
        require(step.size);
        target.setBytes(step.column, bytes, at, step.size);
        at += step.size;
      }
      case ReadStep.UUID -> readUuid(step);
      case ReadStep.ENUM -> readEnum(step);
      case ReadStep.DECIMAL -> readDecimal(step, length());
      case ReadStep.DECIMAL_FIXED -> {
        require(step.size);
        readDecimal(step, step.size);
      }
      case ReadStep.STRUCT -> {
        enter();
        target.beginStruct(step.column);
        fields(step.steps);
        target.endStruct();
        depth--;
      }
      case ReadStep.LIST -> readList(step);
      case ReadStep.MAP -> readMap(step);
      case ReadStep.SET_NULL -> target.setNull(step.column);
      case ReadStep.UNION -> read(step.steps[branch(step.steps.length)]);
      case ReadStep.CONSTANT -> readConstant(step);
      case ReadStep.FAIL -> throw failed(step.reason);
      default -> pass(step);
    }
  }

  private void pass(ReadStep step) throws DecodeException {
    switch (step.op) {
      case ReadStep.SKIP_BYTES -> passBytes();
      case ReadStep.SKIP_VARINT -> readLong();
      case ReadStep.SKIP_FIXED -> {
        require(step.size);
        at += step.size;
      }
      case ReadStep.SKIP_OPTIONAL -> {
        if (branch(2) != step.size) {
          pass(step.item);
        }
      }
      case ReadStep.SKIP_FIELD -> pass(step.item);
      case ReadStep.SKIP_RECORD -> {
        enter();
        passFields(step.steps);
        depth--;
      }
      case ReadStep.SKIP_ARRAY -> passItems(step, false);
      case ReadStep.SKIP_MAP -> passItems(step, true);
      case ReadStep.SKIP_UNION -> pass(step.steps[branch(step.steps.length)]);
      case ReadStep.SKIP_NOTHING -> {}
      default -> throw new IllegalStateException("no such step: " + step.op);
    }
  }

  private void passBytes() throws DecodeException {
    int length = length();
    at += length;
  }

  private void passFields(ReadStep[] steps) throws DecodeException {
    int i = 0;
    try {
      for (; i < steps.length; i++) {
        pass(steps[i]);
      }
    } catch (DecodeException e) {
      throw e.in(steps[i].name, null);
    }
  }

  private void passItems(ReadStep step, boolean map) throws DecodeException {
    enter();
    while (true) {
      long count = readLong();
      if (count == 0) {
        break;
      }
      if (count < 0) {
        // A negative count comes with the block's size, by which it can be passed at once.
        passBytes();
        continue;
      }
      checkItems(count, step.size);
      for (long i = 0; i < count; i++) {
        if (map) {
          passBytes();
        }
        pass(step.item);
      }
    }
    depth--;
  }

  private void readList(ReadStep step) throws DecodeException {
    enter();
    target.beginList(step.column);
    for (long count = block(step.size); count > 0; count = block(step.size)) {
      for (long i = 0; i < count; i++) {
        read(step.item);
      }
    }
    target.endList();
    depth--;
  }

  private void readMap(ReadStep step) throws DecodeException {
    enter();
    target.beginMap(step.column);
    keys.beginMap();
    for (long count = block(step.size); count > 0; count = block(step.size)) {
      for (long i = 0; i < count; i++) {
        int length = length();
        Utf8.check(bytes, at, length, base);
        if (!keys.add(bytes, at, length)) {
          throw failed("a key of the map is given twice");
        }
        target.setUtf8(0, bytes, at, length);
        at += length;
        read(step.item);
      }
    }
    keys.endMap();
    target.endMap();
    depth--;
  }

  /** How many items the next block of a list or map holds; 0 at its end. */
  private long block(int leastSize) throws DecodeException {
    long count = readLong();
    if (count < 0) {
      count = -count;
      length();
    }
    if (count != 0) {
      checkItems(count, leastSize);
    }
    return count;
  }

  private void checkItems(long count, int leastSize) throws DecodeException {
    if (count < 0 || leastSize > 0 && count > (end - at) / leastSize) {
      throw failed("a list of " + count + " items does not fit the bytes that are left");
    }
    if (leastSize == 0) {
      if (count > MAX_EMPTY_ITEMS - emptyItems) {
        throw failed("more than " + MAX_EMPTY_ITEMS + " items that take no bytes");
      }
      emptyItems += (int) count;
    }
  }

  private void enter() throws DecodeException {
    if (++depth > MAX_DEPTH) {
      throw failed("nested deeper than " + MAX_DEPTH);
    }
  }

  private void readConstant(ReadStep step) throws DecodeException {
    byte[] keptBytes = bytes;
    int keptAt = at;
    int keptEnd = end;
    bytes = step.constant;
    at = 0;
    end = bytes.length;
    read(step.item);
    bytes = keptBytes;
    at = keptAt;
    end = keptEnd;
  }

  private void readEnum(ReadStep step) throws DecodeException {
    byte[] symbol = step.symbols[index(step.symbols.length, "symbols")];
    if (symbol == null) {
      throw failed("a symbol that the reader's contract does not know and has no default for");
    }
    target.setUtf8(step.column, symbol, 0, symbol.length);
  }

  private void readUuid(ReadStep step) throws DecodeException {
    require(16);
    int to = 0;
    for (int i = 0; i < 16; i++) {
      if (i == 4 || i == 6 || i == 8 || i == 10) {
        uuid[to++] = '-';
      }
      uuid[to++] = HEX[bytes[at + i] >> 4 & 15];
      uuid[to++] = HEX[bytes[at + i] & 15];
    }
    at += 16;
    target.setUtf8(step.column, uuid, 0, uuid.length);
  }

  private void readDecimal(ReadStep step, int length) throws DecodeException {
    if (!decimal.set(bytes, at, length)) {
      throw failed(length == 0 ? "a decimal of no bytes" : "a decimal of over 38 digits");
    }
    if (!decimal.rescale(step.fromScale, step.toScale)) {
      throw failed(
          step.fromScale > step.toScale
              ? "not exact at scale " + step.toScale
              : "out of range for its precision");
    }
    if (!decimal.fits(step.precision)) {
      throw failed("out of range for its precision");
    }
    at += length;
    decimal.writeTo(target, step.column);
  }

  private long readTime(ReadStep step) throws DecodeException {
    long read = step.size == 1 ? readInt() : readLong();
    long value = step.factor > 0 ? times(read, step.factor) : Math.floorDiv(read, -step.factor);
    long day = step.precision == 3 ? 86_400_000L : 86_400_000_000L;
    if (value < 0 || value >= day) {
      throw failed("no time of day: " + read);
    }
    return value;
  }

  private long times(long value, long factor) throws DecodeException {
    long product = value * factor;
    if (Math.multiplyHigh(value, factor) != product >> 63) {
      throw failed("out of range: " + value);
    }
    return product;
  }

  private boolean readBoolean() throws DecodeException {
    require(1);
    int value = bytes[at];
    if (value != 0 && value != 1) {
      throw failed("not a boolean: byte " + value);
    }
    at++;
    return value == 1;
  }

  private float readFloat() throws DecodeException {
    require(4);
    int bits = (int) INTS.get(bytes, at);
    at += 4;
    return Float.intBitsToFloat(bits);
  }

  private double readDouble() throws DecodeException {
    require(8);
    long bits = (long) LONGS.get(bytes, at);
    at += 8;
    return Double.longBitsToDouble(bits);
  }

  private int readInt() throws DecodeException {
    long value = readLong();
    if ((int) value != value) {
      throw failed("out of range for INT: " + value);
    }
    return (int) value;
  }

  /** A zig-zag number of one to ten bytes. */
  private long readLong() throws DecodeException {
    if (at < end && bytes[at] >= 0) {
      int b = bytes[at++];
      return b >>> 1 ^ -(b & 1);
    }
    return readLongSlowly();
  }

  /** In locals: a field would be written for each byte, since the next one may throw. */
  private long readLongSlowly() throws DecodeException {
    byte[] from = bytes;
    int next = at;
    int limit = Math.min(end, next + MAX_VARINT);
    long value = 0;
    for (int shift = 0; next < limit; shift += 7) {
      int b = from[next++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        at = next;
        if (shift == 63 && b > 1) {
          throw failed("a number of over 64 bits");
        }
        return value >>> 1 ^ -(value & 1);
      }
    }
    boolean tooLong = next - at == MAX_VARINT;
    at = next;
    throw failed(tooLong ? "a number of over 64 bits" : "ends inside a number");
  }

  /** A length that the bytes left can hold. */
  private int length() throws DecodeException {
    long length = readLong();
    if (length < 0 || length > end - at) {
      throw failed("a length of " + length + " with " + (end - at) + " bytes left");
    }
    return (int) length;
  }

  private void require(int count) throws DecodeException {
    if (end - at < count) {
      throw failed("ends " + (count - (end - at)) + " bytes too early");
    }
  }

  private int branch(int branches) throws DecodeException {
    return index(branches, "branches");
  }

  private int index(int limit, String what) throws DecodeException {
    long index = readLong();
    if (index < 0 || index >= limit) {
      throw failed("number " + index + " of " + limit + " " + what);
    }
    return (int) index;
  }
}
