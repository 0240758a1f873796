package io.millrace.source.cdc;

import io.millrace.source.ChangeWriter;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;

/**
 * Changes of tables that stand still, as bytes: Kafka Connect's JSON with its schemas, so that they
 * can be read whatever the table is like by then. Not thread-safe.
 */
final class HeldChanges {
  private final JsonConverter json = new JsonConverter();

  HeldChanges() {
    json.configure(Map.of("schemas.enable", "true", "converter.type", "value"));
  }

  /**
   * A change of a table.
   *
   * @param key null where it has none
   * @param time as it is to be told, in microseconds since the epoch
   */
  record Change(Schema key, Struct event, long time) {}

  ChangeWriter.Held write(String table, Schema keySchema, Object key, Struct event, long time) {
    return new ChangeWriter.Held(
        table,
        keySchema == null ? null : json.fromConnectData(table, keySchema, key),
        json.fromConnectData(table, event.schema(), event),
        time);
  }

  Change read(ChangeWriter.Held held) {
    SchemaAndValue value = json.toConnectData(held.table(), held.change());
    return new Change(
        held.key() == null ? null : json.toConnectData(held.table(), held.key()).schema(),
        (Struct) value.value(),
        held.time());
  }
}
