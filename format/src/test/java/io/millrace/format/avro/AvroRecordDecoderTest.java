package io.millrace.format.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import io.millrace.registry.AvroContracts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvroRecordDecoderTest {
  private static Schema parse(String json) {
    return new Schema.Parser().parse(json.replace('\'', '"'));
  }

  private static Schema oneField(String type) {
    return parse("{'type':'record','name':'r','fields':[{'name':'c','type':" + type + "}]}");
  }

  private static byte[] bytes(Schema schema, Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 0, 0, 0, 1});
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new GenericDatumWriter<>(schema).write(value, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static Object[] decode(Schema writer, RowSchema schema, byte[] bytes)
      throws DecodeException {
    List<Object[]> rows = new ArrayList<>();
    int[] all = new int[schema.size()];
    Arrays.setAll(all, i -> i);
    new Formats(id -> writer)
        .decoder("avro", Map.of(), schema, all)
        .decode(bytes, 0, bytes.length, new ObjectWriter(schema, rows::add));
    return rows.get(0);
  }

  private static Object convert(String avroType, Object value, String columnType)
      throws DecodeException {
    Schema writer = oneField(avroType);
    RowSchema schema = RowSchema.of(new Column("c", TypeParser.parse(columnType)));
    return decode(
        writer, schema, bytes(writer, new GenericRecordBuilder(writer).set("c", value).build()))[0];
  }

  private static DecodeException refusal(String avroType, Object value, String columnType) {
    try {
      throw new AssertionError("was read: " + convert(avroType, value, columnType));
    } catch (DecodeException e) {
      return e;
    }
  }

  private static byte[] hex(String text) {
    return java.util.HexFormat.of().parseHex(text.replace(" ", ""));
  }

  @Test
  void unitsOfTimeAreConverted() throws Exception {
    String millis = "{'type':'long','logicalType':'timestamp-millis'}";
    String micros = "{'type':'long','logicalType':'timestamp-micros'}";
    String nanos = "{'type':'long','logicalType':'local-timestamp-nanos'}";
    assertThat(convert(millis, -1L, "TIMESTAMP_LTZ(6)")).isEqualTo(Instant.ofEpochMilli(-1));
    assertThat(convert(micros, -1L, "TIMESTAMP_LTZ(3)")).isEqualTo(Instant.ofEpochMilli(-1));
    assertThat(convert(nanos, 1_999L, "TIMESTAMP(6)"))
        .isEqualTo(LocalDateTime.parse("1970-01-01T00:00:00.000001"));
    assertThat(convert(millis, 5L, "TIMESTAMP(3)"))
        .isEqualTo(LocalDateTime.parse("1970-01-01T00:00:00.005"));
    assertThat(convert("'long'", 5L, "TIMESTAMP(6)"))
        .isEqualTo(LocalDateTime.parse("1970-01-01T00:00:00.000005"));
    assertThat(convert("{'type':'int','logicalType':'time-millis'}", 1, "TIME(6)"))
        .isEqualTo(LocalTime.ofNanoOfDay(1_000_000));
    assertThat(convert("{'type':'long','logicalType':'time-micros'}", 1_001L, "TIME(3)"))
        .isEqualTo(LocalTime.ofNanoOfDay(1_000_000));
    assertThat(convert("{'type':'int','logicalType':'date'}", -1, "DATE"))
        .isEqualTo(LocalDate.of(1969, 12, 31));
    assertThat(refusal(millis, Long.MAX_VALUE, "TIMESTAMP_LTZ(6)"))
        .hasMessageStartingWith("Cannot read column c as TIMESTAMP_LTZ(6): out of range");
    assertThat(refusal("{'type':'int','logicalType':'time-millis'}", 86_400_000, "TIME(3)"))
        .hasMessageContaining("no time of day: 86400000");
    assertThat(refusal("{'type':'int','logicalType':'date'}", 1, "TIMESTAMP(3)"))
        .hasMessageContaining("its contract says int/date");
  }

  @Test
  void decimalsAreRescaledExactlyOrRefused() throws Exception {
    String decimal = "{'type':'bytes','logicalType':'decimal','precision':38,'scale':4}";
    ByteBuffer value = ByteBuffer.wrap(BigInteger.valueOf(-12_500).toByteArray());
    assertThat(convert(decimal, value, "DECIMAL(10, 2)")).isEqualTo(new BigDecimal("-1.25"));
    assertThat(convert(decimal, value, "DECIMAL(38, 30)"))
        .isEqualTo(new BigDecimal("-1.25").setScale(30));
    assertThat(refusal(decimal, value, "DECIMAL(10, 1)"))
        .hasMessageContaining("not exact at scale 1");
    assertThat(
            refusal(
                decimal, ByteBuffer.wrap(BigInteger.TEN.pow(20).toByteArray()), "DECIMAL(10, 2)"))
        .hasMessageContaining("out of range for its precision");
    BigInteger large = BigInteger.TEN.pow(38).subtract(BigInteger.valueOf(10_000));
    assertThat(convert(decimal, ByteBuffer.wrap(large.toByteArray()), "DECIMAL(35, 0)"))
        .isEqualTo(new BigDecimal(large, 4).setScale(0));
    assertThat(refusal(decimal, ByteBuffer.allocate(0), "DECIMAL(10, 2)"))
        .hasMessageContaining("no bytes");
    assertThat(
            refusal(
                decimal, ByteBuffer.wrap(BigInteger.TEN.pow(50).toByteArray()), "DECIMAL(38, 4)"))
        .hasMessageContaining("over 38 digits");
  }

  @Test
  void unionsOfManyBranchesAreResolvedPerBranch() throws Exception {
    String union = "['int','null','string','double',{'type':'array','items':'int'}]";
    assertThat(convert(union, 5, "DOUBLE")).isEqualTo(5.0);
    assertThat(convert(union, 1.5, "DOUBLE")).isEqualTo(1.5);
    assertThat(convert(union, null, "DOUBLE")).isNull();
    assertThat(refusal(union, "x", "DOUBLE")).hasMessageContaining("its contract says string");
    assertThat(refusal(union, null, "DOUBLE NOT NULL"))
        .hasMessage("Cannot read column c as DOUBLE: NULL in a NOT NULL column (byte 6)");
    Schema either =
        parse(
            "[{'type':'record','name':'a','fields':[{'name':'c','type':'int'}]},"
                + "{'type':'record','name':'b','fields':[{'name':'C','type':'long'}]}]");
    RowSchema schema = RowSchema.of(new Column("c", DataType.BIGINT));
    GenericData.Record second =
        new GenericRecordBuilder(either.getTypes().get(1)).set("C", 9L).build();
    assertThat(decode(either, schema, bytes(either, second))).containsExactly(9L);
  }

  @Test
  void enumsFixedAndUuidsAreReadAsTheTypesTableSays() throws Exception {
    Schema uuid = parse("{'type':'fixed','name':'u','size':16,'logicalType':'uuid'}");
    byte[] sixteen = new byte[16];
    for (int i = 0; i < 16; i++) {
      sixteen[i] = (byte) (i * 17);
    }
    assertThat(convert(uuid.toString(), new GenericData.Fixed(uuid, sixteen), "STRING"))
        .isEqualTo("00112233-4455-6677-8899-aabbccddeeff");
    assertThat(convert(uuid.toString(), new GenericData.Fixed(uuid, sixteen), "BYTES"))
        .isEqualTo(sixteen);
    assertThat(convert("{'type':'string','logicalType':'uuid'}", "x", "STRING")).isEqualTo("x");
    Schema colours = parse("{'type':'enum','name':'e','symbols':['RED','BLUE']}");
    assertThat(convert(colours.toString(), new GenericData.EnumSymbol(colours, "BLUE"), "STRING"))
        .isEqualTo("BLUE");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "01 00 00 00 01 02 | does not start with a zero byte and a four-byte schema id | 0",
        "00 00 00 01 | does not start with a zero byte and a four-byte schema id | 0",
        "00 00 00 00 02 02 61 | the registry has no schema of id 2 | 1",
        "00 00 00 00 01 02 61 00 | 1 bytes left over | 7",
        "00 00 00 00 01 04 61 | a length of 2 with 1 bytes left | 6",
        "00 00 00 00 01 01 | a length of -1 with 0 bytes left | 6",
        "00 00 00 00 01 FE FF FF FF FF FF FF FF FF 01 | a length of 9223372036854775807 with 0 bytes left | 15",
        "00 00 00 00 01 FF FF FF FF FF FF FF FF FF FF | a number of over 64 bits | 15",
        "00 00 00 00 01 02 FF | not UTF-8 | 6",
        "00 00 00 00 01 | ends inside a number | 5",
      })
  void brokenBytesAreRefusedWithTheirPlace(String hex, String reason, long position) {
    Schema writer = oneField("'string'");
    Formats formats =
        new Formats(
            id -> {
              if (id == 1) {
                return writer;
              }
              throw new MillraceException(ErrorCode.CONTRACT_NOT_FOUND, "Cannot find " + id);
            });
    RowSchema schema = RowSchema.of(new Column("c", DataType.STRING));
    byte[] record = hex("01 " + hex);
    assertThatThrownBy(
            () ->
                formats
                    .decoder("avro", Map.of(), schema, new int[] {0})
                    .decode(record, 1, record.length - 1, new ObjectWriter(schema, row -> {})))
        .isInstanceOfSatisfying(
            DecodeException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.position()).isEqualTo(position);
            });
  }

  @Test
  void unreachableRegistryIsNotAFaultOfTheRecord() {
    Formats formats =
        new Formats(
            id -> {
              throw new MillraceException(ErrorCode.REGISTRY_UNAVAILABLE, "Cannot reach it");
            });
    RowSchema schema = RowSchema.of(new Column("c", DataType.STRING));
    assertThatThrownBy(
            () ->
                formats
                    .decoder("avro", Map.of(), schema, new int[] {0})
                    .decode(new byte[] {0, 0, 0, 0, 1, 0}, 0, 6, new ObjectWriter(schema, r -> {})))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE));
  }

  @Test
  void itemsThatTakeNoBytesAndEndlessNestingAreLimited() {
    Schema nulls =
        parse(
            "{'type':'record','name':'r','fields':[{'name':'n','type':{'type':'array','items':'null'}},{'name':'c','type':'int'}]}");
    RowSchema schema = RowSchema.of(new Column("c", DataType.INT));
    byte[] many = hex("00 00 00 00 01 FE FF FF FF FF FF FF FF FF 01 00 02");
    assertThatThrownBy(() -> decode(nulls, schema, many))
        .hasMessageContaining("more than 65536 items that take no bytes");

    Schema nested =
        parse(
            "{'type':'record','name':'r','fields':[{'name':'c','type':'int'},"
                + "{'name':'next','type':['null','r']}]}");
    byte[] deep = new byte[100_000];
    Arrays.fill(deep, (byte) 2);
    Arrays.fill(deep, 0, 4, (byte) 0);
    deep[4] = 1;
    assertThatThrownBy(() -> decode(nested, schema, deep)).hasMessageContaining("nested deeper");
  }

  @Test
  void keysGivenTwiceAreRefusedInEachMapOfItsOwn() throws Exception {
    Schema writer = oneField("{'type':'map','values':{'type':'map','values':'int'}}");
    RowSchema schema =
        RowSchema.of(new Column("c", TypeParser.parse("MAP<STRING, MAP<STRING, INT>>")));
    // {a: {a: 1, b: 2}, b: {a: 3}}
    String inner = "04 02 61 02 02 62 04 00";
    assertThat(
            decode(
                writer,
                schema,
                hex("00 00 00 00 01 04 02 61 " + inner + " 02 62 02 02 61 06 00 00")))
        .containsExactly(Map.of("a", Map.of("a", 1, "b", 2), "b", Map.of("a", 3)));
    assertThatThrownBy(
            () ->
                decode(
                    writer,
                    schema,
                    hex("00 00 00 00 01 04 02 61 " + inner + " 02 61 02 02 61 06 00 00")))
        .hasMessage(
            "Cannot read column c as MAP<STRING, MAP<STRING, INT>>: a key of the map is given twice"
                + " (byte 17)");
  }

  /** Avro's own reader takes such a block for the end of the file and drops what is behind it. */
  @Test
  void filesWithABlockOfNoRowsAreRefused() throws Exception {
    Schema writer = SchemaBuilder.record("r").fields().requiredInt("c").endRecord();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] sync = new byte[16];
    try (DataFileWriter<Object> file = new DataFileWriter<>(new GenericDatumWriter<>(writer))) {
      file.create(writer, out, sync);
    }
    out.writeBytes(hex("00 00"));
    out.writeBytes(sync);
    out.writeBytes(hex("02 02 0E"));
    out.writeBytes(sync);
    RowSchema schema = RowSchema.of(new Column("c", DataType.INT));
    FileDecoder decoder = new Formats(id -> null).fileDecoder("avro", Map.of(), schema);
    assertThatThrownBy(
            () ->
                decoder.decode(
                    new ByteArrayInputStream(out.toByteArray()),
                    new ObjectWriter(schema, row -> {}),
                    null))
        .isInstanceOf(MillraceException.class)
        .hasMessage("Failed to read the Avro file: a block of 0 rows in the framing");
  }

  @Test
  void fieldsOfARecordThatContainsItselfArePassedOver() throws Exception {
    Schema nested =
        parse(
            "{'type':'record','name':'r','fields':[{'name':'next','type':['null','r']},"
                + "{'name':'many','type':{'type':'map','values':'r'}},{'name':'c','type':'int'}]}");
    GenericData.Record inner =
        new GenericRecordBuilder(nested)
            .set("next", null)
            .set("many", Map.of())
            .set("c", 1)
            .build();
    GenericData.Record outer =
        new GenericRecordBuilder(nested)
            .set("next", inner)
            .set("many", Map.of("a", inner, "b", inner))
            .set("c", 2)
            .build();
    RowSchema schema = RowSchema.of(new Column("c", DataType.INT));
    assertThat(decode(nested, schema, bytes(nested, outer))).containsExactly(2);
  }

  @Test
  void missingFieldOfANotNullColumnIsRefusedByName() {
    Schema writer = oneField("'int'");
    RowSchema schema =
        RowSchema.of(
            new Column("c", DataType.INT), new Column("d", DataType.INT.withNullable(false)));
    assertThatThrownBy(
            () ->
                decode(
                    writer,
                    schema,
                    bytes(writer, new GenericRecordBuilder(writer).set("c", 1).build())))
        .hasMessage(
            "Cannot read column d as INT: the writer's contract has no such field and it is NOT"
                + " NULL (byte 6)");
  }

  @Test
  void keysAreThePrimitiveOrARecordAndOnlyKeyColumnsAreSet() throws Exception {
    RowSchema one =
        new RowSchema(
            List.of(new Column("v", DataType.STRING), new Column("id", DataType.BIGINT)),
            List.of("id"));
    RowSchema two = new RowSchema(one.columns(), List.of("id", "v"));
    for (RowSchema schema : List.of(one, two)) {
      Schema key = AvroContracts.keySchema(schema);
      Formats formats = new Formats(id -> key);
      ByteSink out = new ByteSink();
      formats.keyEncoder(schema, 3).encode(new ObjectRow(schema).set("x", 5L), out);
      List<Object[]> rows = new ArrayList<>();
      formats
          .keyDecoder(schema, new int[] {1, 0})
          .decode(
              out.array(),
              0,
              out.length(),
              new ObjectWriter(schema.project(new int[] {1, 0}), rows::add));
      assertThat(rows.get(0)).containsExactly(5L, schema == one ? null : "x");
    }
    assertThat(AvroContracts.keySchema(one).getType()).isEqualTo(Schema.Type.LONG);
    assertThatThrownBy(
            () ->
                new Formats(id -> AvroContracts.keySchema(one))
                    .keyEncoder(one, 1)
                    .encode(new ObjectRow(one).set("x", null), new ByteSink()))
        .hasMessage("Cannot write column id as BIGINT: NULL in a NOT NULL column");
  }

  @Test
  void contractsOfOthersAreWrittenByTheirOwnTypes() throws Exception {
    Schema contract =
        parse(
            "{'type':'record','name':'r','fields':["
                + "{'name':'e','type':{'type':'enum','name':'e1','symbols':['A','B']}},"
                + "{'name':'f','type':['string',{'type':'fixed','name':'f1','size':2},'null']},"
                + "{'name':'d','type':{'type':'fixed','name':'d1','size':4,'logicalType':'decimal','precision':9,'scale':3}},"
                + "{'name':'t','type':{'type':'long','logicalType':'timestamp-micros'}},"
                + "{'name':'x','type':'int','default':7}]}");
    RowSchema schema =
        RowSchema.of(
            new Column("t", DataType.timestampLtz(3)),
            new Column("d", DataType.decimal(9, 2)),
            new Column("f", DataType.BYTES),
            new Column("e", DataType.STRING));
    Formats formats = new Formats(id -> contract);
    ByteSink out = new ByteSink();
    Object[] row = {Instant.ofEpochMilli(5), new BigDecimal("-1.50"), new byte[] {1, 2}, "B"};
    formats.encoder("avro", Map.of(), schema, 1).encode(new ObjectRow(schema).set(row), out);
    assertThat(decode(contract, schema, out.toByteArray())).isEqualTo(row);
    row[3] = "C";
    assertThatThrownBy(
            () ->
                formats
                    .encoder("avro", Map.of(), schema, 1)
                    .encode(new ObjectRow(schema).set(row), out))
        .hasMessage("Cannot write column e as STRING: the contract's enum has no symbol 'C'");
    RowSchema more = RowSchema.of(new Column("unknown", DataType.INT));
    assertThatThrownBy(() -> formats.encoder("avro", Map.of(), more, 1))
        .hasMessage(
            "Cannot write column unknown by its contract: the contract has no field for it");
  }

  @Test
  void containerFilesAreReadAndARefusedRowCostsOnlyItself() throws Exception {
    Schema writer =
        SchemaBuilder.record("r").fields().requiredString("s").optionalInt("c").endRecord();
    for (CodecFactory codec : List.of(CodecFactory.nullCodec(), CodecFactory.deflateCodec(6))) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (DataFileWriter<Object> file =
          new DataFileWriter<>(new GenericDatumWriter<>(writer))
              .setCodec(codec)
              .setSyncInterval(64)) {
        file.create(writer, out);
        for (int i = 1; i <= 100; i++) {
          file.append(
              new GenericRecordBuilder(writer)
                  .set("s", "row " + i)
                  .set("c", i % 10 == 0 ? null : i)
                  .build());
        }
      }
      RowSchema schema = RowSchema.of(new Column("c", DataType.INT.withNullable(false)));
      List<Integer> values = new ArrayList<>();
      List<Long> refused = new ArrayList<>();
      new Formats(id -> null)
          .fileDecoder("avro", Map.of(), schema)
          .decode(
              new ByteArrayInputStream(out.toByteArray()),
              new ObjectWriter(schema, row -> values.add((Integer) row[0])),
              new FileDecoder.FileRows() {
                @Override
                public void accepted(long row) {
                  assertThat(values).endsWith((int) row);
                }

                @Override
                public void refused(long row, byte[] bytes, DecodeException why) {
                  refused.add(row);
                }
              });
      assertThat(values).hasSize(90);
      assertThat(refused).containsExactly(10L, 20L, 30L, 40L, 50L, 60L, 70L, 80L, 90L, 100L);
    }
  }

  @Test
  @Timeout(60)
  void brokenContainerFilesAreRefusedWithoutLargeAllocations() throws Exception {
    Schema writer =
        SchemaBuilder.record("r").fields().requiredString("s").optionalInt("c").endRecord();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DataFileWriter<Object> file =
        new DataFileWriter<>(new GenericDatumWriter<>(writer)).setSyncInterval(64)) {
      file.create(writer, out);
      for (int i = 0; i < 30; i++) {
        file.append(new GenericRecordBuilder(writer).set("s", "row " + i).set("c", i).build());
      }
    }
    RowSchema schema =
        RowSchema.of(new Column("c", DataType.INT), new Column("s", DataType.STRING));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Random random = new Random(6);
    int failed = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = out.toByteArray();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bytes[4 + random.nextInt(bytes.length - 4)] = (byte) random.nextInt();
      }
      if (i == 0) {
        bytes = Arrays.copyOf(out.toByteArray(), out.size() + 12);
        System.arraycopy(hex("02 FE FF FF FF 0F"), 0, bytes, out.size(), 6);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        new Formats(id -> null)
            .fileDecoder("avro", Map.of(), schema)
            .decode(
                new ByteArrayInputStream(bytes),
                new ObjectWriter(schema, row -> {}),
                new FileDecoder.FileRows() {
                  @Override
                  public void accepted(long row) {
                    assertThat(row).isPositive();
                  }

                  @Override
                  public void refused(long row, byte[] of, DecodeException why) {
                    assertThat(why.reason()).isNotEmpty();
                  }
                });
      } catch (MillraceException e) {
        failed++;
        assertThat(e.code()).isEqualTo(ErrorCode.ROW_REFUSED);
      }
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(80L << 20);
    }
    assertThat(failed).isGreaterThan(100);
  }
}
