package io.millrace.interop.streams;

import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import java.util.Map;
import java.util.Optional;

/**
 * A stream or table as its topic holds it.
 *
 * @param isTable whether the topic is compacted, each record keyed by the primary key
 * @param format how a record's value is written: {@code avro}, {@code json}, ...
 * @param options the format's options
 * @param schema the columns held in the records, and a table's primary key
 * @param keyContract the registry's id of the key contract, -1 without one
 * @param valueContract the registry's id of the value contract, -1 unless the format is avro
 * @param eventTime the column of the WATERMARK, where there is one
 * @param refusal where programs may not write here, the sentence that says why
 */
public record TopicRows(
    Name name,
    boolean isTable,
    String topic,
    String format,
    Map<String, String> options,
    RowSchema schema,
    int keyContract,
    int valueContract,
    Optional<String> eventTime,
    Optional<String> refusal) {
  public TopicRows {
    options = Map.copyOf(options);
  }

  /** The key's columns, which are the primary key of themselves. */
  RowSchema keySchema() {
    return new RowSchema(schema.keySchema().columns(), schema.primaryKey());
  }

  /** As people read it: {@code table sites}. */
  @Override
  public String toString() {
    return (isTable ? "table " : "stream ") + name;
  }
}
