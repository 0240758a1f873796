package io.millrace.format.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.ByteSink;
import io.millrace.format.DecodeException;
import io.millrace.format.FileDecoder;
import io.millrace.format.Formats;
import io.millrace.format.ObjectRow;
import io.millrace.format.ObjectWriter;
import io.millrace.format.RecordEncoder;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.RowSchema;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.QuoteMode;
import org.junit.jupiter.api.Test;

/** Apache Commons CSV is the truth; a failure names the seed that repeats it. */
class DelimitedOracleTest {
  private static final int CASES = 3_000;
  private static final int ROWS = 6;

  private final Formats formats = new Formats(id -> null);

  @Test
  void whatTheLibraryWritesIsReadAsItWas() throws Exception {
    for (long seed = 0; seed < CASES; seed++) {
      Table table = new Table(seed);
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < table.schema.size(); i++) {
        order.add(i);
      }
      boolean header = table.random.nextBoolean();
      if (header) {
        Collections.shuffle(order, table.random);
      }
      StringBuilder text = new StringBuilder(table.random.nextBoolean() ? "\ufeff" : "");
      try (CSVPrinter printer = new CSVPrinter(text, table.format())) {
        if (header) {
          table.options.put("header", "on");
          printer.printRecord(order.stream().map(i -> table.schema.column(i).name()));
        }
        for (List<String> row : table.rows) {
          printer.printRecord(order.stream().map(row::get));
        }
      }
      assertThat(read(table, text.toString())).as("seed %d: %s", seed, text).isEqualTo(table.rows);
    }
  }

  @Test
  void whatWeWriteIsReadByTheLibraryAsItWas() throws Exception {
    for (long seed = 0; seed < CASES; seed++) {
      Table table = new Table(seed);
      RecordEncoder encoder = formats.encoder("delimited", table.options, table.schema, -1);
      ByteSink out = new ByteSink();
      for (List<String> row : table.rows) {
        encoder.encode(new ObjectRow(table.schema).set(row.toArray()), out);
        out.write(table.lineEnd.getBytes(StandardCharsets.US_ASCII));
      }
      String text = new String(out.toByteArray(), StandardCharsets.UTF_8);
      List<List<String>> read = new ArrayList<>();
      try (CSVParser parser = CSVParser.parse(new StringReader(text), table.format())) {
        for (CSVRecord record : parser) {
          read.add(Arrays.asList(record.values()));
        }
      }
      assertThat(read).as("seed %d: %s", seed, text).isEqualTo(table.rows);
    }
  }

  private List<List<String>> read(Table table, String text) throws IOException {
    List<List<String>> read = new ArrayList<>();
    formats
        .fileDecoder("delimited", table.options, table.schema)
        .decode(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
            new ObjectWriter(
                table.schema,
                row -> read.add(Arrays.asList(Arrays.copyOf(row, row.length, String[].class)))),
            new FileDecoder.FileRows() {
              @Override
              public void accepted(long row) {
                assertThat(row).isPositive();
              }

              @Override
              public void refused(long row, byte[] bytes, DecodeException why) {
                throw new AssertionError(text, why);
              }
            });
    return read;
  }

  /** Rows of hostile texts in a random dialect, and that dialect in the library's terms. */
  private static final class Table {
    final Random random;
    final Map<String, String> options;
    final RowSchema schema;
    final List<List<String>> rows = new ArrayList<>();
    final String lineEnd;
    private final String delimiter;

    Table(long seed) {
      random = new Random(seed);
      Map<String, String> dialect = CodecCase.dialect(random);
      while (dialect.get("quote").isEmpty()) { // the library escapes where it cannot quote
        dialect = CodecCase.dialect(random);
      }
      options = new HashMap<>(dialect);
      delimiter = options.get("delimiter").replace("\\t", "\t").replace("\\u0001", "\1");
      lineEnd = random.nextBoolean() ? "\n" : "\r\n";
      List<Column> columns = new ArrayList<>();
      for (int i = 2 + random.nextInt(4); i > 0; i--) {
        columns.add(new Column("column_" + i, DataType.STRING));
      }
      schema = new RowSchema(columns, List.of());
      for (int i = 0; i < ROWS; i++) {
        List<String> row = new ArrayList<>();
        columns.forEach(column -> row.add(random.nextInt(5) == 0 ? null : text()));
        rows.add(row);
      }
    }

    /** Mostly what means something in the dialect. */
    private String text() {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(6); i > 0; i--) {
        text.append(
            switch (random.nextInt(10)) {
              case 0 -> delimiter;
              case 1 -> delimiter.charAt(0);
              case 2 -> options.get("quote");
              case 3 -> options.get("null");
              case 4 -> "\n";
              case 5 -> "\r";
              case 6 -> "\\";
              case 7 -> " ";
              case 8 -> "\u20ac\ud83d\ude00";
              default -> "b#";
            });
      }
      return text.toString();
    }

    /** Only an unquoted null text is NULL, as with us. */
    CSVFormat format() {
      return CSVFormat.DEFAULT
          .builder()
          .setDelimiter(delimiter)
          .setQuote(options.get("quote").charAt(0))
          .setNullString(options.get("null"))
          .setQuoteMode(QuoteMode.ALL_NON_NULL)
          .setRecordSeparator(lineEnd)
          .setIgnoreEmptyLines(false)
          .get();
    }
  }

  /** Unquoted where the library thinks that it may be: our rules must allow at least as much. */
  @Test
  void whatTheLibraryQuotesOnlyWhereItMustIsReadAsItWas() throws Exception {
    for (long seed = 0; seed < CASES; seed++) {
      Table table = new Table(seed);
      if (table.delimiter.length() > 1) {
        continue; // the library leaves a value unquoted that ends as the delimiter begins
      }
      StringBuilder text = new StringBuilder();
      CSVFormat minimal = table.format().builder().setQuoteMode(QuoteMode.MINIMAL).get();
      List<List<String>> expected = new ArrayList<>();
      try (CSVPrinter printer = new CSVPrinter(text, minimal)) {
        for (List<String> row : table.rows) {
          // With this mode the library cannot tell the null text from NULL.
          if (!row.contains(table.options.get("null")) && !row.contains("")) {
            printer.printRecord(row);
            expected.add(row);
          }
        }
      }
      assertThat(read(table, text.toString())).as("seed %d: %s", seed, text).isEqualTo(expected);
    }
  }
}
