package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What receives a server's answer as it arrives: a message, or columns and then rows. {@link #end}
 * comes last, unless the answer ends in an error: then {@link #pause} does. Throws {@link
 * OutputClosedException} where nobody reads on.
 */
interface Answer {
  /** A column's name and its type as SQL text. */
  record Column(String name, String type) {
    private static final Pattern NUMBER =
        Pattern.compile("(TINYINT|SMALLINT|INT|INTEGER|BIGINT|FLOAT|DOUBLE|DECIMAL)\\b.*");

    /** The same columns with names that keep to one line. */
    static List<Column> printable(List<Column> columns) {
      return columns.stream().map(c -> new Column(Cells.printable(c.name), c.type)).toList();
    }

    boolean isNumber() {
      return NUMBER.matcher(type).matches();
    }

    boolean isDecimal() {
      return type.startsWith("DECIMAL");
    }
  }

  /** What lacks in an answer, in a sentence. */
  static String leftOutText(long rows, String reason) {
    return "notice: "
        + (rows == 1 ? "1 row was left out: " : rows + " rows were left out, the first: ")
        + Cells.printable(reason);
  }

  void message(String text);

  /** Rows of these columns follow; {@code push} where they come without end. */
  void columns(List<Column> columns, boolean push);

  /** {@code op} is {@code +}, {@code -}, {@code u} or {@code U}. */
  void row(String op, List<JsonNode> values);

  /** The answer lacks this many rows; {@code reason} is the first one's. Comes before the end. */
  void leftOut(long rows, String reason);

  /** Nothing is ready: show what came so far. */
  void pause();

  /** The answer is complete. */
  void end();
}
