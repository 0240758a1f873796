package io.millrace.source.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads some of the bytes of a file, of which the channel's own position is left alone. */
final class ChannelStream extends InputStream {
  private final FileChannel file;
  private final long end;
  private long at;
  private IOException failure;

  /** So many bytes from the file's beginning, or all that there are. */
  ChannelStream(FileChannel file, long length) {
    this.file = file;
    this.end = length;
  }

  /** What the file system refused, null where it refused nothing. */
  IOException failure() {
    return failure;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at >= end) {
      return -1;
    }
    int wanted = (int) Math.min(length, end - at);
    try {
      int count = file.read(ByteBuffer.wrap(bytes, offset, wanted), at);
      at += Math.max(0, count);
      return count;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public long skip(long count) {
    long skipped = Math.max(0, Math.min(count, end - at));
    at += skipped;
    return skipped;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /** By this an unpacker knows that another part follows. */
  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, end - at));
  }
}
