package io.millrace.interop.streams;

import io.millrace.format.Formats;
import io.millrace.format.RecordDecoder;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * Serdes of rows. They may be shared between threads, as Kafka Streams shares them. A null is a
 * null both ways: the tombstone of a table's row, or the absent key of a stream's.
 */
public final class RowSerdes {
  private RowSerdes() {}

  /**
   * Values by the contract: read whatever version of it wrote them, written by its newest. Bytes
   * that cannot be read are a SerializationException, for the program's deserialization handler.
   */
  public static Serde<Row> values(TopicRows rows, Formats formats) {
    if (Formats.isDebezium(rows.format())) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot read " + rows + ": its records are changes in Debezium's format, not rows")
          .hint("Read the changes that Millrace makes of them: " + rows.name() + ".changes.");
    }
    RowSchema schema = rows.schema();
    return Serdes.serdeFrom(
        new RowSerializer(
            schema,
            () -> formats.encoder(rows.format(), rows.options(), schema, rows.valueContract())),
        new RowDeserializer(
            schema,
            () ->
                formats.decoder(
                    rows.format(), rows.options(), schema, all(schema), rows.valueContract())));
  }

  /**
   * Keys by the key contract: the same bytes, and so the same partition, as Millrace's own writers
   * give them. NOT_SUPPORTED for streams, whose rows have no key.
   */
  public static Serde<Row> keys(TopicRows rows, Formats formats) {
    if (!rows.isTable()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, "Cannot make keys of " + rows + ": its rows have none")
          .hint("Take the key Serde of the table that the rows are joined to.");
    }
    RowSchema schema = rows.keySchema();
    return Serdes.serdeFrom(
        new RowSerializer(schema, () -> formats.keyEncoder(schema, rows.keyContract())),
        new RowDeserializer(schema, () -> keyDecoder(schema, formats)));
  }

  private static RecordDecoder keyDecoder(RowSchema schema, Formats formats) {
    RecordDecoder keys = formats.keyDecoder(schema, all(schema));
    return (bytes, offset, length, target) ->
        Marks.isControlKey(bytes) ? 0 : keys.decode(bytes, offset, length, target);
  }

  /** Of streams: what key a foreign producer gave is not read, and none is written. */
  static Serde<Row> noKeys() {
    return Serdes.serdeFrom((topic, key) -> null, (topic, bytes) -> null);
  }

  /**
   * Rows in a program's own topics and stores, which no one else reads: without a contract in the
   * registry. The columns must stay as they are for as long as the program keeps those topics.
   */
  public static Serde<Row> own(RowSchema schema) {
    Formats formats =
        new Formats(id -> AvroContracts.valueSchema(Name.of("own"), schema, Optional.empty()));
    return Serdes.serdeFrom(
        new RowSerializer(schema, () -> formats.encoder("avro", Map.of(), schema, 0)),
        new RowDeserializer(schema, () -> formats.decoder("avro", Map.of(), schema, all(schema))));
  }

  private static int[] all(RowSchema schema) {
    return IntStream.range(0, schema.size()).toArray();
  }
}
