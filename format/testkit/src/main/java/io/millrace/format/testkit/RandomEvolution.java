package io.millrace.format.testkit;

import io.millrace.model.DataType;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/** Avro schemas, readers' that grew from them, and values, from a seed. */
public final class RandomEvolution {
  private final Random random;
  private final RandomRows rows;
  private int names;

  public RandomEvolution(long seed) {
    rows = new RandomRows(seed);
    random = rows.random();
  }

  public Random random() {
    return random;
  }

  /** A record; some of its fields are unions of several branches, which no column type is. */
  public Schema writer() {
    return record("Top", 3);
  }

  private Schema record(String name, int depth) {
    List<Schema.Field> fields = new ArrayList<>();
    for (int i = random.nextInt(7); i >= 0; i--) {
      fields.add(new Schema.Field("f" + names++, any(depth - 1)));
    }
    return Schema.createRecord(name, null, "test", false, fields);
  }

  private Schema any(int depth) {
    return switch (random.nextInt(12)) {
      case 0 -> union(Schema.Type.INT, Schema.Type.NULL, Schema.Type.LONG);
      case 1 -> union(Schema.Type.LONG, Schema.Type.FLOAT, Schema.Type.DOUBLE);
      case 2 -> union(Schema.Type.NULL, Schema.Type.STRING, Schema.Type.INT, Schema.Type.BYTES);
      default -> optional(plain(depth));
    };
  }

  private static Schema union(Schema.Type... types) {
    return Schema.createUnion(Stream.of(types).map(Schema::create).toArray(Schema[]::new));
  }

  private Schema optional(Schema schema) {
    Schema none = Schema.create(Schema.Type.NULL);
    return switch (random.nextInt(4)) {
      case 0 -> Schema.createUnion(none, schema);
      case 1 -> Schema.createUnion(schema, none);
      case 2 -> random.nextInt(4) == 0 ? Schema.createUnion(schema) : schema;
      default -> schema;
    };
  }

  private Schema plain(int depth) {
    return switch (random.nextInt(depth > 0 ? 23 : 20)) {
      case 0 -> Schema.create(Schema.Type.BOOLEAN);
      case 1 -> Schema.create(Schema.Type.INT);
      case 2 -> Schema.create(Schema.Type.LONG);
      case 3 -> Schema.create(Schema.Type.FLOAT);
      case 4 -> Schema.create(Schema.Type.DOUBLE);
      case 5 -> Schema.create(Schema.Type.STRING);
      case 6 -> Schema.create(Schema.Type.BYTES);
      case 7 -> Schema.createEnum("E" + names++, null, null, List.of("A", "B", "C"));
      case 8 -> Schema.createFixed("F" + names++, null, null, 1 + random.nextInt(20));
      case 9 -> LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
      case 10 -> LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
      case 11 -> LogicalTypes.localTimestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
      case 12 ->
          LogicalTypes.decimal(10, 2).addToSchema(Schema.createFixed("D" + names++, null, null, 6));
      case 13 -> LogicalTypes.decimal(30, 5).addToSchema(Schema.create(Schema.Type.BYTES));
      case 14 -> LogicalTypes.timeMillis().addToSchema(Schema.create(Schema.Type.INT));
      case 15 -> LogicalTypes.timeMicros().addToSchema(Schema.create(Schema.Type.LONG));
      case 16 -> LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
      case 17 -> LogicalTypes.localTimestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
      case 18 -> LogicalTypes.uuid().addToSchema(Schema.create(Schema.Type.STRING));
      case 19 -> Schema.create(Schema.Type.INT);
      case 20 -> Schema.createArray(optional(plain(depth - 1)));
      case 21 -> Schema.createMap(optional(plain(depth - 1)));
      default -> record("R" + names++, depth);
    };
  }

