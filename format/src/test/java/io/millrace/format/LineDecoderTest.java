package io.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** However a file is read in parts, its rows and their lines are those of the whole file. */
class LineDecoderTest {
  private static final RowSchema SCHEMA =
      RowSchema.of(
          new Column("id", DataType.INT),
          new Column("name", DataType.STRING),
          new Column("more", DataType.STRING));

  private final Formats formats = new Formats(id -> null);

  private final class Reader {
    private final String format;
    private final Map<String, String> options;
    private final RowSchema schema;
    private final byte[] file;
    private final List<String> fates = new ArrayList<>();
    private final List<FilePlace> places = new ArrayList<>();

    Reader(String format, Map<String, String> options, RowSchema schema, String text) {
      this.format = format;
      this.options = options;
      this.schema = schema;
      this.file = text.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads from the place to that byte, and answers where that ended. */
    FilePlace read(FilePlace from, int to, boolean last) throws IOException {
      LineDecoder decoder = (LineDecoder) formats.fileDecoder(format, options, schema);
      int offset = (int) from.offset();
      List<String> rows = new ArrayList<>();
      decoder.decode(
          new ByteArrayInputStream(file, offset, to - offset),
          from,
          last,
          new ObjectWriter(schema, row -> rows.add(Arrays.toString(row))),
          new FileDecoder.FileRows() {
            @Override
            public void accepted(long row) {
              places.add(decoder.place());
              fates.add("line " + row + ": " + rows.get(rows.size() - 1));
            }

            @Override
            public void refused(long row, byte[] bytes, DecodeException why) {
              places.add(decoder.place());
              fates.add("line " + row + ": " + why.reason() + new String(bytes));
            }
          });
      return decoder.place();
    }

    List<String> whole() throws IOException {
      fates.clear();
      places.clear();
      FilePlace end = read(FilePlace.START, file.length, true);
      assertThat(end.offset()).isEqualTo(file.length);
      return List.copyOf(fates);
    }

    void assertPartsAreTheWhole(int rows) throws IOException {
      List<String> whole = whole();
      assertThat(whole).hasSize(rows);
      List<FilePlace> before = List.copyOf(places);
      for (int cut = 0; cut <= file.length; cut++) {
        fates.clear();
        FilePlace place = read(FilePlace.START, cut, false);
        assertThat(place.offset()).isLessThanOrEqualTo(cut);
        read(place, file.length, true);
        assertThat(fates).as("%s, read up to byte %s", format, cut).isEqualTo(whole);
      }
      fates.clear();
      FilePlace place = FilePlace.START;
      for (int end = 0; end <= file.length; end++) {
        place = read(place, end, false);
      }
      read(place, file.length, true);
      assertThat(fates).as("%s, byte by byte", format).isEqualTo(whole);
      for (int row = 0; row < rows; row++) {
        fates.clear();
        read(before.get(row), file.length, true);
        assertThat(fates).as("%s, from row %s on", format, row).isEqualTo(whole.subList(row, rows));
      }
    }

    /** The last line was taken without its line feed, which then comes with more. */
    void assertLineMayEndLater(int at) throws IOException {
      List<String> whole = whole();
      fates.clear();
      FilePlace place = read(FilePlace.START, at, true);
      assertThat(place.ended()).isFalse();
      read(place, file.length, true);
      assertThat(fates).isEqualTo(whole);
    }
  }

  @Test
  void jsonLines() throws Exception {
    String text =
        "\ufeff{\"id\":1,\"name\":\"ä{\"}\r\n\n{\"id\":2}{\"id\":3}\n broken\n"
            + "{\"id\":4,\n \"name\":\"x\"}\n{\"id\":\"no\"}\n{\"id\":5}";
    Reader reader = new Reader("json", Map.of(), SCHEMA, text);
    reader.assertPartsAreTheWhole(7);
    reader.assertLineMayEndLater(
        text.substring(0, text.indexOf("\r\n")).getBytes(StandardCharsets.UTF_8).length);
  }

  @Test
  void anArrayIsNoLines() throws Exception {
    LineDecoder decoder = (LineDecoder) formats.fileDecoder("json", Map.of(), SCHEMA);
    assertThat(decoder.isLines("\ufeff \n[{}".getBytes(StandardCharsets.UTF_8))).isFalse();
    assertThat(decoder.isLines(" {".getBytes(StandardCharsets.UTF_8))).isTrue();
    Reader reader = new Reader("json", Map.of(), SCHEMA, "[{\"id\":1}]");
    reader.read(FilePlace.START, 10, false);
    assertThat(reader.fates).isEmpty();
    reader.read(FilePlace.START, 10, true);
    assertThat(reader.fates).containsExactly("line 1: [1, null, null]");
  }

  @Test
  void w3cLinesBelowDirectivesThatChange() throws Exception {
    String text =
        "#Version: 1.0\n#Fields: id name\n1 ä\r\n2 b c\n#Fields: more x id\nm - 3\n\nn - 4\n"
            + "#Fields: id id\n5 5\n#Fields: name\nlast";
    Reader reader = new Reader("w3c", Map.of(), SCHEMA, text);
    reader.assertPartsAreTheWhole(6);
    reader.assertLineMayEndLater(text.indexOf("\r\n2") + 1);
  }

  @Test
  void delimitedRowsBelowAHeader() throws Exception {
    String text =
        "\ufeffname,id,\"x\"\r\n\"a\"\"\r\nb\",1,z\r\n\nc,2,\n\"d\"x,3,\n\"\",no,\n\"e\",5,\n";
    Reader reader = new Reader("delimited", Map.of("header", "on"), SCHEMA, text);
    reader.assertPartsAreTheWhole(5);
  }

  @Test
  void delimitedRowsBetweenLongDelimiters() throws Exception {
    String text = "1||\"a\"||x\n2||b||\n3||\"c||\n4||d||\n5||e||f";
    Reader reader = new Reader("delimited", Map.of("delimiter", "||"), SCHEMA, text);
    reader.assertPartsAreTheWhole(5);
    reader.assertLineMayEndLater(text.indexOf('\n'));
  }

  @Test
  void rawLines() throws Exception {
    RowSchema line = RowSchema.of(new Column("line", DataType.STRING));
    String text = "a\r\n\nb\n\n c";
    Reader reader = new Reader("raw", Map.of(), line, text);
    reader.assertPartsAreTheWhole(5);
    reader.assertLineMayEndLater(1);
    assertThat(new Reader("raw", Map.of(), line, "").whole()).isEmpty();
  }
}
