package io.millrace.sink;

import java.io.IOException;

/** The writer of an {@link IdempotentSink}. */
public interface KeyedWriter extends SinkWriter {
  /** Returns once every row so far is durable where it was written. */
  void flush(EpochId epoch) throws IOException;
}
