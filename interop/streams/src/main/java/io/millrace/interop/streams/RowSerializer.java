package io.millrace.interop.streams;

import io.millrace.format.ByteSink;
import io.millrace.format.ObjectRow;
import io.millrace.format.RecordEncoder;
import io.millrace.model.RowSchema;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serializer;

/** Writes rows whose columns are those of a schema, in its order. Thread-safe. */
final class RowSerializer implements Serializer<Row> {
  private final RowSchema schema;
  private final ThreadLocal<Encoding> encodings;

  /** An encoder keeps room between calls, so that each thread has its own. */
  private record Encoding(RecordEncoder encoder, ObjectRow row, ByteSink bytes) {}

  RowSerializer(RowSchema schema, Supplier<RecordEncoder> encoders) {
    this.schema = schema;
    encodings =
        ThreadLocal.withInitial(
            () -> new Encoding(encoders.get(), new ObjectRow(schema), new ByteSink()));
  }

  @Override
  public byte[] serialize(String topic, Row row) {
    if (row == null) {
      return null;
    }
    Encoding encoding = encodings.get();
    encoding.row().set(RowPlan.values(row, schema));
    encoding.bytes().reset();
    encoding.encoder().encode(encoding.row(), encoding.bytes());
    return encoding.bytes().toByteArray();
  }
}
