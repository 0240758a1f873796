package io.millrace.source.file;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The first bytes of a file, to be compared with those of many others. Not thread-safe. */
final class Beginning {
  private final byte[] bytes;
  private final Map<Integer, Long> digests = new HashMap<>();

  Beginning(byte[] bytes) {
    this.bytes = bytes;
  }

  int length() {
    return bytes.length;
  }

  /** Of so many of them. */
  long digest(int length) {
    return digests.computeIfAbsent(length, l -> Measure.digest(Arrays.copyOf(bytes, l)));
  }

  boolean begins(byte[] whole) {
    return whole.length >= bytes.length
        && Arrays.equals(whole, 0, bytes.length, bytes, 0, bytes.length);
  }

  boolean begins(Beginning whole) {
    return begins(whole.bytes);
  }
}
