package io.millrace.sink.redis;

import io.millrace.model.RowSchema;
import io.millrace.sink.IdempotentSink;
import io.millrace.sink.KeyedWriter;
import io.millrace.sink.WriterContext;
import java.io.IOException;

/**
 * A stream or a table as keys of Redis. Immutable; sent to the tasks that write.
 *
 * @param prefix what each row's key begins with
 * @param json whether a row is a JSON text; else it is a hash
 * @param keepDeleted how long the version of a deleted row stays, in milliseconds
 */
record RedisSink(
    RowSchema schema,
    Place place,
    String prefix,
    boolean table,
    boolean json,
    long keepDeleted,
    int maxRows,
    long maxBytes)
    implements IdempotentSink {
  @Override
  public KeyedWriter writer(WriterContext context) throws IOException {
    return new RedisWriter(this, context);
  }
}
