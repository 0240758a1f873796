package io.millrace.format.avro;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RandomRows;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.AvroTypeException;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

/** Apache Avro's own reader and writer are the truth; a failure names the seed that repeats it. */
class AvroOracleTest {
  private static final int CASES = 4_000;

  @Test
  void rowsWeWriteAreReadByAvroAndAreTheBytesAvroWrites() throws Exception {
    for (long seed = 0; seed < CASES; seed++) {
      RandomRows rows = new RandomRows(seed);
      RowSchema schema = rows.schema(true);
      Schema contract =
          AvroContracts.valueSchema(new Name("public", "orders"), schema, Optional.empty());
      Formats formats = new Formats(id -> contract);
      Object[] row = rows.row(schema);
      ByteSink out = new ByteSink();
      formats.encoder("avro", Map.of(), schema, 7).encode(new ObjectRow(schema).set(row), out);

      byte[] bytes = out.toByteArray();
      Object read = read(bytes, contract, contract);
      assertThat(RandomRows.comparable(door(read, contract)))
          .as("seed %d", seed)
          .isEqualTo(RandomRows.comparable(map(row, schema)));
      if (!contract.toString().contains("map")) { // Avro's maps have no order
        assertThat(write(read, contract, false, 7)).as("seed %d", seed).isEqualTo(bytes);
      }
      assertThat(decode(formats, schema, all(schema), -1, bytes))
          .as("seed %d", seed)
          .isEqualTo(RandomRows.comparable(row));
    }
  }

  @Test
  void recordsOfAnyWriterAreResolvedToTheReaderAsAvroDoes() throws Exception {
    int refused = 0;
    int read = 0;
    for (long seed = 0; seed < CASES; seed++) {
      Evolution evolution = new Evolution(seed);
      Schema writer = evolution.writer();
      Schema reader = evolution.reader(writer);
      RowSchema schema = AvroContracts.rowSchema(reader, List.of());
      Formats formats = new Formats(id -> id == 1 ? writer : reader);
      byte[] bytes = write(evolution.value(writer), writer, evolution.random.nextBoolean(), 1);
      int[] projection = evolution.projection(schema.size());
      Object expected;
      try {
        IndexedRecord record = (IndexedRecord) read(bytes, writer, reader);
        List<Object> values = new ArrayList<>();
        for (int column : projection) {
          Schema.Field field = reader.getFields().get(column);
          values.add(door(record.get(field.pos()), field.schema()));
        }
        expected = RandomRows.comparable(values);
        read++;
      } catch (AvroTypeException e) {
        refused++;
        // A column not asked for is not looked at, so only a whole row must fail as Avro's does.
        assertThat(failure(formats, schema, bytes)).as("seed %d", seed).isNotNull();
        continue;
      }
      assertThat(decode(formats, schema, projection, 2, bytes))
          .as("seed %d: %s read as %s", seed, writer, reader)
          .isEqualTo(expected);
    }
    assertThat(read).isGreaterThan(CASES / 2);
    assertThat(refused).isGreaterThan(10);
  }

  private static DecodeException failure(Formats formats, RowSchema schema, byte[] bytes) {
    try {
      formats
          .decoder("avro", Map.of(), schema, all(schema), 2)
          .decode(bytes, 0, bytes.length, new ObjectWriter(schema, row -> {}));
      return null;
    } catch (DecodeException e) {
      return e;
    }
  }

  private static int[] all(RowSchema schema) {
    int[] all = new int[schema.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
    }
    return all;
  }

  private static Object decode(
      Formats formats, RowSchema schema, int[] projection, int readerId, byte[] bytes)
      throws DecodeException {
    List<Object[]> rows = new ArrayList<>();
    // An offset, so that positions are not mistaken for indexes.
    byte[] shifted = new byte[bytes.length + 5];
    System.arraycopy(bytes, 0, shifted, 3, bytes.length);
    int count =
        formats
            .decoder("avro", Map.of(), schema, projection, readerId)
            .decode(
                shifted, 3, bytes.length, new ObjectWriter(schema.project(projection), rows::add));
    assertThat(count).isEqualTo(1);
    return RandomRows.comparable(rows.get(0));
  }

