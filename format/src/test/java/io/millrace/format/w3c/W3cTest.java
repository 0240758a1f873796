package io.millrace.format.w3c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.format.RecordEncoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class W3cTest {
  private static final RowSchema LOG =
      RowSchema.of(
          new Column("date", DataType.DATE),
          new Column("time", DataType.time(3)),
          new Column("cs_uri_stem", DataType.STRING),
          new Column("sc_status", DataType.INT),
          new Column("User_Agent", DataType.STRING));

  private final Formats formats = new Formats(id -> null);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private record Fates(List<String> fates) implements FileDecoder.FileRows {
    @Override
    public void accepted(long row) {
      fates.add(row + " accepted");
    }

    @Override
    public void refused(long row, byte[] bytes, DecodeException why) {
      fates.add(row + " " + new String(bytes, StandardCharsets.UTF_8) + ": " + why.getMessage());
    }
  }

  private List<String> file(RowSchema schema, String text, List<Object[]> rows) throws IOException {
    List<String> fates = new ArrayList<>();
    formats
        .fileDecoder("w3c", Map.of(), schema)
        .decode(
            new ByteArrayInputStream(utf8(text)),
            new ObjectWriter(schema, rows::add),
            new Fates(fates));
    return fates;
  }

  @Test
  void fieldNamesAreFoldedAsDocumented() {
    assertThat(W3cNames.folded("cs(User-Agent)")).isEqualTo("cs_user_agent");
    assertThat(W3cNames.folded("--X--y 9(")).isEqualTo("x_y_9");
  }

  @Test
  void recordsHoldFieldsInColumnOrderAndLinesWithoutRowsAreCounted() throws Exception {
    RecordDecoder decoder = formats.decoder("w3c", Map.of(), LOG, new int[] {3, 4, 0});
    List<Object[]> rows = new ArrayList<>();
    ObjectWriter target = new ObjectWriter(LOG.project(new int[] {3, 4, 0}), rows::add);
    for (String line :
        List.of(
            "#Fields: date time\r\n",
            "",
            " \r\n",
            "2026-01-02 03:04:05 /a 200 Mozilla/4.0+(x)\r\n",
            "2026-01-02 03:04:05 /\u00e9 - -")) {
      decoder.decode(utf8(line), 0, utf8(line).length, target);
    }
    assertThat(decoder.skipped()).isEqualTo(3);
    assertThat(rows)
        .containsExactly(
            new Object[] {200, "Mozilla/4.0+(x)", LocalDate.of(2026, 1, 2)},
            new Object[] {null, null, LocalDate.of(2026, 1, 2)});
    assertRefused(
        decoder,
        "2026-01-02 03:04:05 /a 200",
        "Cannot read record: too few fields: 4 instead of 5 (byte 26)");
    assertRefused(
        decoder, "a b c d e f", "Cannot read record: too many fields: 6 instead of 5 (byte 10)");
    assertRefused(
        decoder,
        "2026-01-02 03:04:05 /a 2x0 m",
        "Cannot read column sc_status as INT: not a number: '2x0' (byte 23)");
    assertRefused(decoder, "a b\nc d e", "Cannot read record: a record is one line (byte 3)");
  }

  private static void assertRefused(RecordDecoder decoder, String line, String message) {
    ObjectWriter target = new ObjectWriter(LOG.project(new int[] {3, 4, 0}), row -> {});
    assertThatThrownBy(() -> decoder.decode(utf8(line), 0, utf8(line).length, target))
        .isInstanceOf(DecodeException.class)
        .hasMessage(message);
  }

  @Test
  void linesMayEndBeforeColumnsThatWereAddedLater() throws Exception {
    for (String format : List.of("w3c", "delimited")) {
      String space = format.equals("w3c") ? " " : ",";
      RecordDecoder decoder =
          formats.decoder(format, Map.of("optional-columns", "2"), LOG, new int[] {4, 2, 3});
      List<Object[]> rows = new ArrayList<>();
      ObjectWriter writer = new ObjectWriter(LOG.project(new int[] {4, 2, 3}), rows::add);
      String line = String.join(space, "2026-01-01", "10:00:00", "/a", "200", "curl");
      for (int drop = 0; drop < 3; drop++) {
        byte[] bytes = utf8(line);
        decoder.decode(bytes, 0, bytes.length, writer);
        line = line.substring(0, line.lastIndexOf(space));
      }
      assertThat(rows)
          .containsExactly(
              new Object[] {"curl", "/a", 200},
              new Object[] {null, "/a", 200},
              new Object[] {null, "/a", null});
      assertRefused(decoder, line, "Cannot read record: too few fields: 2 instead of 5 (byte 19)");
    }
  }

  @Test
  void columnThatALineLeavesOutAndThatIsNotNullIsMissedAtTheLinesEnd() {
    RowSchema schema =
        RowSchema.of(
            new Column("a", DataType.INT), new Column("b", DataType.INT.withNullable(false)));
    for (String format : List.of("w3c", "delimited")) {
      RecordDecoder decoder =
          formats.decoder(format, Map.of("optional-columns", "1"), schema, new int[] {0, 1});
      byte[] record = utf8("\n12 \n");
      assertThatThrownBy(() -> decoder.decode(record, 1, 2, new ObjectWriter(schema, row -> {})))
          .hasMessage("Cannot read column b as INT: NULL in a NOT NULL column (byte 2)");
    }
  }

  @Test
  void fieldsOptionNamesTheFieldsOfRecords() throws Exception {
    RecordDecoder decoder =
        formats.decoder(
            "w3c", Map.of("fields", "sc-status x cs-uri-stem"), LOG, new int[] {2, 3, 4});
    List<Object[]> rows = new ArrayList<>();
    decoder.decode(
        utf8("404 - /b"), 0, 8, new ObjectWriter(LOG.project(new int[] {2, 3, 4}), rows::add));
    assertThat(rows.get(0)).containsExactly("/b", 404, null);
  }

  @Test
  void directivesInFilesSayWhichFieldIsWhichAlsoMidFile() throws Exception {
    List<Object[]> rows = new ArrayList<>();
    List<String> fates =
        file(
            LOG,
            "#Version: 1.0\r\n#Fields: sc-status cs-uri-stem cs(Referer)\r\n200 /a -\r\n200 /a\r\n\r\n"
                + "#fields: user-agent date sc-status\n+ 2026-01-01 404",
            rows);
    assertThat(rows)
        .containsExactly(
            new Object[] {null, null, "/a", 200, null},
            new Object[] {LocalDate.of(2026, 1, 1), null, null, 404, "+"});
    assertThat(fates)
        .containsExactly(
            "3 accepted",
            "4 200 /a: Cannot read record: too few fields: 2 instead of 3 (byte 6)",
            "7 accepted");
  }

  @Test
  void rowsWithoutANotNullColumnAreRefused() throws Exception {
    RowSchema schema =
        RowSchema.of(
            new Column("a", DataType.INT.withNullable(false)), new Column("b", DataType.INT));
    List<Object[]> rows = new ArrayList<>();
    assertThat(file(schema, "#Fields: b\n1\n#Fields: a b a\n1 2 3\n#Fields: a b\n- 1\n1 -\n", rows))
        .containsExactly(
            "2 1: Cannot read column a as INT: the lines have no such field and it is NOT NULL (byte 1)",
            "4 1 2 3: Cannot read record: two fields of the line are column a",
            "6 - 1: Cannot read column a as INT: NULL in a NOT NULL column (byte 0)",
            "7 accepted");
  }

  @Test
  void linesWrittenAreReadBack() throws Exception {
    ByteSink out = new ByteSink();
    formats
        .encoder("w3c", Map.of(), LOG, -1)
        .encode(
            new ObjectRow(LOG)
                .set(LocalDate.of(2026, 1, 2), LocalTime.of(3, 4), null, 200, "a b\tc"),
            out);
    assertThat(new String(out.toByteArray(), StandardCharsets.UTF_8))
        .isEqualTo("2026-01-02 03:04:00.000 - 200 a+b+c");
    RowSchema text = RowSchema.of(new Column("c", DataType.STRING));
    assertThatThrownBy(
            () ->
                formats
                    .encoder("w3c", Map.of(), text, -1)
                    .encode(new ObjectRow(text).set("#x"), new ByteSink()))
        .hasMessageContaining("a line that begins with '#' is a directive");
  }

  @Test
  void fieldsOptionOrdersTheFieldsOfLinesWrittenToo() {
    RowSchema schema =
        RowSchema.of(
            new Column("a", DataType.INT),
            new Column("b", DataType.STRING.withNullable(false)),
            new Column("c", DataType.INT));
    RecordEncoder encoder = formats.encoder("w3c", Map.of("fields", "b x a"), schema, -1);
    ByteSink out = new ByteSink();
    encoder.encode(new ObjectRow(schema).set(1, "two", null), out);
    assertThat(new String(out.toByteArray(), StandardCharsets.UTF_8)).isEqualTo("two - 1");
    assertThatThrownBy(() -> encoder.encode(new ObjectRow(schema).set(1, "two", 3), out))
        .hasMessage("Cannot write column c as w3c: 'fields' names no such field");
    assertThatThrownBy(() -> encoder.encode(new ObjectRow(schema).set(1, "", null), out))
        .hasMessage(
            "Cannot write column b as w3c: the text reads as NULL, which the column may not be");
  }

  @Test
  void everyRequestOfRealLogsIsRead() throws Exception {
    Path folder = Path.of("..", "..", "shared", "data", "iis");
    assumeTrue(Files.isDirectory(folder), "the real logs are not here");
    RowSchema schema =
        RowSchema.of(
            new Column("date", DataType.DATE),
            new Column("time", DataType.time(3)),
            new Column("s_port", DataType.INT),
            new Column("cs_user_agent", DataType.STRING),
            new Column("sc_status", DataType.INT),
            new Column("time_taken", DataType.INT));
    Map<Integer, Integer> counts = new TreeMap<>();
    Map<Integer, Integer> expected = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path path : files.toList()) {
        for (String line : Files.readString(path, StandardCharsets.ISO_8859_1).split("\r?\n")) {
          if (!line.startsWith("#") && !line.isBlank()) {
            expected.merge(Integer.parseInt(line.split(" ")[11]), 1, Integer::sum);
          }
        }
        List<String> fates = new ArrayList<>();
        try (InputStream in = Files.newInputStream(path)) {
          formats
              .fileDecoder("w3c", Map.of(), schema)
              .decode(
                  in,
                  new ObjectWriter(schema, row -> counts.merge((Integer) row[4], 1, Integer::sum)),
                  new Fates(fates));
        }
        assertThat(fates).allMatch(fate -> fate.endsWith(" accepted"));
      }
    }
    assertThat(counts).isEqualTo(expected);
    assertThat(counts.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(2001);
  }
}
