package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** RFC 4180 with a header; NULL is an empty field, an empty text is {@code ""}. */
final class CsvPrinter implements Answer {
  private final PrintWriter out;
  private boolean push;

  CsvPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void message(String text) {
    out.println(text);
  }

  @Override
  public void columns(List<Column> columns, boolean push) {
    this.push = push;
    String names = columns.stream().map(c -> quoted(c.name())).collect(Collectors.joining(","));
    out.print((push ? "op," : "") + names + "\r\n");
  }

  @Override
  public void row(String op, List<JsonNode> values) {
    String cells =
        values.stream()
            .map(v -> v.isNull() ? "" : quoted(Cells.text(v, "")))
            .collect(Collectors.joining(","));
    out.print((push ? op + "," : "") + cells + "\r\n");
  }

  private static String quoted(String text) {
    boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
    return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
  }

  @Override
  public void pause() {
    out.flush();
  }

  @Override
  public void end() {
    out.flush();
  }
}
