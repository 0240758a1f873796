package io.millrace.flow.topic.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flow.topic.FlinkTypes;
import io.millrace.format.ByteSink;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.model.TypeParser;
import io.millrace.registry.AvroContracts;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TinyIntType;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

class BinaryRowDataWriterTest {
  private static final RowSchema EVERYTHING =
      RowSchema.of(
          column("a_boolean", "BOOLEAN"),
          column("an_int", "INT"),
          column("a_bigint", "BIGINT"),
          column("a_float", "FLOAT"),
          column("a_double", "DOUBLE"),
          column("small_decimal", "DECIMAL(10, 2)"),
          column("large_decimal", "DECIMAL(30, 4)"),
          column("short_text", "STRING"),
          column("long_text", "STRING"),
          column("short_bytes", "BYTES"),
          column("long_bytes", "BYTES"),
          column("a_date", "DATE"),
          column("a_time", "TIME(3)"),
          column("fine_time", "TIME(6)"),
          column("coarse", "TIMESTAMP(3)"),
          column("fine", "TIMESTAMP(6)"),
          column("coarse_instant", "TIMESTAMP_LTZ(3)"),
          column("fine_instant", "TIMESTAMP_LTZ(6)"),
          column("flags", "ARRAY<BOOLEAN>"),
          column("numbers", "ARRAY<INT>"),
          column("texts", "ARRAY<STRING>"),
          column("matrix", "ARRAY<ARRAY<BIGINT>>"),
          column("moments", "ARRAY<TIMESTAMP(6)>"),
          column("prices", "ARRAY<DECIMAL(30, 4)>"),
          column("attributes", "MAP<STRING, STRING>"),
          column("nested", "MAP<STRING, ROW<x INT, y ARRAY<STRING>>>"),
          column("place", "ROW<name STRING, at ROW<lat DOUBLE, lon DOUBLE>, tags ARRAY<STRING>>"));

