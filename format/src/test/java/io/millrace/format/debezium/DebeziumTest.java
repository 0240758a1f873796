package io.millrace.format.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.format.DecodeException;
import io.millrace.format.Formats;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DebeziumTest {
  private static final String UNAVAILABLE = "__debezium_unavailable_value";
  private static final String SOURCE = "'source':{'ts_ms':1700000000123,'lsn':77}";

  private static DataType row(String... columns) {
    List<Column> fields = new ArrayList<>();
    for (String column : columns) {
      String[] parts = column.split(" ", 2);
      fields.add(new Column(parts[0], TypeParser.parse(parts[1])));
    }
    return new DataType.Row(fields, true);
  }

  private static RowSchema changes(DataType row) {
    return RowSchema.of(
        new Column("op", DataType.STRING.withNullable(false)),
        new Column("before", row),
        new Column("after", row),
        new Column("source_time", DataType.timestampLtz(6).withNullable(false)),
        new Column("source_position", DataType.BIGINT));
  }

  /** Reads with the columns of a row, and perhaps with modes. */
  private static final class Reader {
    private final RowSchema schema;
    private final RecordDecoder decoder;
    private final List<Object[]> rows = new ArrayList<>();
    private final int[] projection;

    Reader(Schema writer, Map<String, String> modes, int[] projection, String... columns) {
      schema = changes(row(columns));
      this.projection = projection;
      decoder = new Formats(id -> writer).decoder("debezium", modes, schema, projection);
    }

    Reader(String... columns) {
      this(null, Map.of(), IntStream.range(0, 5).toArray(), columns);
    }

    int read(byte[] bytes) throws DecodeException {
      byte[] padded = new byte[bytes.length + 6];
      System.arraycopy(bytes, 0, padded, 3, bytes.length);
      return decoder.decode(
          padded, 3, bytes.length, new ObjectWriter(schema.project(projection), rows::add));
    }

    int read(String json) throws DecodeException {
      return read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    Object[] change(String json) throws DecodeException {
      rows.clear();
      assertThat(read(json)).isEqualTo(1);
      return rows.get(0);
    }

    DecodeException refusal(String json) {
      rows.clear();
      try {
        read(json);
      } catch (DecodeException e) {
        assertThat(rows).isEmpty();
        return e;
      }
      throw new AssertionError("was read: " + json);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> fields(Object row) {
    return (Map<String, Object>) row;
  }

  private static Object after(Reader reader, String value) throws DecodeException {
    Object[] change =
        reader.change("{'before':null,'after':{'c':" + value + "}," + SOURCE + ",'op':'c'}");
    return fields(change[2]).get("c");
  }

  private static Object after(String type, String value) throws DecodeException {
    return after(new Reader("c " + type), value);
  }

  private static Object after(String type, Map<String, String> modes, String value)
      throws DecodeException {
    return after(new Reader(null, modes, IntStream.range(0, 5).toArray(), "c " + type), value);
  }

  /** With a schema of Kafka Connect's before the payload. */
  private static Object told(String type, String schema, String value) throws DecodeException {
    return fields(new Reader("c " + type).change(wrapped(schema, value))[2]).get("c");
  }

  private static String wrapped(String schema, String value) {
    return "{'schema':"
        + schemaOf(schema)
        + ",'payload':{'before':null,'after':{'c':"
        + value
        + "},"
        + SOURCE
        + ",'op':'c'}}";
  }

  private static String schemaOf(String schema) {
    String row = "{'type':'struct','fields':[{'field':'c'," + schema + "}],'field':'";
    return "{'type':'struct','fields':["
        + row
        + "before'},"
        + row
        + "after'},{'type':'string','field':'op'}],'name':'x.Envelope'}";
  }

  @Test
  void aChangeIsReadWithItsTimeAndPlace() throws Exception {
    Reader reader = new Reader("id INT", "name STRING");
    Object[] change =
        reader.change(
            "{'before':{'id':1,'name':'Ada'},'after':{'id':1,'name':'Bob','more':[{}]},'source':"
                + "{'version':'3.5','connector':'postgresql','ts_ms':1700000000123,'ts_us':"
                + "1700000000123456,'ts_ns':1700000000123456789,'schema':'s','lsn':42,'xmin':null}"
                + ",'transaction':null,'op':'u','ts_ms':5,'ts_us':5000}");
    assertThat(change[0]).isEqualTo("u");
    assertThat(fields(change[1])).containsEntry("id", 1).containsEntry("name", "Ada");
    assertThat(fields(change[2])).containsEntry("id", 1).containsEntry("name", "Bob");
    assertThat(change[3]).isEqualTo(Instant.parse("2023-11-14T22:13:20.123456Z"));
    assertThat(change[4]).isEqualTo(42L);
  }

  @Test
  void placesRiseInBinaryLogsAndAreTheTopicsWhereTheSourceHasNone() throws Exception {
    Reader reader = new Reader("id INT");
    String event = "{'after':{'id':1},'op':'c','source':{'ts_ms':1,%s}}";
    List<Long> places = new ArrayList<>();
    for (String place :
        List.of(
            "'file':'bin.000009','pos':4294967295,'row':0",
            "'file':'bin.000010','pos':4,'row':0",
            "'file':'bin.000010','pos':4,'row':1",
            "'file':'bin.000010','pos':200,'row':0")) {
      places.add((Long) reader.change(event.formatted(place))[4]);
    }
    assertThat(places).isSorted().doesNotHaveDuplicates();
    reader.decoder.at(17);
    for (String place :
        List.of("'change_lsn':'0:1:2'", "'file':'none','pos':4", "'lsn':null", "'lsn':'x'")) {
      assertThat(reader.change(event.formatted(place))[4]).isEqualTo(17L);
    }
  }

  @Test
  void timeIsWhenItWasToldWhereTheSourceSaysNothing() throws Exception {
    Reader reader = new Reader("id INT");
    String event = "{'after':{'id':1},'op':'r',%s'ts_ms':1000}";
    for (String source : List.of("", "'source':null,", "'source':{'ts_ms':0,'lsn':1},")) {
      assertThat(reader.change(event.formatted(source))[3]).isEqualTo(Instant.ofEpochSecond(1));
    }
    DecodeException e = reader.refusal("{'after':{'id':1},'op':'c'}");
    assertThat(e.field()).isEqualTo("source");
  }

  @Test
  void messagesAreNoRowsAndTruncatesAreRefused() throws Exception {
    Reader reader = new Reader("id INT");
    assertThat(reader.read("{'op':'m','ts_ms':1,'message':{'prefix':'p'}}")).isZero();
    assertThat(reader.decoder.skipped()).isEqualTo(1);
    assertThat(reader.decoder.skipsEmpty()).isTrue();
    DecodeException truncate =
        reader.refusal("{'before':null,'after':null," + SOURCE + ",'op':'t'}");
    assertThat(truncate.field()).isEqualTo("op");
    assertThat(truncate.reason()).contains("TRUNCATE");
    assertThat(reader.refusal("{'op':'x'," + SOURCE + "}").field()).isEqualTo("op");
    assertThat(reader.refusal("{'op':'create'," + SOURCE + "}").field()).isEqualTo("op");
    assertThat(reader.refusal("{'id':1,'name':'Ada'}")).hasMessageContaining("unwrapped");
    assertThat(reader.refusal("[1]")).hasMessageContaining("not a JSON object");
    assertThat(reader.refusal("{'op':'c'")).hasMessageContaining("not JSON");
    assertThat(reader.refusal("{'op':'c'} 1")).hasMessageContaining("text after");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "INT | 7 | 7",
        "BIGINT | 9223372036854775807 | 9223372036854775807",
        "BOOLEAN | 1 | true",
        "BOOLEAN | true | true",
        "DOUBLE | 1.5 | 1.5",
        "DOUBLE | 'NaN' | NaN",
        "STRING | 12 | 12",
        "STRING | true | true",
        "DATE | 20541 | 2026-03-29",
        "DATE | '2026-03-29Z' | 2026-03-29",
        "TIMESTAMP(3) | 1774751400123 | 2026-03-29T02:30:00.123",
        "TIMESTAMP(6) | 1774751400123456 | 2026-03-29T02:30:00.123456",
        "TIMESTAMP(6) | '2026-03-29T02:30:00.123456Z' | 2026-03-29T02:30:00.123456",
        "TIMESTAMP_LTZ(6) | '2026-03-29T04:30:00.123456+02:00' | 2026-03-29T02:30:00.123456Z",
        "TIME(3) | '12:34:56.789Z' | 12:34:56.789",
        "DECIMAL(5, 2) | 'AfQ=' | 5.00",
        "DECIMAL(5, 2) | 12.5 | 12.50",
        "DECIMAL(20, 0) | 18446744073709551615 | 18446744073709551615",
        "DECIMAL(9, 3) | {'scale':1,'value':'AfQ='} | 50.000",
        "STRING | {'scale':1,'value':'AfQ='} | 50.0",
        "ARRAY<INT> | [1,null,3] | [1, null, 3]",
        "MAP<STRING, STRING> | {'a':'b','c':null} | {a=b, c=null}",
        "ROW<x DOUBLE, w BYTES> | {'x':1.5,'srid':null} | {x=1.5, w=null}",
      })
  void valuesWithoutASchemaAreWhatTheColumnSays(String type, String json, String expected)
      throws Exception {
    assertThat(String.valueOf(after(type, json))).isEqualTo(expected);
  }

  @Test
  void modesSayWhatThereIsNoSchemaFor() throws Exception {
    Map<String, String> texts = Map.of("decimal.handling.mode", "string");
    assertThat(after("DECIMAL(9, 2)", texts, "'1234'")).isEqualTo(new BigDecimal("1234.00"));
    assertThat(after("DECIMAL(9, 0)", Map.of(), "'1234'")).isEqualTo(new BigDecimal("-2658824"));
    Map<String, String> hex = Map.of("binary.handling.mode", "hex");
    assertThat((byte[]) after("BYTES", hex, "'DEadbeef'"))
        .isEqualTo(new byte[] {(byte) 0xde, (byte) 0xad, (byte) 0xbe, (byte) 0xef});
    assertThat((byte[]) after("BYTES", Map.of(), "'3q2+7w=='"))
        .isEqualTo(new byte[] {(byte) 0xde, (byte) 0xad, (byte) 0xbe, (byte) 0xef});
    LocalTime time = LocalTime.parse("12:34:56.789");
    long millis = time.toNanoOfDay() / 1_000_000;
    assertThatThrownBy(() -> after("TIME(3)", Map.of(), "" + millis))
        .hasMessageContaining("time.precision.mode");
    for (Map.Entry<String, Long> mode :
        Map.of(
                "connect", millis,
                "adaptive_time_microseconds", millis * 1000,
                "microseconds", millis * 1000,
                "nanoseconds", millis * 1_000_000)
            .entrySet()) {
      Map<String, String> modes = Map.of("time.precision.mode", mode.getKey());
      assertThat(after("TIME(3)", modes, "" + mode.getValue())).isEqualTo(time);
    }
    assertThat(after("TIMESTAMP(6)", Map.of("time.precision.mode", "connect"), "1000"))
        .isEqualTo(LocalDateTime.parse("1970-01-01T00:00:01"));
    assertThatThrownBy(() -> Formats.options("debezim")).isInstanceOf(MillraceException.class);
    assertThatThrownBy(() -> after("INT", Map.of("time.precision.mode", "exact"), "1"))
        .hasMessageContaining("time.precision.mode");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "DATE | 'type':'int32','name':'io.debezium.time.Date' | 20541 | 2026-03-29",
        "DATE | 'type':'int32','name':'org.apache.kafka.connect.data.Date' | 1 | 1970-01-02",
        "TIMESTAMP(6) | 'type':'int64','name':'io.debezium.time.Timestamp' | 1001 |"
            + " 1970-01-01T00:00:01.001",
        "TIMESTAMP(3) | 'type':'int64','name':'io.debezium.time.MicroTimestamp' | -1 |"
            + " 1969-12-31T23:59:59.999",
        "TIMESTAMP(6) | 'type':'int64','name':'io.debezium.time.NanoTimestamp' | 1999 |"
            + " 1970-01-01T00:00:00.000001",
        "TIMESTAMP_LTZ(6) | 'type':'string','name':'io.debezium.time.ZonedTimestamp' |"
            + " '2026-03-29T00:30:00.123456Z' | 2026-03-29T00:30:00.123456Z",
        "TIME(3) | 'type':'int32','name':'io.debezium.time.Time' | 1000 | 00:00:01",
        "TIME(3) | 'type':'int64','name':'io.debezium.time.MicroTime' | 1000000 | 00:00:01",
        "TIME(3) | 'type':'int64','name':'io.debezium.time.NanoTime' | 1000000000 | 00:00:01",
        "TIME(3) | 'type':'string','name':'io.debezium.time.ZonedTime' | '12:34:56Z' | 12:34:56",
        "STRING | 'type':'int64','name':'io.debezium.time.MicroTime' | -3020399000001 |"
            + " -838:59:59.000001",
        "DECIMAL(9, 4) | 'type':'bytes','name':'org.apache.kafka.connect.data.Decimal',"
            + "'parameters':{'scale':'2','connect.decimal.precision':'10'} | 'AfQ=' | 5.0000",
        "STRING | 'type':'bytes','name':'org.apache.kafka.connect.data.Decimal','parameters':"
            + "{'scale':'2'} | 'AfQ=' | 5.00",
        "DECIMAL(9, 4) | 'type':'string' | '1234' | 1234.0000",
        "DECIMAL(9, 4) | 'type':'double' | 0.1 | 0.1000",
        "DECIMAL(9, 4) | 'type':'struct','name':'io.debezium.data.VariableScaleDecimal' |"
            + " {'scale':3,'value':'AfQ='} | 0.5000",
        "STRING | 'type':'string','name':'io.debezium.data.Json' | '{}' | {}",
        "STRING | 'type':'bytes' | 'aGk=' | hi",
        "ARRAY<DATE> | 'type':'array','items':{'type':'int32','name':'io.debezium.time.Date'} |"
            + " [0,null] | [1970-01-01, null]",
      })
  void valuesWithASchemaAreWhatItSays(String type, String schema, String json, String expected)
      throws Exception {
    assertThat(String.valueOf(told(type, schema, json))).isEqualTo(expected);
  }

  @Test
  void schemasAreToldApartRecordByRecord() throws Exception {
    Reader reader = new Reader("c TIMESTAMP(6)");
    String millis = "'type':'int64','name':'io.debezium.time.Timestamp'";
    String micros = "'type':'int64','name':'io.debezium.time.MicroTimestamp'";
    Object second = LocalDateTime.parse("1970-01-01T00:00:01");
    for (int i = 0; i < 3; i++) {
      assertThat(fields(reader.change(wrapped(millis, "1000"))[2])).containsEntry("c", second);
      assertThat(fields(reader.change(wrapped(micros, "1000000"))[2])).containsEntry("c", second);
      assertThat(after(reader, "1000000")).isEqualTo(second);
    }
    // The payload first, and a schema that is null.
    String payload = "'payload':{'after':{'c':1000}," + SOURCE + ",'op':'c'}";
    assertThat(fields(reader.change("{" + payload + ",'schema':" + schemaOf(millis) + "}")[2]))
        .containsEntry("c", second);
    assertThat(
            fields(
                reader.change("{'schema':null," + payload.replace("1000}", "1000000}") + "}")[2]))
        .containsEntry("c", second);
  }

  @Test
  void whatDoesNotFitIsRefusedWithItsField() {
    Map.of(
            "INT", "2147483648",
            "BOOLEAN", "2",
            "DECIMAL(3, 2)", "'A+gA'",
            "DATE", "9223372036854775807",
            "TIMESTAMP(6)", "9223372036854775807",
            "TIMESTAMP(3)", "1774751400123456",
            "BYTES", "1",
            "ARRAY<INT>", "1",
            "DOUBLE", "[1]")
        .forEach(
            (type, json) ->
                assertThatThrownBy(() -> after(type, json))
                    .as(type)
                    .isInstanceOfSatisfying(
                        DecodeException.class,
                        e -> {
                          assertThat(e.field()).isEqualTo("after.c");
                          assertThat(e.reason()).isNotBlank();
                        }));
    assertThatThrownBy(() -> told("BYTES", "'type':'string'", "'aGk='"))
        .hasMessageContaining("binary.handling.mode");
    assertThatThrownBy(
            () -> told("DATE", "'type':'int64','name':'io.debezium.time.Timestamp'", "1"))
        .hasMessageContaining("told in millis");
    assertThatThrownBy(() -> after("INT", "1,'c':2")).hasMessageContaining("given twice");
  }

  @Test
  void whatARowWasNeedNotFit() throws Exception {
    Reader reader = new Reader("id INT", "n DECIMAL(9, 2)", "a ARRAY<INT>", "s STRING");
    Object[] change =
        reader.change(
            "{'before':{'id':1,'n':'NaN','a':[1,'x',{}],'s':[]},'after':{'id':1,'n':2},"
                + SOURCE
                + ",'op':'u'}");
    assertThat(fields(change[1]))
        .containsEntry("id", 1)
        .containsEntry("n", null)
        .containsEntry("s", null);
    assertThat(fields(change[1]).get("a").toString()).isEqualTo("[1, null, null]");
    assertThat(fields(change[2])).containsEntry("n", new BigDecimal("2.00"));
  }

  @Test
  void aValueThatWasNotToldIsTakenFromBeforeOrRefused() throws Exception {
    Reader reader = new Reader("id INT", "c STRING", "b BYTES", "a ARRAY<INT>", "t ARRAY<STRING>");
    String event = "{'before':{'id':1,%s},'after':{'id':1,%s}," + SOURCE + ",'op':'u'}";
    StringBuilder codes = new StringBuilder();
    for (byte b : UNAVAILABLE.getBytes(StandardCharsets.US_ASCII)) {
      codes.append(codes.length() == 0 ? "" : ",").append(b);
    }
    String base64 =
        Base64.getEncoder().encodeToString(UNAVAILABLE.getBytes(StandardCharsets.US_ASCII));
    List<String> gone =
        List.of(
            "'c':'" + UNAVAILABLE + "'",
            "'b':'" + base64 + "'",
            "'a':[" + codes + "]",
            "'t':['" + UNAVAILABLE + "']");
    List<String> was = List.of("'c':'x'", "'b':'aGk='", "'a':[1]", "'t':['y']");
    for (int i = 0; i < gone.size(); i++) {
      Object[] change = reader.change(event.formatted(was.get(i), gone.get(i)));
      assertThat(change[2]).usingRecursiveComparison().isEqualTo(change[1]);
      DecodeException e = reader.refusal(event.formatted(gone.get(i), gone.get(i)));
      assertThat(e.field()).isEqualTo("after." + gone.get(i).charAt(1));
      assertThat(e.reason()).contains("TOAST", "REPLICA IDENTITY FULL");
      assertThat(reader.refusal(event.formatted("'c':null", gone.get(i))).reason())
          .contains("TOAST");
    }
    Reader other =
        new Reader(
            null,
            Map.of("unavailable.value.placeholder", "gone"),
            IntStream.range(0, 5).toArray(),
            "c STRING");
    assertThat(other.refusal("{'after':{'c':'gone'}," + SOURCE + ",'op':'u'}").field())
        .isEqualTo("after.c");
  }

  @Test
  void onlyWhatIsAskedForIsWritten() throws Exception {
    Reader reader = new Reader(null, Map.of(), new int[] {4, 0}, "c INT");
    assertThat(reader.change("{'after':{'c':'no number'}," + SOURCE + ",'op':'d'}"))
        .containsExactly(77L, "d");
  }

  /** As Confluent's converter writes the schemas of Kafka Connect. */
  private static final String VALUE =
      "{'type':'record','name':'Value','namespace':'db.public.t','fields':["
          + "{'name':'id','type':{'type':'int','connect.default':0}},"
          + "{'name':'d','type':{'type':'int','connect.name':'io.debezium.time.Date'}},"
          + "{'name':'ms','type':['null',{'type':'long','connect.name':'io.debezium.time.Timestamp'"
          + "}],'default':null},"
          + "{'name':'us','type':['null',{'type':'long','connect.name':"
          + "'io.debezium.time.MicroTimestamp'}],'default':null},"
          + "{'name':'z','type':['null',{'type':'string','connect.name':"
          + "'io.debezium.time.ZonedTimestamp'}],'default':null},"
          + "{'name':'t','type':['null',{'type':'long','connect.name':'io.debezium.time.MicroTime'"
          + "}],'default':null},"
          + "{'name':'n','type':['null',{'type':'bytes','scale':2,'precision':64,'connect.version':1"
          + ",'connect.parameters':{'scale':'2','connect.decimal.precision':'10'},'connect.name':"
          + "'org.apache.kafka.connect.data.Decimal','logicalType':'decimal'}],'default':null},"
          + "{'name':'v','type':['null',{'type':'record','name':'VariableScaleDecimal','namespace':"
          + "'io.debezium.data','fields':[{'name':'scale','type':'int'},{'name':'value','type':"
          + "'bytes'}],'connect.name':'io.debezium.data.VariableScaleDecimal'}],'default':null},"
          + "{'name':'a','type':['null',{'type':'array','items':['null','string']}],'default':null},"
          + "{'name':'f','type':['null','float'],'default':null},"
          + "{'name':'x','type':['null','bytes'],'default':null}"
          + "],'connect.name':'db.public.t.Value'}";

  private static final Schema ENVELOPE =
      new Schema.Parser()
          .parse(
              ("{'type':'record','name':'Envelope','namespace':'db.public.t','fields':["
                      + "{'name':'before','type':['null',"
                      + VALUE
                      + "],'default':null},"
                      + "{'name':'after','type':['null','Value'],'default':null},"
                      + "{'name':'source','type':{'type':'record','name':'Source','namespace':"
                      + "'io.debezium.connector.postgresql','fields':[{'name':'version','type':"
                      + "'string'},{'name':'ts_ms','type':'long'},{'name':'ts_us','type':['null',"
                      + "'long'],'default':null},{'name':'lsn','type':['null','long'],'default':"
                      + "null},{'name':'file','type':['null','string'],'default':null}]}},"
                      + "{'name':'transaction','type':['null',{'type':'record','name':'block',"
                      + "'namespace':'event','fields':[{'name':'id','type':'string'}]}],'default':"
                      + "null},{'name':'op','type':'string'},"
                      + "{'name':'ts_ms','type':['null','long'],'default':null}]}")
                  .replace('\'', '"'));

  private static final String[] COLUMNS = {
    "ID INT", "d DATE", "ms TIMESTAMP(3)", "us TIMESTAMP(6)", "z TIMESTAMP_LTZ(6)", "t TIME(3)",
    "n DECIMAL(10, 2)", "v STRING", "a ARRAY<STRING>", "f DOUBLE", "x BYTES", "later INT"
  };

  private static GenericRecord value(int id) {
    Schema schema = ENVELOPE.getField("after").schema().getTypes().get(1);
    GenericRecord value = new GenericData.Record(schema);
    value.put("id", id);
    value.put("d", 20541);
    return value;
  }

  private static byte[] avro(String op, GenericRecord before, GenericRecord after) {
    GenericRecord source = new GenericData.Record(ENVELOPE.getField("source").schema());
    source.put("version", "3.5");
    source.put("ts_ms", 1700000000123L);
    source.put("ts_us", 1700000000123456L);
    source.put("lsn", 42L);
    GenericRecord envelope = new GenericData.Record(ENVELOPE);
    envelope.put("before", before);
    envelope.put("after", after);
    envelope.put("source", source);
    envelope.put("op", op);
    envelope.put("ts_ms", 5L);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 0, 0, 0, 1});
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new GenericDatumWriter<>(ENVELOPE).write(envelope, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static Reader avroReader(String... columns) {
    return new Reader(ENVELOPE, Map.of(), IntStream.range(0, 5).toArray(), columns);
  }

  @Test
  void avroIsReadByWhatItsSchemaSays() throws Exception {
    GenericRecord after = value(1);
    after.put("ms", 1774751400123L);
    after.put("us", 1774751400123456L);
    after.put("z", "2026-03-29T00:30:00.123456Z");
    after.put("t", 45_296_789_000L);
    after.put("n", ByteBuffer.wrap(new byte[] {1, (byte) 0xf4}));
    GenericRecord v =
        new GenericData.Record(after.getSchema().getField("v").schema().getTypes().get(1));
    v.put("scale", 3);
    v.put("value", ByteBuffer.wrap(BigInteger.TEN.pow(40).toByteArray()));
    after.put("v", v);
    after.put("a", java.util.Arrays.asList("p", null));
    after.put("f", 0.1f);
    after.put("x", ByteBuffer.wrap(new byte[] {7}));
    Reader reader = avroReader(COLUMNS);
    assertThat(reader.read(avro("u", value(1), after))).isEqualTo(1);
    Object[] change = reader.rows.get(0);
    assertThat(change[0]).isEqualTo("u");
    assertThat(change[3]).isEqualTo(Instant.parse("2023-11-14T22:13:20.123456Z"));
    assertThat(change[4]).isEqualTo(42L);
    assertThat(fields(change[1])).containsEntry("ID", 1).containsEntry("n", null);
    Map<String, Object> row = fields(change[2]);
    assertThat((byte[]) row.remove("x")).containsExactly(7);
    assertThat(row.values().stream().map(String::valueOf).toList())
        .containsExactly(
            "1",
            LocalDate.parse("2026-03-29").toString(),
            "2026-03-29T02:30:00.123",
            "2026-03-29T02:30:00.123456",
            "2026-03-29T00:30:00.123456Z",
            "12:34:56.789",
            "5.00",
            "10000000000000000000000000000000000000.000",
            "[p, null]",
            "0.1",
            "null");
    // Again by the plan that was kept, and a delete, which has no row after.
    assertThat(reader.read(avro("d", value(2), null))).isEqualTo(1);
    assertThat(fields(reader.rows.get(1)[1])).containsEntry("ID", 2);
    assertThat(reader.rows.get(1)[2]).isNull();
  }

  @Test
  void avroThatDoesNotFitIsRefusedWithItsFieldAndAnOldRowIsNot() throws Exception {
    GenericRecord row = value(1);
    row.put("us", Long.MAX_VALUE);
    row.put("a", List.of("x"));
    Reader reader = avroReader("id INT", "us TIMESTAMP(6)", "a INT");
    assertThat(reader.read(avro("d", row, null))).isEqualTo(1);
    assertThat(fields(reader.rows.get(0)[1]))
        .containsEntry("id", 1)
        .containsEntry("us", null)
        .containsEntry("a", null);
    assertThatThrownBy(() -> reader.read(avro("c", null, row)))
        .isInstanceOfSatisfying(
            DecodeException.class, e -> assertThat(e.field()).isEqualTo("after.us"));
    assertThatThrownBy(() -> avroReader("a ARRAY<INT>").read(avro("c", null, row)))
        .isInstanceOfSatisfying(
            DecodeException.class, e -> assertThat(e.field()).isEqualTo("after.a"));
    assertThat(reader.rows).hasSize(1);
    byte[] cut = java.util.Arrays.copyOf(avro("c", null, value(1)), 12);
    assertThatThrownBy(() -> reader.read(cut)).isInstanceOf(DecodeException.class);
    assertThat(reader.read(avro("m", null, null))).isZero();
  }

  @Test
  void columnsAndKeyAreReadFromContracts() {
    assertThat(
            DebeziumContract.columns(ENVELOPE).stream()
                .map(c -> c.name() + " " + c.type())
                .toList())
        .containsExactly(
            "id INT",
            "d DATE",
            "ms TIMESTAMP(3)",
            "us TIMESTAMP(6)",
            "z TIMESTAMP_LTZ(6)",
            "t STRING",
            "n DECIMAL(10, 2)",
            "v STRING",
            "a ARRAY<STRING>",
            "f FLOAT",
            "x BYTES");
    Schema key =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"Key\",\"fields\":[{\"name\":\"id\","
                    + "\"type\":\"int\"}]}");
    assertThat(DebeziumContract.keyColumns(key)).containsExactly("id");
    for (Schema other : List.of(key, Schema.create(Schema.Type.STRING))) {
      assertThatThrownBy(() -> DebeziumContract.columns(other))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_TYPE));
    }
  }

  @Test
  void rowsAreNeitherWrittenNorReadFromFiles() {
    Formats formats = new Formats(id -> null);
    RowSchema schema = changes(row("c INT"));
    assertThatThrownBy(() -> formats.encoder("debezium", Map.of(), schema, -1))
        .hasMessageContaining("Cannot write rows as debezium");
    assertThatThrownBy(() -> formats.fileDecoder("debezium", Map.of(), schema))
        .hasMessageContaining("Cannot read a file as debezium");
    assertThatThrownBy(
            () ->
                formats.decoder(
                    "debezium", Map.of(), RowSchema.of(new Column("c", DataType.INT)), new int[1]))
        .hasMessageContaining("Cannot use format debezium");
  }
}
