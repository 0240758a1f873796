package io.millrace.format.debezium;

import io.millrace.registry.AvroContracts;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * What an Avro schema tells in the terms of Kafka Connect, whose converter keeps the names of its
 * own schemas in properties; of another writer's schema the logical types count.
 */
final class AvroSchema {
  private static final String NAME = "connect.name";
  private static final String PARAMETERS = "connect.parameters";
  private static final String PRECISION = "connect.decimal.precision";

  private final Map<String, Told> records = new HashMap<>();
  private final Set<String> open = new HashSet<>();

  private AvroSchema() {}

  static Told told(Schema schema) {
    return new AvroSchema().of(schema);
  }

  /** Itself, or what stands beside null in a union; null where that is not one. */
  static Schema bare(Schema schema) {
    if (schema.getType() != Schema.Type.UNION) {
      return schema;
    }
    List<Schema> others =
        schema.getTypes().stream().filter(s -> s.getType() != Schema.Type.NULL).toList();
    return others.size() == 1 ? others.get(0) : null;
  }

  private Told of(Schema schema) {
    Schema bare = bare(schema);
    if (bare == null) {
      return plain(Told.Kind.OTHER, "");
    }
    return switch (bare.getType()) {
      case BOOLEAN -> plain(Told.Kind.BOOLEAN, name(bare));
      case INT -> plain(Told.Kind.INT, name(bare));
      case LONG -> plain(Told.Kind.LONG, name(bare));
      case FLOAT -> plain(Told.Kind.FLOAT, name(bare));
      case DOUBLE -> plain(Told.Kind.DOUBLE, name(bare));
      case STRING, ENUM -> plain(Told.Kind.STRING, name(bare));
      case BYTES, FIXED -> bytes(bare);
      case ARRAY ->
          new Told(Told.Kind.ARRAY, name(bare), 0, 0, Map.of(), of(bare.getElementType()));
      case MAP -> new Told(Told.Kind.MAP, name(bare), 0, 0, Map.of(), of(bare.getValueType()));
      case RECORD -> record(bare);
      case NULL, UNION -> plain(Told.Kind.OTHER, "");
    };
  }

  private static Told plain(Told.Kind kind, String name) {
    return new Told(kind, name, 0, 0, Map.of(), null);
  }

  private static Told bytes(Schema schema) {
    int precision = 0;
    int scale = 0;
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal) {
      precision = decimal.getPrecision();
      scale = decimal.getScale();
    }
    if (schema.getObjectProp(PARAMETERS) instanceof Map<?, ?> parameters
        && parameters.get(PRECISION) instanceof String told
        && told.matches("\\d{1,9}")) {
      precision = Integer.parseInt(told);
    }
    return new Told(Told.Kind.BYTES, name(schema), precision, scale, Map.of(), null);
  }

  private Told record(Schema schema) {
    Told known = records.get(schema.getFullName());
    if (known != null) {
      return known;
    }
    if (!open.add(schema.getFullName())) {
      return plain(Told.Kind.OTHER, ""); // a record inside itself is none of Debezium's
    }
    Map<String, Told> fields = new LinkedHashMap<>();
    for (Schema.Field field : schema.getFields()) {
      fields.put(AvroContracts.columnName(field), of(field.schema()));
    }
    String name = schema.getProp(NAME);
    Told told =
        new Told(Told.Kind.STRUCT, name == null ? schema.getFullName() : name, 0, 0, fields, null);
    records.put(schema.getFullName(), told);
    open.remove(schema.getFullName());
    return told;
  }

  private static String name(Schema schema) {
    String name = schema.getProp(NAME);
    if (name != null) {
      return name;
    }
    LogicalType logical = schema.getLogicalType();
    return switch (logical == null ? "" : logical.getName()) {
      case "decimal" -> "org.apache.kafka.connect.data.Decimal";
      case "date" -> "io.debezium.time.Date";
      case "time-millis" -> "io.debezium.time.Time";
      case "time-micros" -> "io.debezium.time.MicroTime";
      case "timestamp-millis", "local-timestamp-millis" -> "io.debezium.time.Timestamp";
      case "timestamp-micros", "local-timestamp-micros" -> "io.debezium.time.MicroTimestamp";
      case "timestamp-nanos", "local-timestamp-nanos" -> "io.debezium.time.NanoTimestamp";
      default -> "";
    };
  }
}
