package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;

/** One column a line, for wide rows. */
final class VerticalPrinter implements Answer {
  private final PrintWriter out;
  private List<Column> columns = List.of();
  private int width;
  private boolean push;
  private long rows;

  VerticalPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void message(String text) {
    out.println(text);
  }

  @Override
  public void columns(List<Column> columns, boolean push) {
    this.columns = columns;
    this.push = push;
    this.width = columns.stream().mapToInt(c -> Cells.width(c.name())).max().orElse(0);
  }

  @Override
  public void row(String op, List<JsonNode> values) {
    rows++;
    out.println("-[ " + (push ? op + " " : "") + "row " + rows + " ]" + "-".repeat(20));
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      out.println(
          name + " ".repeat(width - Cells.width(name)) + " | " + Cells.text(values.get(i), "NULL"));
    }
  }

  @Override
  public void pause() {
    out.flush();
  }

  @Override
  public void end() {
    if (!columns.isEmpty()) {
      out.println("(" + rows + (rows == 1 ? " row)" : " rows)"));
    }
    out.flush();
  }
}
