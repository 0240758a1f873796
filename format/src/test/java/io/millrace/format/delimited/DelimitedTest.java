package io.millrace.format.delimited;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DelimitedTest {
  private static final RowSchema SCHEMA =
      RowSchema.of(
          new Column("id", DataType.INT.withNullable(false)),
          new Column("name", DataType.STRING),
          new Column("amount", DataType.decimal(6, 2)));

  private final Formats formats = new Formats(id -> null);

  private List<String> file(Map<String, String> options, String text) throws IOException {
    List<String> fates = new ArrayList<>();
    formats
        .fileDecoder("delimited", options, SCHEMA)
        .decode(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
            new ObjectWriter(SCHEMA, row -> fates.add(Arrays.toString(row))),
            new FileDecoder.FileRows() {
              @Override
              public void accepted(long row) {
                fates.add("line " + row);
              }

              @Override
              public void refused(long row, byte[] bytes, DecodeException why) {
                fates.add("line " + row + ": " + why.getMessage());
              }
            });
    return fates;
  }

  @Test
  void quotedFieldsHoldDelimitersQuotesAndLineEnds() throws Exception {
    assertThat(
            file(Map.of(), "\ufeff1,\"a,\"\"b\"\"\r\nc\",1.5\r\n\r\n2,,\r\n3,\"\",\"2\"\n4,x\"y,1"))
        .containsExactly(
            "[1, a,\"b\"\r\nc, 1.50]",
            "line 1",
            "[2, null, null]",
            "line 4",
            "[3, , 2.00]",
            "line 5",
            "[4, x\"y, 1.00]",
            "line 6");
  }

  @Test
  void headersNameColumnsInAnyOrder() throws Exception {
    Map<String, String> options = Map.of("header", "on", "delimiter", ";", "null", "NULL");
    assertThat(file(options, "Amount;other;\"ID\"\n1;x;5\nNULL;;6\n"))
        .containsExactly("[5, null, 1.00]", "line 2", "[6, null, null]", "line 3");
    assertThat(file(options, "name\nx\n"))
        .containsExactly(
            "line 2: Cannot read column id as INT: the file has no such field and it is NOT NULL (byte 1)");
    assertThatThrownBy(() -> file(options, "a,b\n1,2\n"))
        .isInstanceOf(MillraceException.class)
        .hasMessage("Cannot read the header: it names no column");
    assertThatThrownBy(() -> file(options, "id;ID\n1;2\n"))
        .hasMessage("Cannot read the header: column ID is named twice");
  }

  @Test
  void brokenRowsAreRefusedWithTheirLineAndTheNextIsRead() throws Exception {
    assertThat(file(Map.of(), "1,a\n,b,1\n2,\"b\"x,1\n3,c,1.005\n4,\"open\n5,e,1\n"))
        .containsExactly(
            "line 1: Cannot read record: too few fields: 2 instead of 3 (byte 3)",
            "line 2: Cannot read column id as INT: NULL in a NOT NULL column (byte 0)",
            "line 3: Cannot read record: text after a closing quote (byte 5)",
            "line 4: Cannot read column amount as DECIMAL(6, 2): not exact at scale 2: '1.005'"
                + " (byte 4)",
            "line 5: Cannot read record: a quote is left open (byte 2)",
            "[5, e, 1.00]",
            "line 6");
  }

  @Test
  void recordsAreOneRowWhateverCharactersTheyHold() throws Exception {
    List<Object[]> rows = new ArrayList<>();
    byte[] record = "7\t\"a\"\t1\n".getBytes(StandardCharsets.UTF_8);
    formats
        .decoder("delimited", Map.of("delimiter", "\\t", "quote", ""), SCHEMA, new int[] {1, 0})
        .decode(
            record,
            0,
            record.length,
            new ObjectWriter(SCHEMA.project(new int[] {1, 0}), rows::add));
    assertThat(rows.get(0)).containsExactly("\"a\"", 7);
  }

  @Test
  void valuesThatNeedAQuoteAreRefusedWhereThereIsNone() {
    assertThatThrownBy(
            () ->
                formats
                    .encoder("delimited", Map.of("quote", ""), SCHEMA, -1)
                    .encode(new ObjectRow(SCHEMA).set(1, "a,b", null), new ByteSink()))
        .hasMessage(
            "Cannot write column name as delimited: the value needs a quote and 'quote' is none");
  }

  @Test
  void optionsThatContradictEachOtherAreRefused() {
    for (Map<String, String> options :
        List.of(
            Map.of("delimiter", ""),
            Map.of("delimiter", "a\nb"),
            Map.of("quote", "ab"),
            Map.of("quote", ",", "delimiter", ","),
            Map.of("null", "a,b"),
            Map.of("delimiter", "aa", "null", "a"))) {
      assertThatThrownBy(() -> formats.encoder("delimited", options, SCHEMA, -1))
          .as("%s", options)
          .isInstanceOf(MillraceException.class)
          .hasMessageStartingWith("Invalid value for '");
    }
    RowSchema nested = RowSchema.of(new Column("list", new DataType.Array(DataType.INT, true)));
    assertThatThrownBy(() -> formats.decoder("delimited", Map.of(), nested, new int[] {0}))
        .hasMessage("Cannot use format delimited for column list of type ARRAY<INT>");
  }
}
