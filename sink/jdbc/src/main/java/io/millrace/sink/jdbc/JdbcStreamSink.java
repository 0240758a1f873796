package io.millrace.sink.jdbc;

import io.millrace.model.RowSchema;
import io.millrace.sink.Committer;
import io.millrace.sink.StagedSink;
import io.millrace.sink.StagedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;

/** A stream appended to a table. Immutable; sent to the tasks that write. */
record JdbcStreamSink(
    RowSchema schema, Database database, Target target, Ledger ledger, long maxBytes)
    implements StagedSink {
  @Override
  public StagedWriter writer(WriterContext context) throws IOException {
    return new StreamWriter(this, context);
  }

  @Override
  public Committer committer() {
    return new StreamCommitter(this);
  }
}
