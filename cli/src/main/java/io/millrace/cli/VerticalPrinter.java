package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** One column a line, for wide rows. */
final class VerticalPrinter implements Answer {
  private final PrintWriter out;
  private List<Column> columns = List.of();
  private int width;
  private boolean push;
  private long rows;
  private String notice = "";

  VerticalPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void message(String text) {
    out.println(text);
  }

  @Override
  public void columns(List<Column> columns, boolean push) {
    this.columns = Column.printable(columns);
    this.push = push;
    this.width = this.columns.stream().mapToInt(c -> Cells.width(c.name())).max().orElse(0);
  }

  @Override
  public void row(String op, List<JsonNode> values) {
    rows++;
    out.println("-[ " + (push ? op + " " : "") + "row " + rows + " ]" + "-".repeat(20));
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      String text = Cells.text(columns.get(i), values.get(i), "NULL");
      // A value of several lines stays one, each line under the first.
      String lines =
          text.lines()
              .map(Cells::printable)
              .collect(Collectors.joining("\n" + " ".repeat(width) + " | "));
      out.println(name + " ".repeat(width - Cells.width(name)) + " | " + lines);
    }
  }

  @Override
  public void leftOut(long rows, String reason) {
    notice = Answer.leftOutText(rows, reason);
  }

  @Override
  public void pause() {
    OutputClosedException.flush(out);
  }

  @Override
  public void end() {
    if (!columns.isEmpty()) {
      out.println("(" + rows + (rows == 1 ? " row)" : " rows)"));
    }
    if (!notice.isEmpty()) {
      out.println(notice);
    }
    OutputClosedException.flush(out);
  }
}
