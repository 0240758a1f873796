package io.millrace.dist;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;

/**
 * Kafka Connect's values as Avro, with the schemas that Confluent's converter makes of Connect's:
 * names, versions and parameters as properties, a union with null for what is optional.
 */
final class ConnectAvro {
  private final Map<org.apache.kafka.connect.data.Schema, Schema> known = new HashMap<>();

  /** Records by name, which stand in a schema once. */
  private final Map<String, Schema> records = new HashMap<>();

  Schema schema(org.apache.kafka.connect.data.Schema of) {
    Schema made = known.get(of);
    if (made == null) {
      records.clear();
      made = part(of);
      known.put(of, made);
    }
    return made;
  }

  private Schema part(org.apache.kafka.connect.data.Schema of) {
    Schema bare = bare(of);
    return of.isOptional() ? Schema.createUnion(Schema.create(Schema.Type.NULL), bare) : bare;
  }

  private Schema bare(org.apache.kafka.connect.data.Schema of) {
    Schema schema =
        switch (of.type()) {
          case INT8, INT16 -> {
            Schema small = Schema.create(Schema.Type.INT);
            small.addProp("connect.type", of.type().getName());
            yield small;
          }
          case INT32 -> Schema.create(Schema.Type.INT);
          case INT64 -> Schema.create(Schema.Type.LONG);
          case FLOAT32 -> Schema.create(Schema.Type.FLOAT);
          case FLOAT64 -> Schema.create(Schema.Type.DOUBLE);
          case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
          case STRING -> Schema.create(Schema.Type.STRING);
          case BYTES -> bytes(of);
          case ARRAY -> Schema.createArray(part(of.valueSchema()));
          case MAP -> Schema.createMap(part(of.valueSchema()));
          case STRUCT -> record(of);
        };
    if (of.name() != null && schema.getProp("connect.name") == null) {
      if (of.version() != null) {
        schema.addProp("connect.version", of.version());
      }
      if (of.parameters() != null) {
        schema.addProp("connect.parameters", of.parameters());
      }
      schema.addProp("connect.name", of.name());
    }
    return schema;
  }

  private static Schema bytes(org.apache.kafka.connect.data.Schema of) {
    Schema bytes = Schema.create(Schema.Type.BYTES);
    if (Decimal.LOGICAL_NAME.equals(of.name())) {
      bytes.addProp("scale", Integer.parseInt(of.parameters().get(Decimal.SCALE_FIELD)));
      bytes.addProp(
          "precision",
          Integer.parseInt(of.parameters().getOrDefault("connect.decimal.precision", "64")));
      bytes.addProp("logicalType", "decimal");
    }
    return bytes;
  }

  private Schema record(org.apache.kafka.connect.data.Schema of) {
    Schema known = records.get(of.name());
    if (known != null) {
      return known;
    }
    SchemaBuilder.FieldAssembler<Schema> fields = SchemaBuilder.record(of.name()).fields();
    for (Field field : of.fields()) {
      SchemaBuilder.GenericDefault<Schema> built =
          fields.name(field.name()).type(part(field.schema()));
      fields = field.schema().isOptional() ? built.withDefault(null) : built.noDefault();
    }
    Schema record = fields.endRecord();
    records.put(of.name(), record);
    return record;
  }

  /** In Confluent's wire format. */
  byte[] encode(int id, org.apache.kafka.connect.data.Schema of, Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      Schema schema = schema(of);
      new GenericDatumWriter<>(schema).write(avro(schema, of, value), encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static Object avro(Schema schema, org.apache.kafka.connect.data.Schema of, Object value) {
    if (value == null) {
      return null;
    }
    Schema bare = of.isOptional() ? schema.getTypes().get(1) : schema;
    return switch (of.type()) {
      case INT8, INT16 -> ((Number) value).intValue();
      case BYTES ->
          value instanceof BigDecimal decimal
              ? ByteBuffer.wrap(decimal.unscaledValue().toByteArray())
              : value instanceof byte[] array ? ByteBuffer.wrap(array) : value;
      case ARRAY ->
          ((List<?>) value)
              .stream().map(item -> avro(bare.getElementType(), of.valueSchema(), item)).toList();
      case STRUCT -> {
        GenericData.Record record = new GenericData.Record(bare);
        for (Field field : of.fields()) {
          Schema in = bare.getField(field.name()).schema();
          record.put(field.name(), avro(in, field.schema(), ((Struct) value).get(field)));
        }
        yield record;
      }
      default -> value;
    };
  }
}
