package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
      RandomEvolution evolution = new RandomEvolution(seed);
      Schema writer = evolution.writer();
      Schema reader = evolution.reader(writer);
      RowSchema schema = AvroContracts.rowSchema(reader, List.of());
      Formats formats = new Formats(id -> id == 1 ? writer : reader);
      byte[] bytes = write(evolution.value(writer), writer, evolution.random().nextBoolean(), 1);
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
