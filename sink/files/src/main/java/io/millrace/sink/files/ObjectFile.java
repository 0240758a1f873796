package io.millrace.sink.files;

import java.io.IOException;
import java.util.Arrays;

/** Gathers a file's bytes into the parts of an upload. */
final class ObjectFile extends FileOutput {
  /** S3 takes no smaller part but the last (Amazon S3 multipart upload limits). */
  static final int LEAST_PART = 5 << 20;

  /** More in one request saves little. */
  private static final int USUAL_PART = 8 << 20;

  /** Keeps the token of an upload, which names each part, within what a staged file bears. */
  private static final long MOST_PARTS = 500;

  private final String key;
  private final ObjectStore store;
  private final int partBytes;
  private ObjectStore.Upload upload;
  private byte[] buffer = new byte[8 << 10];
  private int size;
  private String token;
  private boolean abandoned;

  ObjectFile(ObjectStore store, String key, Limits limits) {
    this.store = store;
    this.key = key;
    this.partBytes = partBytes(limits);
  }

  /** A multiple of 1 MiB; less of it where little memory is allowed, more for huge files. */
  static int partBytes(Limits limits) {
    long frugal = Math.max(LEAST_PART, Math.min(USUAL_PART, limits.memory() / 4));
    long wanted = Math.min(1 << 30, Math.max(frugal, limits.maxBytes() / MOST_PARTS));
    return (int) ((wanted + (1 << 20) - 1) >> 20 << 20);
  }

  String key() {
    return key;
  }

  /** By which it is completed, once it is closed. */
  String token() {
    return token;
  }

  @Override
  long held() {
    return buffer.length;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      if (size == partBytes) {
        upload().part(buffer, size);
        size = 0;
      }
      int taken = Math.min(left, partBytes - size);
      if (size + taken > buffer.length) {
        buffer =
            Arrays.copyOf(
                buffer, (int) Math.min(partBytes, Math.max(2L * buffer.length, size + taken)));
      }
      System.arraycopy(bytes, at, buffer, size, taken);
      size += taken;
      at += taken;
      left -= taken;
    }
  }

  private ObjectStore.Upload upload() throws IOException {
    if (upload == null) {
      upload = store.upload(key);
    }
    return upload;
  }

  @Override
  public void close() throws IOException {
    if (token == null && !abandoned) {
      token = upload().finish(buffer, size);
      buffer = new byte[0];
    }
  }

  @Override
  void abandon() throws IOException {
    abandoned = true;
    buffer = new byte[0];
    if (upload != null) {
      upload.abort();
      upload = null;
    }
  }
}
