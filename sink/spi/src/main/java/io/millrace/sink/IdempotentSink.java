package io.millrace.sink;

import java.io.IOException;

/**
 * A sink whose rows are written by key, so that writing a row again changes nothing. Its life under
 * one delivery:
 *
 * <ol>
 *   <li>Each task opens one {@link #writer}; rows of one key always come to the same one, in order.
 *   <li>The writer takes rows and may write them whenever it likes.
 *   <li>Before each checkpoint {@link KeyedWriter#flush} makes all of them durable.
 *   <li>After a crash: from 1; the rows behind the last complete checkpoint come again.
 * </ol>
 */
public non-sealed interface IdempotentSink extends Sink {
  KeyedWriter writer(WriterContext context) throws IOException;
}