  public Schema reader(Schema writer) {
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : writer.getFields()) {
      switch (random.nextInt(8)) {
        case 0 -> {}
        case 1 -> {
          Schema.Field renamed =
              new Schema.Field("renamed_" + field.name(), evolved(field.schema()));
          renamed.addAlias(field.name());
          fields.add(renamed);
        }
        default -> fields.add(new Schema.Field(field.name(), evolved(field.schema())));
      }
    }
    if (fields.isEmpty() || random.nextInt(3) > 0) {
      fields.add(added());
    }
    Collections.shuffle(fields, random);
    return Schema.createRecord(writer.getName(), null, "test", false, fields);
  }

  private Schema.Field added() {
    String name = "added" + names++;
    return switch (random.nextInt(5)) {
      case 0 -> new Schema.Field(name, Schema.create(Schema.Type.INT), null, 42);
      case 1 -> new Schema.Field(name, Schema.create(Schema.Type.STRING), null, "fallback");
      case 2 ->
          new Schema.Field(
              name, Schema.createArray(Schema.create(Schema.Type.LONG)), null, List.of(1L, 2L));
      case 3 -> {
        Schema inner =
            Schema.createRecord(
                "Added" + names++,
                null,
                "test",
                false,
                List.of(
                    new Schema.Field("a", Schema.create(Schema.Type.DOUBLE), null, 1.5),
                    new Schema.Field("b", Schema.create(Schema.Type.STRING))));
        Map<String, Object> value = new HashMap<>();
        value.put("a", 2.5);
        value.put("b", "nested");
        yield new Schema.Field(name, inner, null, value);
      }
      default ->
          new Schema.Field(
              name,
              Schema.createUnion(Schema.create(Schema.Type.NULL), Schema.create(Schema.Type.BYTES)),
              null,
              Schema.Field.NULL_DEFAULT_VALUE);
    };
  }

  private Schema evolved(Schema schema) {
    if (schema.getType() == Schema.Type.UNION) {
      Schema some =
          schema.getTypes().stream()
              .filter(branch -> branch.getType() != Schema.Type.NULL)
              .findFirst()
              .orElseThrow();
      return random.nextInt(6) == 0 || !schema.isNullable()
          ? promoted(some)
          : Schema.createUnion(Schema.create(Schema.Type.NULL), promoted(some));
    }
    return optional(promoted(schema));
  }

  private Schema promoted(Schema schema) {
    if (schema.getLogicalType() != null) {
      return schema;
    }
    return switch (schema.getType()) {
      case INT -> one(Schema.Type.INT, Schema.Type.LONG, Schema.Type.FLOAT, Schema.Type.DOUBLE);
      case LONG -> one(Schema.Type.LONG, Schema.Type.FLOAT, Schema.Type.DOUBLE);
      case FLOAT -> one(Schema.Type.FLOAT, Schema.Type.DOUBLE);
      case STRING -> one(Schema.Type.STRING, Schema.Type.BYTES);
      case ENUM ->
          random.nextInt(3) == 0
              ? Schema.createEnum(
                  schema.getName(),
                  null,
                  null,
                  List.of("C", "A"),
                  random.nextBoolean() ? "C" : null)
              : schema;
      case ARRAY -> Schema.createArray(evolved(schema.getElementType()));
      case MAP -> Schema.createMap(evolved(schema.getValueType()));
      case RECORD -> reader(schema);
      default -> schema;
    };
  }

  private Schema one(Schema.Type... types) {
    return Schema.create(types[random.nextInt(types.length)]);
  }

  public int[] projection(int columns) {
    List<Integer> indexes = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      if (random.nextInt(3) > 0) {
        indexes.add(i);
      }
    }
    Collections.shuffle(indexes, random);
    return indexes.stream().mapToInt(Integer::intValue).toArray();
  }

  public Object value(Schema schema) {
    switch (schema.getType()) {
      case UNION:
        return value(schema.getTypes().get(random.nextInt(schema.getTypes().size())));
      case NULL:
        return null;
      case BOOLEAN:
        return random.nextBoolean();
      case INT:
        return rows.value(DataType.INT.withNullable(false)) instanceof Integer i
                && schema.getLogicalType() == null
            ? i
            : random.nextInt(1_000_000);
      case LONG:
        if (schema.getLogicalType() == null) {
          return rows.value(DataType.BIGINT.withNullable(false));
        }
        long positive = random.nextInt(Integer.MAX_VALUE) * (long) (1 + random.nextInt(40));
        boolean time = schema.getLogicalType() instanceof LogicalTypes.TimeMicros;
        return time || random.nextBoolean() ? positive : -positive;
      case FLOAT:
        return random.nextFloat();
      case DOUBLE:
        return random.nextGaussian();
      case STRING:
        return rows.text();
      case BYTES:
        return ByteBuffer.wrap(
            schema.getLogicalType() == null
                ? rows.text().getBytes(StandardCharsets.UTF_8)
                : BigInteger.valueOf(random.nextLong()).toByteArray());
      case ENUM:
        return new GenericData.EnumSymbol(schema, schema.getEnumSymbols().get(random.nextInt(3)));
      case FIXED:
        byte[] fixed = new byte[schema.getFixedSize()];
        random.nextBytes(fixed);
        if (schema.getLogicalType() != null) {
          fixed[0] = fixed[1] = (byte) (fixed[2] >> 7);
        }
        return new GenericData.Fixed(schema, fixed);
      case ARRAY:
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(20); i > 0; i--) {
          list.add(value(schema.getElementType()));
        }
        return list;
      case MAP:
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put(rows.text() + i, value(schema.getValueType()));
        }
        return map;
      case RECORD:
        GenericData.Record record = new GenericData.Record(schema);
        schema.getFields().forEach(field -> record.put(field.pos(), value(field.schema())));
        return record;
    }
    throw new IllegalArgumentException(schema.toString());
  }
}
