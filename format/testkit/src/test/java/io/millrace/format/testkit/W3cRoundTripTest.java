package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordDecoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Random rows as lines whose fields change from line to line. */
class W3cRoundTripTest {
  private static final int CASES = 3_000;

  private final Formats formats = new Formats(id -> null);

  @Test
  void linesAreReadAsTheRowsTheyWereAlsoWhereFieldsChangeMidFile() throws Exception {
    int refused = 0;
    int rows = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomRows random = new RandomRows(seed);
      RowSchema schema = random.schema(false);
      ByteSink file = new ByteSink();
      List<Object> expected = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        String fields = i == 0 ? "" : fields(schema, random.random());
        Map<String, String> options = Map.of("fields", fields);
        Object[] row = random.row(schema);
        ByteSink line = new ByteSink();
        try {
          formats.encoder("w3c", options, schema, -1).encode(new ObjectRow(schema).set(row), line);
        } catch (MillraceException e) {
          assertThat(e.code()).isEqualTo(ErrorCode.ROW_REFUSED);
          assertThat(isUnwritable(row, schema, fields)).as("seed %d: %s", seed, e).isTrue();
          refused++;
          continue;
        }
        Object written = RandomRows.comparable(joined(row, schema));
        assertThat(read(schema, options, line)).as("seed %d", seed).isEqualTo(written);
        expected.add(written);
        String directive = fields.isEmpty() ? "#Remark: in column order" : "#Fields: " + fields;
        file.write((directive + "\r\n").getBytes(StandardCharsets.UTF_8));
        file.write(line.array(), 0, line.length());
        file.write("\n\n".getBytes(StandardCharsets.US_ASCII));
        rows++;
      }
      List<Object> read = new ArrayList<>();
      formats
          .fileDecoder("w3c", Map.of(), schema)
          .decode(
              new ByteArrayInputStream(file.toByteArray()),
              new ObjectWriter(schema, row -> read.add(RandomRows.comparable(row))),
              new AllAccepted());
      assertThat(read).as("seed %d", seed).isEqualTo(expected);
    }
    assertThat(rows).isGreaterThan(CASES * 3);
    assertThat(refused).isGreaterThan(CASES / 100);
  }

  private Object read(RowSchema schema, Map<String, String> options, ByteSink line)
      throws DecodeException {
    List<Object> rows = new ArrayList<>();
    RecordDecoder decoder =
        formats.decoder("w3c", options, schema, IntStream.range(0, schema.size()).toArray());
    decoder.decode(
        line.array(),
        0,
        line.length(),
        new ObjectWriter(schema, row -> rows.add(RandomRows.comparable(row))));
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  /** All columns in another order, with fields between that are no columns. */
  private static String fields(RowSchema schema, Random random) {
    List<String> fields = new ArrayList<>();
    schema.columns().forEach(column -> fields.add(column.name().replace('_', '-')));
    for (int i = random.nextInt(3); i > 0; i--) {
      fields.add("x(Unknown-" + i + ")");
    }
    Collections.shuffle(fields, random);
    return String.join(random.nextBoolean() ? " " : "\t ", fields);
  }

  /** The values as the format can say them. */
  private static Object[] joined(Object[] row, RowSchema schema) {
    Object[] joined = row.clone();
    for (int i = 0; i < row.length; i++) {
      if (row[i] instanceof String text) {
        String said = text.replaceAll("[\\x00-\\x20\\x7f]", "+");
        joined[i] = said.isEmpty() || said.equals("-") ? null : said;
      } else if (row[i] instanceof byte[] bytes && bytes.length == 0) {
        joined[i] = null;
      }
    }
    return joined;
  }

  /** A NOT NULL text that reads as NULL, or a line that would be a directive. */
  private static boolean isUnwritable(Object[] row, RowSchema schema, String fields) {
    Object[] joined = joined(row, schema);
    String first = fields.isEmpty() ? "" : fields.split("\\s+")[0].replace('-', '_');
    for (int i = 0; i < row.length; i++) {
      Column column = schema.column(i);
      boolean isFirst = fields.isEmpty() ? i == 0 : column.name().equals(first);
      if (joined[i] == null && !column.type().nullable()
          || isFirst
              && column.type().kind() == DataType.Kind.STRING
              && ("" + joined[i]).startsWith("#")) {
        return true;
      }
    }
    return false;
  }

  private record AllAccepted() implements FileDecoder.FileRows {
    @Override
    public void accepted(long row) {
      assertThat(row).isPositive();
    }

    @Override
    public void refused(long row, byte[] bytes, DecodeException why) {
      throw new AssertionError(new String(bytes, StandardCharsets.UTF_8), why);
    }
  }
}
