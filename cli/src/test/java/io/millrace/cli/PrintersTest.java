package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintersTest {
  private static final List<Answer.Column> COLUMNS =
      List.of(
          new Answer.Column("name", "STRING"),
          new Answer.Column("数", "INT"),
          new Answer.Column("amount", "DECIMAL(10, 2)"),
          new Answer.Column("ratio", "DOUBLE"));

  private static List<JsonNode> row(String json) {
    try {
      List<JsonNode> values = new ArrayList<>();
      Client.JSON.readTree(json).forEach(values::add);
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String finite(Output output, List<Answer.Column> columns, String... rows) {
    StringWriter text = new StringWriter();
    Answer printer = output.printer(new PrintWriter(text), new PrintWriter(text));
    printer.columns(columns, false);
    for (String row : rows) {
      printer.row("+", row(row));
    }
    printer.end();
    return text.toString();
  }

  private static String finite(Output output) {
    return finite(
        output,
        COLUMNS,
        "[\"水😀\", 7, 5.50, 1.0E10]",
        "[null, null, 0.0000001, 0.1]",
        "[\"a\\tb\\u001b[31m\\nc\", -12345, 100, \"NaN\"]");
  }

  @Test
  void tableIsAlignedWithNumbersToTheRight() {
    assertThat(finite(Output.TABLE))
        .isEqualTo(
            """
             name            | 数     | amount    | ratio
            -----------------+--------+-----------+--------
             水😀            |      7 |      5.50 | 1.0E10
             NULL            |   NULL | 0.0000001 |    0.1
             a\\tb\\x1B[31m\\nc | -12345 |       100 |    NaN
            (3 rows)
            """);
  }

  @Test
  void emptyTableHasAHeader() {
    assertThat(finite(Output.TABLE, COLUMNS.subList(0, 2)))
        .isEqualTo(" name | 数\n------+----\n(0 rows)\n");
  }

  @Test
  void oneColumnOfSeveralLinesIsPrintedAsItIs() {
    List<Answer.Column> plan = List.of(new Answer.Column("plan", "STRING"));
    assertThat(finite(Output.TABLE, plan, "[\"CREATE\\n\\ta \\u0007\"]"))
        .isEqualTo("CREATE\n\ta \\x07\n(1 row)\n");
  }

  @Test
  void rowsWiderThanTheFirstThousandAreWhole() {
    String[] rows = new String[1001];
    java.util.Arrays.fill(rows, "[\"a\", 1]");
    rows[1000] = "[\"a long name\", 1000000]";
    assertThat(finite(Output.TABLE, COLUMNS.subList(0, 2), rows))
        .endsWith("\n a    |  1\n a long name | 1000000\n(1001 rows)\n");
  }

  @Test
  void verticalHasOneColumnALine() {
    assertThat(finite(Output.VERTICAL, COLUMNS, "[\"a\\nb\", 7, 5.50, null]"))
        .isEqualTo(
            """
            -[ row 1 ]--------------------
            name   | a
                   | b
            数     | 7
            amount | 5.50
            ratio  | NULL
            (1 row)
            """);
    assertThat(finite(Output.VERTICAL, COLUMNS.subList(0, 1), "[\"\"]"))
        .isEqualTo("-[ row 1 ]--------------------\nname | \n(1 row)\n");
  }

  @Test
  void csvTellsNullFromEmptyAndQuotesWhatItMust() {
    assertThat(
            finite(
                Output.CSV,
                COLUMNS.subList(0, 3),
                "[null, null, null]",
                "[\"\", 1, 5.50]",
                "[\"a,\\\"b\\\"\\nc\", 2, 1.00]"))
        .isEqualTo("name,数,amount\r\n,,\r\n\"\",1,5.50\r\n\"a,\"\"b\"\"\nc\",2,1.00\r\n");
  }

  @Test
  void jsonIsOneObjectALine() {
    List<Answer.Column> columns =
        List.of(new Answer.Column("a", "DECIMAL(3, 2)"), new Answer.Column("b", "ARRAY<INT>"));
    assertThat(finite(Output.JSON, columns, "[1.50, [1, 2]]", "[null, null]"))
        .isEqualTo("{\"a\":1.50,\"b\":[1,2]}\n{\"a\":null,\"b\":null}\n");
    assertThat(finite(Output.TABLE, columns, "[1.50, [1, 2]]"))
        .isEqualTo(" a    | b\n------+-------\n 1.50 | [1,2]\n(1 row)\n");
  }

  @Test
  void jsonKeepsEveryColumnOfOneName() {
    List<Answer.Column> columns =
        List.of("id", "id", "id_1", "id", "_op").stream()
            .map(n -> new Answer.Column(n, "INT"))
            .toList();
    assertThat(finite(Output.JSON, columns, "[1, 2, 3, 4, 5]"))
        .isEqualTo("{\"id\":1,\"id_2\":2,\"id_1\":3,\"id_3\":4,\"_op\":5}\n");
    StringWriter text = new StringWriter();
    Answer printer = Output.JSON.printer(new PrintWriter(text), new PrintWriter(text));
    printer.columns(columns.subList(4, 5), true);
    printer.row("+", row("[5]"));
    assertThat(text).hasToString("{\"_op\":\"+\",\"_op_1\":5}\n");
  }

  @Test
  void messageStandsApartFromLinesOfCsv() {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Output.CSV.printer(new PrintWriter(out), new PrintWriter(err)).message("Did it.");
    assertThat(out.toString()).isEmpty();
    assertThat(err).hasToString("Did it.\n");
  }

  private static String pushed(Output output) {
    StringWriter text = new StringWriter();
    Answer printer = output.printer(new PrintWriter(text), new PrintWriter(text));
    printer.columns(COLUMNS.subList(0, 2), true);
    printer.row("+", row("[\"a\", 1]"));
    printer.pause();
    printer.pause();
    printer.row("u", row("[\"a\", 1]"));
    printer.row("U", row("[\"a\", 20]"));
    printer.row("-", row("[\"longer\", null]"));
    printer.pause();
    return text.toString();
  }

  @Test
  void everyFormatTellsTheOperationOfAChangeAndShowsItAtAPause() {
    assertThat(pushed(Output.TABLE))
        .isEqualTo(
            """
               | name | 数
            ---+------+----
             + | a    |  1
             u | a    |  1
             U | a    | 20
             - | longer | NULL
            """);
    assertThat(pushed(Output.VERTICAL))
        .startsWith("-[ + row 1 ]--------------------\nname | a\n数   | 1\n-[ u row 2 ]");
    assertThat(pushed(Output.CSV))
        .isEqualTo("op,name,数\r\n+,a,1\r\nu,a,1\r\nU,a,20\r\n-,longer,\r\n");
    assertThat(pushed(Output.JSON))
        .startsWith("{\"_op\":\"+\",\"name\":\"a\",\"数\":1}\n")
        .endsWith("{\"_op\":\"-\",\"name\":\"longer\",\"数\":null}\n");
  }

  @Test
  void outputThatTakesNoMoreEndsTheAnswer() {
    Writer closed =
        new Writer() {
          @Override
          public void write(char[] text, int offset, int length) throws IOException {
            throw new IOException("Broken pipe");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    for (Output output : Output.values()) {
      Answer printer = output.printer(new PrintWriter(closed), new PrintWriter(closed));
      printer.columns(COLUMNS.subList(0, 2), true);
      printer.row("+", row("[\"a\", 1]"));
      assertThatThrownBy(printer::pause).isInstanceOf(OutputClosedException.class);
    }
  }
}
