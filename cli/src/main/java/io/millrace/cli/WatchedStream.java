package io.millrace.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Remembers how its reading failed: the HTTP client tells only that it could not send. */
final class WatchedStream extends FilterInputStream {
  private volatile IOException failure;

  WatchedStream(InputStream in) {
    super(in);
  }

  /** Null where all went well. */
  IOException failure() {
    return failure;
  }

  @Override
  public int read() throws IOException {
    try {
      return super.read();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      return super.read(bytes, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }
}
