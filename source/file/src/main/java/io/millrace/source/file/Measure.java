package io.millrace.source.file;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Tells the first bytes of a file from those of another, by their beginning and their end. Both lie
 * within what was read, so that they stay as they are while the file grows.
 *
 * @param length how many bytes it is about
 * @param begin a digest of the first of them, up to {@link #REACH}
 * @param end a digest of the last of them, up to {@link #REACH}
 */
record Measure(long length, long begin, long end) {
  static final int REACH = 1024;

  /** Of no bytes: what every file begins with. */
  static final Measure NONE = new Measure(0, digest(new byte[0]), digest(new byte[0]));

  /** Of the first bytes of a file; EOFException where there are not so many. */
  static Measure of(FileChannel file, long length) throws IOException {
    if (file.size() < length) {
      throw new EOFException("it has become shorter");
    }
    return length == 0
        ? NONE
        : new Measure(
            length,
            digest(read(file, 0, reach(length))),
            digest(read(file, length - reach(length), reach(length))));
  }

  private static int reach(long length) {
    return (int) Math.min(REACH, length);
  }

  /** Whether the file begins with these bytes. */
  boolean isOf(FileChannel file) throws IOException {
    return file.size() >= length
        && isBegunBy(read(file, 0, reach(length)))
        && digest(read(file, length - reach(length), reach(length))) == end;
  }

  /** Whether a file that begins so has at least the beginning of these bytes. */
  boolean isBegunBy(Beginning file) {
    return file.length() >= reach(length) && file.digest(reach(length)) == begin;
  }

  private boolean isBegunBy(byte[] first) {
    return first.length == reach(length) && digest(first) == begin;
  }

  /**
   * Whether {@code in} begins with these bytes, or else is shorter than they are and begins as they
   * do.
   */
  boolean isOf(InputStream in) throws IOException {
    byte[] first = in.readNBytes(reach(length));
    if (!isBegunBy(first)) {
      return false;
    }
    long between = length - 2L * first.length;
    if (between >= 0) {
      if (skip(in, between) < between) {
        return true;
      }
      byte[] last = in.readNBytes(first.length);
      return last.length < first.length || digest(last) == end;
    }
    int more = (int) (length - first.length);
    byte[] rest = in.readNBytes(more);
    byte[] last = Arrays.copyOfRange(first, more, first.length + more);
    System.arraycopy(rest, 0, last, first.length - more, rest.length);
    return rest.length < more || digest(last) == end;
  }

  /** Passes over so many bytes, or all there are; answers how many those were. */
  static long skip(InputStream in, long wanted) throws IOException {
    long skipped = 0;
    while (skipped < wanted) {
      long some = in.skip(wanted - skipped);
      if (some <= 0) {
        if (in.read() < 0) {
          break;
        }
        some = 1;
      }
      skipped += some;
    }
    return skipped;
  }

  /** These bytes of a file, or as many of them as there are. */
  static byte[] read(FileChannel file, long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) >= 0) {
      // until it is full or the file ends
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  static long digest(byte[] bytes) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
