package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One JSON object a line; a push answer's carry the field {@code _op}, and a last line {@code
 * _left_out} tells of rows that it lacks. Columns of one name are told apart as DuckDB does it:
 * {@code id}, {@code id_1}, {@code id_2}.
 */
final class JsonPrinter implements Answer {
  private static final String OPERATION = "_op";

  private final PrintWriter out;
  private List<String> names = List.of();
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
    Set<String> declared = columns.stream().map(Column::name).collect(Collectors.toSet());
    Set<String> used = new HashSet<>(push ? Set.of(OPERATION) : Set.of());
    this.names = columns.stream().map(c -> free(c.name(), used, declared)).toList();
    this.push = push;
  }

  /** The name itself where it is free, else with a number that makes it no other column's. */
  private static String free(String name, Set<String> used, Set<String> declared) {
    String free = name;
    for (int i = 1; used.contains(free) || i > 1 && declared.contains(free); i++) {
      free = name + "_" + i;
    }
    used.add(free);
    return free;
  }

  @Override
  public void row(String op, List<JsonNode> values) {
    ObjectNode row = Client.JSON.createObjectNode();
    if (push) {
      row.put(OPERATION, op);
    }
    for (int i = 0; i < names.size(); i++) {
      row.set(names.get(i), values.get(i));
    }
    out.println(row);
  }

  @Override
  public void leftOut(long rows, String reason) {
    ObjectNode line = Client.JSON.createObjectNode();
    line.putObject("_left_out").put("rows", rows).put("reason", reason);
    out.println(line);
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
