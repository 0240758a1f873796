package io.millrace.sink.mongodb;

import java.util.Arrays;

/** Bytes of BSON (bsonspec.org, version 1.1), gathered in an array that is used again. */
final class BsonBytes {
  private byte[] array = new byte[1024];
  private int size;

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** Forgets what came after the first {@code toSize} bytes. */
  void truncate(int toSize) {
    size = toSize;
  }

  byte[] copy(int from, int to) {
    return Arrays.copyOfRange(array, from, to);
  }

  private void reserve(int more) {
    if (size + more > array.length) {
      array = Arrays.copyOf(array, Math.max(array.length * 2, Math.addExact(size, more)));
    }
  }

  void addByte(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  void setByte(int at, int value) {
    array[at] = (byte) value;
  }

  void addInt(int value) {
    reserve(Integer.BYTES);
    setInt(size, value);
    size += Integer.BYTES;
  }

  private void setInt(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      array[at + i] = (byte) (value >> 8 * i);
    }
  }

  void addLong(long value) {
    addInt((int) value);
    addInt((int) (value >> 32));
  }

  void add(byte[] bytes, int offset, int length) {
    reserve(length);
    System.arraycopy(bytes, offset, array, size, length);
    size += length;
  }

  void add(byte[] bytes) {
    add(bytes, 0, bytes.length);
  }

  /** A string as a value: its length, its bytes, a zero. */
  void addString(byte[] utf8, int offset, int length) {
    addInt(length + 1);
    add(utf8, offset, length);
    addByte(0);
  }

  /** The name of an array's element: its index in decimal digits. */
  void addIndex(int index) {
    int digits = 1;
    for (int rest = index; rest >= 10; rest /= 10) {
      digits++;
    }
    reserve(digits + 1);
    for (int at = size + digits - 1, rest = index; at >= size; at--, rest /= 10) {
      array[at] = (byte) ('0' + rest % 10);
    }
    size += digits;
    addByte(0);
  }

  /** Answers where the document begins, for {@link #endDocument}. */
  int beginDocument() {
    addInt(0);
    return size - Integer.BYTES;
  }

  void endDocument(int start) {
    addByte(0);
    setInt(start, size - start);
  }
}
