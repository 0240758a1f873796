package io.millrace.sink.jdbc;

import io.millrace.model.RowSchema;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;

/** A table kept by key. Immutable; sent to the tasks that write. */
record JdbcTableSink(
    RowSchema schema, Database database, Target target, Ledger ledger, int maxRows, long maxBytes)
    implements IdempotentSink {
  @Override
  public KeyedWriter writer(WriterContext context) throws IOException {
    return new TableWriter(this, context);
  }
}
