package io.millrace.sink.search;

import io.millrace.model.RowSchema;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;

/**
 * A stream or a table as documents. Immutable; sent to the tasks that write.
 *
 * @param name the sink's, in the identifiers of a stream's documents
 */
record SearchSink(
    RowSchema schema, SearchIndex index, String name, boolean table, int maxRows, long maxBytes)
    implements IdempotentSink {
  @Override
  public KeyedWriter writer(WriterContext context) {
    return new SearchWriter(this, context);
  }
}
