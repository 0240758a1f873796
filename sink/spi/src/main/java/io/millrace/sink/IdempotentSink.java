package io.millrace.sink;

import java.io.IOException;

/**
 * A sink whose rows are written by key, so that writing a row again changes nothing. Rows behind
 * the last checkpoint come again after a crash.
 */
public non-sealed interface IdempotentSink extends Sink {
  KeyedWriter writer(WriterContext context) throws IOException;
}
