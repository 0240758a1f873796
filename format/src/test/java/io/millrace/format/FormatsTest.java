package io.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormatsTest {
  private static final RowSchema FLAT =
      RowSchema.of(
          new Column("id", DataType.BIGINT.withNullable(false)),
          new Column("name", DataType.STRING),
          new Column("price", DataType.decimal(30, 4)),
          new Column("day", DataType.DATE),
          new Column("at", DataType.timestampLtz(3)),
          new Column("active", DataType.BOOLEAN),
          new Column("count", DataType.INT));
  private static final Object[] ROW = {
    123_456_789_012L,
    "a name of some length",
    new BigDecimal("12345.6789"),
    LocalDate.of(2026, 2, 3),
    Instant.parse("2026-02-03T04:05:06.789Z"),
    true,
    null
  };

  private static Formats formats(RowSchema schema) {
    Schema contract = AvroContracts.valueSchema(new Name("public", "t"), schema, Optional.empty());
    return new Formats(id -> contract);
  }

  @ParameterizedTest
  @ValueSource(strings = {"avro", "delimited", "w3c", "json"})
  void nothingIsAllocatedPerField(String format) throws Exception {
    Formats formats = formats(FLAT);
    RecordEncoder encoder = formats.encoder(format, Map.of(), FLAT, 1);
    int[] all = IntStream.range(0, FLAT.size()).toArray();
    RecordDecoder decoder = formats.decoder(format, Map.of(), FLAT, all);
    ByteSink first = new ByteSink();
    encoder.encode(new ObjectRow(FLAT).set(ROW), first);
    RowBuffer buffer = new RowBuffer(FLAT);
    ByteSink out = new ByteSink();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long perRow = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 10_000; i++) {
        decoder.decode(first.array(), 0, first.length(), buffer);
        out.reset();
        encoder.encode(buffer.row(), out);
      }
      perRow = Math.min(perRow, (threads.getCurrentThreadAllocatedBytes() - before) / 10_000);
    }
    assertThat(out.toByteArray()).isEqualTo(first.toByteArray());
    // Jackson makes a parser per record.
    assertThat(perRow).isLessThanOrEqualTo(format.equals("json") ? 1_500 : 0);
  }

  @Test
  void rawKeepsRecordsWholeAndFilesByLine() throws Exception {
    RowSchema text = RowSchema.of(new Column("line", DataType.STRING));
    RowSchema bytes = RowSchema.of(new Column("all", DataType.BYTES));
    assertThat(rawFile(text, "a b\r\n\n\u00e9")).containsExactly("a b", "", "\u00e9");
    assertThat(rawFile(bytes, "a\nb")).containsExactly("a\nb".getBytes(StandardCharsets.UTF_8));
    Formats formats = formats(text);
    assertThatThrownBy(
            () ->
                formats
                    .decoder("raw", Map.of(), text, new int[] {0})
                    .decode(new byte[] {'a', (byte) 0xc3}, 0, 2, new RowBuffer(text)))
        .hasMessage("Cannot read column line as STRING: not UTF-8 (byte 1)");
    assertThatThrownBy(
            () ->
                formats
                    .encoder("raw", Map.of(), text, -1)
                    .encode(new ObjectRow(text).set((Object) null), new ByteSink()))
        .hasMessage("Cannot write column line as raw: NULL");
    assertThatThrownBy(() -> formats.decoder("raw", Map.of(), FLAT, new int[] {0}))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("Cannot use format raw");
  }

  private static List<Object> rawFile(RowSchema schema, String content) throws IOException {
    List<Object> values = new ArrayList<>();
    formats(schema)
        .fileDecoder("raw", Map.of(), schema)
        .decode(
            new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)),
            new ObjectWriter(schema, row -> values.add(row[0])),
            new FileDecoder.FileRows() {
              @Override
              public void accepted(long row) {
                assertThat(row).isEqualTo(values.size());
              }

              @Override
              public void refused(long row, byte[] bytes, DecodeException why) {
                throw new AssertionError(why);
              }
            });
    return values;
  }

  @Test
  void unknownFormatIsRefusedWithTheNearestName() {
    assertThatThrownBy(() -> Formats.options("avor"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.hint()).contains("Did you mean 'avro'?"));
    for (String name : Formats.names()) {
      assertThat(Formats.options(name)).allMatch(setting -> setting.defaultText() != null);
    }
  }

  @Test
  void valuesThatDoNotFitAreRefusedWithTheColumn() {
    ObjectRow row = new ObjectRow(FLAT);
    assertRefused(row, 0, "x", "Cannot take String x for column id of type BIGINT");
    assertRefused(
        row,
        0,
        1.5,
        "Cannot take Double 1.5 for column id of type BIGINT: out of range or not exact");
    assertRefused(row, 1, 5, "Cannot take Integer 5 for column name of type STRING");
    assertRefused(
        row,
        2,
        new BigDecimal("1e30"),
        "Cannot take BigDecimal 1E+30 for column price of type DECIMAL(30, 4): out of range or not"
            + " exact");
    assertRefused(
        row,
        3,
        "2026-02-30",
        "Cannot take String 2026-02-30 for column day of type DATE: no such day: '2026-02-30'");
    assertRefused(
        row,
        6,
        1L << 31,
        "Cannot take Long 2147483648 for column count of type INT: out of range or not exact");
    assertThatThrownBy(() -> row.set(1)).hasMessage("Cannot take a row of 1 values for 7 columns");
  }

  private static void assertRefused(ObjectRow row, int column, Object value, String message) {
    Object[] values = ROW.clone();
    values[column] = value;
    assertThatThrownBy(() -> row.set(values))
        .isInstanceOf(MillraceException.class)
        .hasMessage(message);
  }

  @Test
  void numbersAndTextsThatMeanTheValueAreTaken() {
    ObjectRow row = new ObjectRow(FLAT);
    row.set(
        (short) 5,
        null,
        12.5f,
        "2026-02-03",
        "2026-02-03 04:05:06+01:00",
        false,
        new BigDecimal("7.0"));
    assertThat(ObjectWriter.objects(row, FLAT))
        .containsExactly(
            5L,
            null,
            new BigDecimal("12.5000"),
            LocalDate.of(2026, 2, 3),
            Instant.parse("2026-02-03T03:05:06Z"),
            false,
            7);
  }

  @Test
  void utf8IsCheckedAsTheJdkChecksIt() {
    java.util.Random random = new java.util.Random(5);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(14)];
      random.nextBytes(bytes);
      for (int j = 0; j < bytes.length; j++) {
        // Mostly bytes that start and go on with sequences, so that valid ones occur.
        if (random.nextInt(3) > 0) {
          bytes[j] =
              (byte) (random.nextBoolean() ? 0x80 | random.nextInt(64) : 0xc0 | random.nextInt(64));
        }
      }
      boolean valid =
          Arrays.equals(
              new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);
      assertThat(Utf8.firstInvalid(bytes, 0, bytes.length) < 0)
          .as(Arrays.toString(bytes))
          .isEqualTo(valid);
    }
  }
}
