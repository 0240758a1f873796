package io.millrace.model;

/** A piece of an array, reused from call to call: read it before the next call. */
public final class BytesView {
  private byte[] array = new byte[0];
  private int offset;
  private int length;

  public BytesView set(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
    return this;
  }

  public byte[] array() {
    return array;
  }

  public int offset() {
    return offset;
  }

  public int length() {
    return length;
  }
}
