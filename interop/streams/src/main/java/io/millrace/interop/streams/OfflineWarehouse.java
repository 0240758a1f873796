package io.millrace.interop.streams;

import io.millrace.format.Formats;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/**
 * Streams and tables without a server, a registry or Kafka, for the tests of a topology. Not
 * thread-safe while it is filled.
 */
public final class OfflineWarehouse implements Warehouse {
  /** A contract's id is its index. */
  private final List<Schema> contracts = new ArrayList<>();

  private final Map<Name, TopicRows> relations = new HashMap<>();

  /** A table where the schema has a primary key, else a stream; without a WATERMARK. */
  public TopicRows add(String name, RowSchema schema) {
    return add(name, schema, Optional.empty(), Optional.empty());
  }

  /** With the column of its WATERMARK, and why it may not be written to, where that is so. */
  public TopicRows add(
      String text, RowSchema schema, Optional<String> eventTime, Optional<String> refusal) {
    Name name = Name.parse(text);
    TopicRows rows =
        new TopicRows(
            name,
            schema.isKeyed(),
            name.topic(),
            "avro",
            Map.of(),
            schema,
            schema.isKeyed() ? id(AvroContracts.keySchema(schema)) : -1,
            id(AvroContracts.valueSchema(name, schema, Optional.empty())),
            eventTime,
            refusal);
    relations.put(name, rows);
    return rows;
  }

  private int id(Schema schema) {
    contracts.add(schema);
    return contracts.size() - 1;
  }

  @Override
  public TopicRows find(Name name) {
    if (!relations.containsKey(name)) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "Cannot find stream or table " + name);
    }
    return relations.get(name);
  }

  @Override
  public Formats formats() {
    return new Formats(contracts::get);
  }

  @Override
  public String kafka() {
    return "localhost:9092";
  }
}
