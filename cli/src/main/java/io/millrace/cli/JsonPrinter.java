package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;

/** One JSON object a line; a push answer's carry the field {@code _op}. */
final class JsonPrinter implements Answer {
  private final PrintWriter out;
  private List<Column> columns = List.of();
  private boolean push;

  JsonPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void message(String text) {
    out.println(Client.JSON.createObjectNode().put("message", text));
  }

  @Override
  public void columns(List<Column> columns, boolean push) {
    this.columns = columns;
    this.push = push;
  }

  @Override
  public void row(String op, List<JsonNode> values) {
    ObjectNode row = Client.JSON.createObjectNode();
    if (push) {
      row.put("_op", op);
    }
    for (int i = 0; i < columns.size(); i++) {
      row.set(columns.get(i).name(), values.get(i));
    }
    out.println(row);
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
