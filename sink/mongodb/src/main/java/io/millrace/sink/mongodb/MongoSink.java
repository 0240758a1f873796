package io.millrace.sink.mongodb;

import io.millrace.model.RowSchema;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;

/**
 * A stream or a table as documents. Immutable; sent to the tasks that write.
 *
 * @param name the sink's, in the identifiers of a stream's documents
 */
record MongoSink(
    RowSchema schema, Place place, String name, boolean table, int maxRows, long maxBytes)
    implements IdempotentSink {
  @Override
  public KeyedWriter writer(WriterContext context) throws IOException {
    return new MongoWriter(this, context);
  }
}
