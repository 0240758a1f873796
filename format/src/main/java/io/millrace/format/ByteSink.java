package io.millrace.format;

import java.util.Arrays;

/** A growing array of bytes, kept and reused from record to record. Not thread-safe. */
public final class ByteSink {
  private byte[] array;
  private int length;

  public ByteSink() {
    this(256);
  }

  public ByteSink(int capacity) {
    array = new byte[capacity];
  }

  /** Forgets the content and keeps the room. */
  public void reset() {
    length = 0;
  }

  /** The content, from 0 to {@link #length()}; another array after the next write. */
  public byte[] array() {
    return array;
  }

  public int length() {
    return length;
  }

  /** Cuts the content to its first bytes, or claims bytes written into {@link #array()}. */
  public void length(int newLength) {
    if (newLength < 0 || newLength > array.length) {
      throw new IllegalArgumentException(newLength + " is not within " + array.length);
    }
    length = newLength;
  }

  /** Makes room for as many more bytes. */
  public void ensure(int more) {
    if (array.length - length < more) {
      array = Arrays.copyOf(array, Math.max(Math.addExact(length, more), grown()));
    }
  }

  private int grown() {
    return array.length > Integer.MAX_VALUE / 2 - 8 ? Integer.MAX_VALUE - 8 : array.length * 2;
  }

  public void write(int b) {
    ensure(1);
    array[length++] = (byte) b;
  }

  public void write(byte[] bytes, int offset, int count) {
    ensure(count);
    System.arraycopy(bytes, offset, array, length, count);
    length += count;
  }

  public void write(byte[] bytes) {
    write(bytes, 0, bytes.length);
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(array, length);
  }
}
