package io.millrace.sink.parquet;

import java.io.IOException;
import java.util.Arrays;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridEncoder;

/**
 * Small numbers of one page (levels, or entries of a dictionary) on their way to Parquet's hybrid
 * of run-length encoding and bit packing (parquet-format, Encodings.md). As long as all are the
 * same, as most levels are, they are only counted. Not thread-safe.
 */
final class HybridInts {
  private static final int FIRST_BYTES = 64;

  private final ByteBufferAllocator allocator;
  private final int mostBytes;
  private int[] spelled = new int[16];
  private int first;
  private int size;
  private boolean mixed;

  HybridInts(ByteBufferAllocator allocator, int mostBytes) {
    this.allocator = allocator;
    this.mostBytes = mostBytes;
  }

  void add(int number) {
    if (!mixed) {
      if (size == 0) {
        first = number;
      }
      if (number == first) {
        size++;
        return;
      }
      spell();
    }
    if (size == spelled.length) {
      spelled = Arrays.copyOf(spelled, size * 2);
    }
    spelled[size++] = number;
  }

  private void spell() {
    if (size >= spelled.length) {
      spelled = new int[size * 2];
    }
    Arrays.fill(spelled, 0, size, first);
    mixed = true;
  }

  int size() {
    return size;
  }

  int get(int index) {
    return mixed ? spelled[index] : first;
  }

  /** Bytes that they take here. */
  long bytes() {
    return mixed ? (long) size * Integer.BYTES : 0;
  }

  void clear() {
    size = 0;
    mixed = false;
  }

  /** A copy of the runs, without their length. */
  BytesInput encode(int bitWidth) throws IOException {
    if (!mixed) {
      return BytesInput.concat(
          BytesInput.fromUnsignedVarInt(size << 1),
          BytesInput.from(littleEndian(first, BytesUtils.paddedByteCountFromBits(bitWidth))));
    }
    try (RunLengthBitPackingHybridEncoder encoder =
        new RunLengthBitPackingHybridEncoder(bitWidth, FIRST_BYTES, mostBytes, allocator)) {
      for (int i = 0; i < size; i++) {
        encoder.writeInt(spelled[i]);
      }
      return BytesInput.from(encoder.toBytes().toByteArray());
    }
  }

  private static byte[] littleEndian(int number, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (number >>> 8 * i);
    }
    return bytes;
  }
}
