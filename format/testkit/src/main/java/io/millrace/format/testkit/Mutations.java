package io.millrace.format.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes hostile bytes out of good ones, from a seed. Reuses its room; not thread-safe. */
final class Mutations {
  private static final int MOST = 64 << 10;

  /** Bytes that mean something to a format. */
  private static final byte[] TELLING =
      "\0\1\2\177\200\377 \t\n\r\"\"'\\,;|:-+#{}[]()0019eE./uNntfaé\ud83d\ude00\ufeff"
          .getBytes(StandardCharsets.UTF_8);

  /** Pieces that mean something to a format. */
  private static final List<byte[]> PIECES =
      List.of(
          text("null"),
          text("true"),
          text("NaN"),
          text("-Infinity"),
          text("1e400"),
          text("1e-400"),
          text("1e999999999999"),
          text("-9223372036854775808"),
          text("9223372036854775808"),
          text("0.00000000000000000000000000000000000000001"),
          text("99999999999999999999999999999999999999999999"),
          text("0000-00-00"),
          text("9999-12-31T23:59:59.999999-18:00"),
          text("0000-01-01T00:00:00+18:00"),
          text("23:59:60"),
          text("\\ud83d"),
          text("\\u0000"),
          text("\\ude00\\ud83d"),
          text("\"\""),
          text("\"\"\""),
          text("\r\n"),
          text("\n\r"),
          text("#Fields: "),
          text("#fields: column_1 column_0 x\n"),
          text("\ufeff"),
          text("/*"),
          text("//"),
          text("{\"column_0\":"),
          text("\"column_1\":"),
          new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, // half of a surrogate pair
          new byte[] {(byte) 0xc0, (byte) 0x80}, // NUL, longer than it may be
          new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}, // beyond U+10FFFF
          zigZag(Long.MAX_VALUE),
          zigZag(Long.MIN_VALUE),
          zigZag(Integer.MAX_VALUE),
          zigZag(1L << 31),
          zigZag(-1),
          zigZag(1 << 16),
          zigZag(1 << 28),
          new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1},
          new byte[] {-128, -128, -128, -128, -128, -128, -128, -128, -128, 0});

  private final Random random;
  private byte[] bytes = new byte[1024];
  private int length;

  Mutations(Random random) {
    this.random = random;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A number as Avro writes it. */
  static byte[] zigZag(long value) {
    byte[] out = new byte[10];
    int at = 0;
    long left = value << 1 ^ value >> 63;
    for (; (left & ~0x7fL) != 0; left >>>= 7) {
      out[at++] = (byte) (left & 0x7f | 0x80);
    }
    out[at++] = (byte) left;
    return Arrays.copyOf(out, at);
  }

  /** The bytes that the last call made, from 0 to {@link #length()}. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** The good bytes themselves. */
  void copy(byte[] good) {
    length = 0;
    insert(0, good, 0, good.length);
  }

  /** Noise behind the first {@code kept} bytes of the good ones. */
  void noise(byte[] good, int kept) {
    copy(Arrays.copyOf(good, Math.min(kept, good.length)));
    int count = random.nextInt(48);
    ensure(length + count);
    boolean telling = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      bytes[length++] = telling ? telling() : (byte) random.nextInt();
    }
  }

  private byte telling() {
    return TELLING[random.nextInt(TELLING.length)];
  }

  /** The good bytes after one to four changes; {@code other} lends its parts. */
  void mutate(byte[] good, byte[] other) {
    copy(good);
    int changes = 1 + Math.min(random.nextInt(4), random.nextInt(4));
    for (int i = 0; i < changes; i++) {
      change(other);
    }
  }

  private void change(byte[] other) {
    int at = length == 0 ? 0 : random.nextInt(length);
    switch (random.nextInt(11)) {
      case 0, 1 -> {
        if (length > 0) {
          bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 2, 3 -> {
        if (length > 0) {
          bytes[at] = random.nextBoolean() ? telling() : (byte) random.nextInt();
        }
      }
      case 4 -> length = at;
      case 5 -> delete(at, Math.min(length - at, 1 + random.nextInt(8)));
      case 6 -> repeatOnce(at, Math.min(length - at, 1 + random.nextInt(16)));
      case 7 -> insert(at, new byte[] {telling()}, 0, 1);
      case 8 -> splice(at, other);
      case 9 -> {
        byte[] piece = PIECES.get(random.nextInt(PIECES.size()));
        delete(at, Math.min(length - at, random.nextInt(piece.length + 1)));
        insert(at, piece, 0, piece.length);
      }
      default -> {
        if (random.nextInt(200) == 0) {
          repeat(at);
        } else if (length > 0) {
          bytes[at]++;
        }
      }
    }
  }

  private void splice(int at, byte[] other) {
    if (other.length > 0) {
      int from = random.nextInt(other.length);
      int count = 1 + random.nextInt(Math.min(64, other.length - from));
      if (random.nextBoolean()) {
        length = at;
      }
      insert(at, other, from, count);
    }
  }

  private void repeatOnce(int at, int count) {
    insert(at, Arrays.copyOfRange(bytes, at, at + count), 0, count);
  }

  /** A few bytes thousands of times over: brackets, quotes, delimiters, digits. */
  private void repeat(int at) {
    byte[] piece = new byte[1 + random.nextInt(6)];
    for (int i = 0; i < piece.length; i++) {
      piece[i] = telling();
    }
    int times = (1 << 6 + random.nextInt(9)) / piece.length;
    byte[] all = new byte[piece.length * times];
    for (int i = 0; i < all.length; i++) {
      all[i] = piece[i % piece.length];
    }
    insert(at, all, 0, all.length);
  }

  private void delete(int at, int count) {
    System.arraycopy(bytes, at + count, bytes, at, length - at - count);
    length -= count;
  }

  private void insert(int at, byte[] from, int offset, int count) {
    if (length + count > MOST) {
      return;
    }
    ensure(length + count);
    System.arraycopy(bytes, at, bytes, at + count, length - at);
    System.arraycopy(from, offset, bytes, at, count);
    length += count;
  }

  private void ensure(int room) {
    if (bytes.length < room) {
      bytes = Arrays.copyOf(bytes, Math.max(room, bytes.length * 2));
    }
  }
}