  private static Column column(String name, String type) {
    return new Column(name, TypeParser.parse(type));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static final Object[] FULL = {
    true,
    -7,
    1L << 40,
    1.5f,
    -2.25,
    new BigDecimal("-12345678.90"),
    new BigDecimal("-12345678901234567890.1234"),
    "käse",
    "longer than seven bytes: äöü",
    bytes("abc"),
    bytes("0123456789"),
    LocalDate.of(1969, 12, 30),
    LocalTime.of(23, 59, 59, 123_000_000),
    LocalTime.of(1, 2, 3, 4_000_000),
    LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999_000_000),
    LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999_999_000),
    Instant.parse("2026-01-15T08:00:00.001Z"),
    Instant.parse("2026-01-15T08:00:00.000001Z"),
    Arrays.asList(true, null, false),
    IntStream.range(0, 40).boxed().toList(),
    Arrays.asList("a", null, "a longer text than fits a slot", ""),
    List.of(List.of(1L, 2L), List.of(), List.of(3L)),
    List.of(LocalDateTime.of(2026, 1, 1, 0, 0, 0, 1000)),
    List.of(new BigDecimal("0.0001"), new BigDecimal("-99999999999999999999.0000")),
    Map.of("k", "v", "another key", "another value"),
    Map.of("one", Map.of("x", 1, "y", List.of("p", "a longer text than fits a slot"))),
    Map.of(
        "name",
        "somewhere over the rainbow",
        "at",
        Map.of("lat", 1.0, "lon", -1.0),
        "tags",
        List.of("t"))
  };

  private final List<BinaryRowData> written = new ArrayList<>();
  private final BinaryRowDataWriter writer =
      new BinaryRowDataWriter(EVERYTHING.columns().stream().map(Column::type).toList()) {
        @Override
        protected void accept(RowData row) {
          written.add(((BinaryRowData) row).copy());
        }
      };

  private static int[] all() {
    return IntStream.range(0, EVERYTHING.size()).toArray();
  }

  private static RowType rowType() {
    return (RowType) FlinkTypes.toFlink(EVERYTHING).getLogicalType();
  }

  private static RowDataReader reader() {
    return new RowDataReader(EVERYTHING.columns(), rowType().getChildren(), all());
  }

  private void write(Object... values) throws Exception {
    var schema = AvroContracts.valueSchema(Name.of("everything"), EVERYTHING, Optional.empty());
    Formats formats = new Formats(id -> schema);
    ByteSink bytes = new ByteSink();
    formats
        .encoder("avro", Map.of(), EVERYTHING, 1)
        .encode(new ObjectRow(EVERYTHING).set(values), bytes);
    RecordDecoder decoder = formats.decoder("avro", Map.of(), EVERYTHING, all());
    decoder.decode(bytes.array(), 0, bytes.length(), writer);
  }

  @Test
  void everyTypeSurvivesBeingWrittenAndRead() throws Exception {
    write(FULL);
    assertThat(ObjectWriter.objects(reader().of(written.get(0)), EVERYTHING)).containsExactly(FULL);
  }

  @Test
  void rowsReadTheSameFromFlinksObjects() throws Exception {
    write(FULL);
    GenericRowData objects = new GenericRowData(EVERYTHING.size());
    for (int i = 0; i < EVERYTHING.size(); i++) {
      objects.setField(
          i, RowData.createFieldGetter(rowType().getTypeAt(i), i).getFieldOrNull(written.get(0)));
    }
    assertThat(ObjectWriter.objects(reader().of(objects), EVERYTHING)).containsExactly(FULL);
  }

  @Test
  void bytesAreThoseThatFlinkItselfWouldWrite() throws Exception {
    write(FULL);
    GenericRowData objects = new GenericRowData(EVERYTHING.size());
    for (int i = 0; i < EVERYTHING.size(); i++) {
      objects.setField(
          i, RowData.createFieldGetter(rowType().getTypeAt(i), i).getFieldOrNull(written.get(0)));
    }
    BinaryRowData flinks = new RowDataSerializer(rowType()).toBinaryRow(objects);
    assertThat(written.get(0)).isEqualTo(flinks);
  }

  @Test
  void nullsAndColumnsWithoutACallAreNull() throws Exception {
    write(new Object[EVERYTHING.size()]);
    writer.beginRow();
    writer.setInt(1, 5);
    writer.endRow();
    assertThat(ObjectWriter.objects(reader().of(written.get(0)), EVERYTHING)).containsOnlyNulls();
    assertThat(written.get(1).getInt(1)).isEqualTo(5);
    assertThat(written.get(1).isNullAt(0)).isTrue();
    assertThat(written.get(1).isNullAt(2)).isTrue();
  }

  @Test
  void anAbandonedRowLeavesNoTrace() throws Exception {
    writer.beginRow();
    writer.setLong(2, 9);
    writer.beginStruct(26);
    writer.beginList(2);
    writer.setUtf8(0, bytes("half"), 0, 4);
    writer.abandonRow();
    write(FULL);
    assertThat(written).hasSize(1);
    assertThat(ObjectWriter.objects(reader().of(written.get(0)), EVERYTHING)).containsExactly(FULL);
  }

  @Test
  void rowsCarryTheirKind() throws Exception {
    writer.kind(RowKind.DELETE);
    write(FULL);
    assertThat(written.get(0).getRowKind()).isEqualTo(RowKind.DELETE);
  }

  @Test
  void columnsThatTheRowHasNotReadAsNull() {
    RowSchema schema = RowSchema.of(column("a", "INT"), column("b", "STRING"));
    List<LogicalType> types = new ArrayList<>();
    types.add(new TinyIntType());
    types.add(FlinkTypes.toFlink(DataType.STRING).getLogicalType());
    RowDataReader reader = new RowDataReader(schema.columns(), types, new int[] {1, -1});
    reader.of(GenericRowData.of(StringData.fromString("other"), (byte) 3));
    assertThat(ObjectWriter.objects(reader, schema)).containsExactly(3, null);
  }
}
