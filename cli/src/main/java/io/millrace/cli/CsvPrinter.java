package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/**
 * RFC 4180 with a header; NULL is an empty field, an empty text is {@code ""}. Messages go
 * elsewhere.
 */
final class CsvPrinter implements Answer {
  private final PrintWriter out;
  private final PrintWriter err;
  private List<Column> columns = List.of();
  private boolean push;

  CsvPrinter(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public void message(String text) {
    err.println(text);
    err.flush();
  }

  @Override
  public void columns(List<Column> columns, boolean push) {
    this.columns = columns;
    this.push = push;
    String names = columns.stream().map(c -> quoted(c.name())).collect(Collectors.joining(","));
    out.print((push ? "op," : "") + names + "\r\n");
  }

  @Override
  public void row(String op, List<JsonNode> values) {
    StringBuilder line = new StringBuilder(push ? op + "," : "");
    for (int i = 0; i < columns.size(); i++) {
      JsonNode value = values.get(i);
      line.append(i > 0 ? "," : "")
          .append(value.isNull() ? "" : quoted(Cells.text(columns.get(i), value, "")));
    }
    out.print(line.append("\r\n"));
  }

  private static String quoted(String text) {
    boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
    return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
  }

  @Override
  public void leftOut(long rows, String reason) {
    message(Answer.leftOutText(rows, reason));
  }

  @Override
  public void pause() {
    OutputClosedException.flush(out);
  }

  @Override
  public void end() {
    OutputClosedException.flush(out);
  }
}
