package io.millrace.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks that bytes are UTF-8, as decoders must before they hand text on. */
public final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8() {}

  /**
   * The index of the first byte that is not part of a well-formed sequence (no overlong forms, no
   * surrogates, nothing beyond U+10FFFF), or -1 where all is well.
   */
  public static int firstInvalid(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at + 8 <= end) {
      if (((long) LONGS.get(bytes, at) & HIGH_BITS) != 0) {
        return slow(bytes, at, end);
      }
      at += 8;
    }
    if (length >= 8 && ((long) LONGS.get(bytes, end - 8) & HIGH_BITS) == 0) {
      return -1; // the tail, with some bytes for the second time
    }
    return slow(bytes, at, end);
  }

  /** Throws where the bytes are not UTF-8; positions count from {@code base}. */
  public static void check(byte[] bytes, int offset, int length, int base) throws DecodeException {
    int at = firstInvalid(bytes, offset, length);
    if (at >= 0) {
      throw new DecodeException("not UTF-8", at - (long) base);
    }
  }

  private static int slow(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      int b = bytes[at];
      if (b >= 0) {
        at++;
        continue;
      }
      int size = size(b & 0xff);
      if (size == 0 || end - at < size || !continues(bytes, at, size)) {
        return at;
      }
      at += size;
    }
    return -1;
  }

  private static int size(int first) {
    if (first < 0xc2) {
      return 0;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  }

  private static boolean continues(byte[] bytes, int at, int size) {
    for (int i = 1; i < size; i++) {
      if ((bytes[at + i] & 0xc0) != 0x80) {
        return false;
      }
    }
    int second = bytes[at + 1] & 0xff;
    return switch (bytes[at] & 0xff) {
      case 0xe0 -> second >= 0xa0;
      case 0xed -> second < 0xa0;
      case 0xf0 -> second >= 0x90;
      case 0xf4 -> second < 0x90;
      default -> true;
    };
  }
}