  private static byte[] write(Object value, Schema schema, boolean blocking, int id)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(new byte[] {0, 0, 0, 0, (byte) id});
    EncoderFactory factory = new EncoderFactory().configureBlockSize(64);
    BinaryEncoder encoder =
        blocking
            ? factory.blockingBinaryEncoder(bytes, null)
            : EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(value, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private static Object read(byte[] bytes, Schema writer, Schema reader) throws IOException {
    // From a stream: over an array Avro 1.12.2 checks lists against the reader's element size, and
    // so refuses short lists of int or float that are read as double.
    InputStream in =
        new SequenceInputStream(
            new ByteArrayInputStream(bytes, 5, bytes.length - 5), InputStream.nullInputStream());
    return new GenericDatumReader<>(writer, reader)
        .read(null, DecoderFactory.get().directBinaryDecoder(in, null));
  }

  private static Map<String, Object> map(Object[] row, RowSchema schema) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < row.length; i++) {
      map.put(schema.column(i).name(), row[i]);
    }
    return map;
  }

  /** Avro's generic value as a door value. */
  private static Object door(Object value, Schema given) {
    if (value == null) {
      return null;
    }
    Schema schema =
        given.getType() == Schema.Type.UNION
            ? given.getTypes().get(GenericData.get().resolveUnion(given, value))
            : given;
    String logical = schema.getLogicalType() == null ? "" : schema.getLogicalType().getName();
    return switch (schema.getType()) {
      case INT ->
          logical.equals("date")
              ? LocalDate.ofEpochDay((int) value)
              : logical.equals("time-millis")
                  ? LocalTime.ofNanoOfDay((int) value * 1_000_000L)
                  : value;
      case LONG ->
          switch (logical) {
            case "time-micros" -> LocalTime.ofNanoOfDay((long) value * 1000);
            case "timestamp-millis" -> Instant.ofEpochMilli((long) value);
            case "timestamp-micros" -> micros((long) value);
            case "local-timestamp-millis" ->
                LocalDateTime.ofInstant(Instant.ofEpochMilli((long) value), ZoneOffset.UTC);
            case "local-timestamp-micros" ->
                LocalDateTime.ofInstant(micros((long) value), ZoneOffset.UTC);
            default -> value;
          };
      case STRING -> value.toString();
      case ENUM -> ((GenericEnumSymbol<?>) value).toString();
      case BYTES -> decimal(array((ByteBuffer) value), schema);
      case FIXED -> decimal(((GenericFixed) value).bytes(), schema);
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        ((List<?>) value).forEach(item -> list.add(door(item, schema.getElementType())));
        yield list;
      }
      case MAP -> {
        Map<String, Object> map = new LinkedHashMap<>();
        ((Map<?, ?>) value)
            .forEach((key, item) -> map.put(key.toString(), door(item, schema.getValueType())));
        yield map;
      }
      case RECORD -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (Schema.Field field : schema.getFields()) {
          map.put(field.name(), door(((IndexedRecord) value).get(field.pos()), field.schema()));
        }
        yield map;
      }
      default -> value;
    };
  }

  private static Instant micros(long value) {
    return Instant.ofEpochSecond(
        Math.floorDiv(value, 1_000_000L), Math.floorMod(value, 1_000_000L) * 1000);
  }

  private static byte[] array(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static Object decimal(byte[] bytes, Schema schema) {
    return schema.getLogicalType() instanceof LogicalTypes.Decimal decimal
        ? new BigDecimal(new BigInteger(bytes), decimal.getScale())
        : bytes;
  }

  /** A writer's schema, a reader's that grew from it, and values, from a seed. */
  private static final class Evolution {
    final Random random;
    private final RandomRows rows;
    private int names;

    Evolution(long seed) {
      rows = new RandomRows(seed);
      random = rows.random();
    }

    Schema writer() {
      return record("Top", 3);
    }

    private Schema record(String name, int depth) {
      List<Schema.Field> fields = new ArrayList<>();
      for (int i = random.nextInt(7); i >= 0; i--) {
        fields.add(new Schema.Field("f" + names++, optional(plain(depth - 1))));
      }
      return Schema.createRecord(name, null, "test", false, fields);
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
      return switch (random.nextInt(depth > 0 ? 17 : 14)) {
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
            LogicalTypes.decimal(10, 2)
                .addToSchema(Schema.createFixed("D" + names++, null, null, 6));
        case 13 -> LogicalTypes.decimal(30, 5).addToSchema(Schema.create(Schema.Type.BYTES));
        case 14 -> Schema.createArray(optional(plain(depth - 1)));
        case 15 -> Schema.createMap(optional(plain(depth - 1)));
        default -> record("R" + names++, depth);
      };
    }

    Schema reader(Schema writer) {
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
                Schema.createUnion(
                    Schema.create(Schema.Type.NULL), Schema.create(Schema.Type.BYTES)),
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

    int[] projection(int columns) {
      List<Integer> indexes = new ArrayList<>();
      for (int i = 0; i < columns; i++) {
        if (random.nextInt(3) > 0) {
          indexes.add(i);
        }
      }
      Collections.shuffle(indexes, random);
      return indexes.stream().mapToInt(Integer::intValue).toArray();
    }

    Object value(Schema schema) {
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
          return schema.getLogicalType() == null
              ? rows.value(DataType.BIGINT.withNullable(false))
              : (long) random.nextInt();
        case FLOAT:
          return random.nextFloat();
        case DOUBLE:
          return random.nextGaussian();
        case STRING:
          return rows.text();
        case BYTES:
          return ByteBuffer.wrap(
              schema.getLogicalType() == null
                  ? rows.text().getBytes()
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

  @Test
  void columnsAreNotMixedUpByProjection() throws Exception {
    RowSchema schema =
        RowSchema.of(
            new Column("a", DataType.INT),
            new Column("b", DataType.STRING),
            new Column("c", DataType.BIGINT));
    Schema contract = AvroContracts.valueSchema(new Name("public", "t"), schema, Optional.empty());
    Formats formats = new Formats(id -> contract);
    ByteSink out = new ByteSink();
    formats
        .encoder("avro", Map.of(), schema, 1)
        .encode(new ObjectRow(schema).set(1, "two", 3L), out);
    assertThat(decode(formats, schema, new int[] {2, 0}, -1, out.toByteArray()))
        .isEqualTo(List.of(3L, 1));
    assertThat(decode(formats, schema, new int[] {}, -1, out.toByteArray())).isEqualTo(List.of());
  }
}
