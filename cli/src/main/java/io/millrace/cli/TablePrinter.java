package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Aligned columns as psql prints them. Widths come from the first rows, at most {@value #SAMPLE}; a
 * push answer prints what it has at each pause. One column of texts of several lines, such as a
 * plan, is printed as it is.
 */
final class TablePrinter implements Answer {
  private static final int SAMPLE = 1000;
  private static final String NULL = "NULL";

  private final PrintWriter out;
  private List<Column> columns = List.of();
  private boolean push;
  private int[] widths;
  private boolean asTheyAre;
  private final List<String[]> waiting = new ArrayList<>();
  private long rows;
  private String notice = "";

  TablePrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void message(String text) {
    out.println(text);
    OutputClosedException.flush(out);
  }

  @Override
  public void columns(List<Column> columns, boolean push) {
    this.columns = Column.printable(columns);
    this.push = push;
  }

  @Override
  public void row(String op, List<JsonNode> values) {
    String[] cells = new String[values.size() + 1];
    cells[0] = op;
    for (int i = 0; i < values.size(); i++) {
      cells[i + 1] = Cells.text(columns.get(i), values.get(i), NULL);
    }
    waiting.add(cells);
    rows++;
    if (waiting.size() == SAMPLE) {
      print();
    }
  }

  private void print() {
    boolean first = widths == null;
    if (first) {
      asTheyAre =
          columns.size() == 1 && !push && waiting.stream().anyMatch(r -> r[1].indexOf('\n') >= 0);
    }
    waiting.forEach(
        row -> {
          for (int i = 1; i < row.length; i++) {
            row[i] = asTheyAre ? Cells.printableLines(row[i]) : Cells.printable(row[i]);
          }
        });
    if (first) {
      measure();
    }
    if (first && !asTheyAre) {
      header();
    }
    for (String[] row : waiting) {
      out.println(asTheyAre ? row[1] : line(row));
    }
    waiting.clear();
    OutputClosedException.flush(out);
  }

  private void measure() {
    widths = new int[columns.size() + 1];
    widths[0] = 1;
    for (int i = 0; i < columns.size(); i++) {
      widths[i + 1] = Cells.width(columns.get(i).name());
      for (String[] row : waiting) {
        widths[i + 1] = Math.max(widths[i + 1], Cells.width(row[i + 1]));
      }
    }
  }

  private void header() {
    StringBuilder names = new StringBuilder(push ? "   |" : "");
    StringBuilder rule = new StringBuilder(push ? "---+" : "");
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      names.append(' ').append(name).append(" ".repeat(widths[i + 1] - Cells.width(name) + 1));
      rule.append("-".repeat(widths[i + 1] + 2));
      if (i + 1 < columns.size()) {
        names.append('|');
        rule.append('+');
      }
    }
    out.println(names.toString().stripTrailing());
    out.println(rule);
  }

  private String line(String[] row) {
    StringBuilder line = new StringBuilder(push ? " " + row[0] + " |" : "");
    for (int i = 0; i < columns.size(); i++) {
      int gap = Math.max(0, widths[i + 1] - Cells.width(row[i + 1]));
      boolean right = columns.get(i).isNumber();
      line.append(' ').append(right ? " ".repeat(gap) : "").append(row[i + 1]);
      line.append(right ? "" : " ".repeat(gap)).append(' ');
      if (i + 1 < columns.size()) {
        line.append('|');
      }
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void leftOut(long rows, String reason) {
    notice = Answer.leftOutText(rows, reason);
  }

  @Override
  public void pause() {
    if (!waiting.isEmpty()) {
      print();
    }
  }

  @Override
  public void end() {
    if (!columns.isEmpty()) {
      print();
      out.println("(" + rows + (rows == 1 ? " row)" : " rows)"));
    }
    if (!notice.isEmpty()) {
      out.println(notice);
    }
    OutputClosedException.flush(out);
  }
}
