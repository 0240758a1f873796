package io.millrace.format.avro;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Follows the framing of an Avro object container file as its bytes pass, and fails before a length
 * that is beyond reason reaches Avro's own reader, which would allocate it. Does not close the
 * stream behind it.
 *
 * @see <a href="https://avro.apache.org/docs/1.12.0/specification/#object-container-files">Avro
 *     specification, Object Container Files</a>
 */
final class ContainerGuard extends FilterInputStream {
  private static final int MAX_LENGTH = 64 << 20;
  private static final int SYNC = 16;

  private enum Next {
    ENTRIES,
    ENTRIES_SIZE,
    KEY,
    VALUE,
    ROWS,
    BLOCK
  }

  private Next next = Next.ENTRIES;
  private long entries;
  private long toPass = 4;
  private long number;
  private int shift;

  ContainerGuard(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = in.read(bytes, offset, length);
    int at = offset;
    while (at < offset + count) {
      if (toPass > 0) {
        int passed = (int) Math.min(toPass, offset + count - at);
        toPass -= passed;
        at += passed;
      } else {
        follow(bytes[at++]);
      }
    }
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    // Skipped bytes would not be followed: they are read.
    return Math.max(0, read(new byte[(int) Math.min(count, 8192)]));
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  @Override
  public void close() {
    // The stream belongs to the caller.
  }

  private void follow(byte b) throws IOException {
    if (shift > 63) {
      throw new IOException("a number of over 64 bits in the framing");
    }
    number |= (long) (b & 0x7f) << shift;
    shift += 7;
    if (b >= 0) {
      long value = number >>> 1 ^ -(number & 1);
      number = 0;
      shift = 0;
      take(value);
    }
  }

  private void take(long value) throws IOException {
    switch (next) {
      case ENTRIES -> {
        entries = Math.abs(value);
        next = value == 0 ? Next.ROWS : value < 0 ? Next.ENTRIES_SIZE : Next.KEY;
        toPass = value == 0 ? SYNC : 0;
      }
      case ENTRIES_SIZE -> next = Next.KEY;
      case KEY -> {
        toPass = length(value);
        next = Next.VALUE;
      }
      case VALUE -> {
        toPass = length(value);
        next = --entries > 0 ? Next.KEY : Next.ENTRIES;
      }
      case ROWS -> {
        if (value <= 0) {
          // Avro's reader would take it for the end of the file.
          throw new IOException("a block of " + value + " rows in the framing");
        }
        next = Next.BLOCK;
      }
      case BLOCK -> {
        toPass = length(value) + SYNC;
        next = Next.ROWS;
      }
    }
  }

  private static long length(long value) throws IOException {
    if (value < 0 || value > MAX_LENGTH) {
      throw new IOException("a length of " + value + " in the framing");
    }
    return value;
  }
}
