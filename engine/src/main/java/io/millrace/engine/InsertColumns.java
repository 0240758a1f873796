package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The column list of an INSERT: which value goes where, and NULL for what is not named. */
final class InsertColumns {
  private InsertColumns() {}

  /** For each contract column, the index of its value; -1 where the list does not name it. */
  static int[] positions(Relation target, List<String> named) {
    int[] positions = new int[target.schema().size()];
    if (named.isEmpty()) {
      for (int i = 0; i < positions.length; i++) {
        positions[i] = i;
      }
      return positions;
    }
    java.util.Arrays.fill(positions, -1);
    requireColumns(target, named, "insert into");
    for (int i = 0; i < named.size(); i++) {
      int column = target.schema().indexOf(named.get(i));
      if (positions[column] >= 0) {
        throw new MillraceException(
            ErrorCode.INVALID_QUERY,
            "Cannot insert into " + target.name() + ": " + named.get(i) + " is named twice");
      }
      positions[column] = i;
    }
    for (int i = 0; i < positions.length; i++) {
      Column column = target.schema().column(i);
      if (positions[i] < 0 && !column.type().nullable()) {
        throw new MillraceException(
                ErrorCode.ROW_REFUSED,
                "Cannot insert into " + target.name() + ": " + column.name() + " is NOT NULL")
            .hint("Name it in the column list and give it a value.");
      }
    }
    return positions;
  }

  /** Throws NOT_FOUND with the nearest name for the first that is no column of the target. */
  static void requireColumns(Relation target, List<String> named, String verb) {
    for (String name : named) {
      if (target.schema().indexOf(name) < 0) {
        List<String> known = target.schema().columns().stream().map(Column::name).toList();
        throw new MillraceException(
                ErrorCode.NOT_FOUND,
                "Cannot " + verb + " " + target.name() + ": no such column: " + name)
            .hint(
                Nearest.to(name, known)
                    .map(near -> "Did you mean " + near + "?")
                    .orElse("The columns are " + String.join(", ", known) + "."));
      }
    }
  }

  /** Lines that {@link #arrange} puts before the query. */
  static final int LINES_BEFORE = 1;

  /** Wraps a Flink query so that it gives the target's columns, by name and in contract order. */
  static String arrange(Relation target, List<String> named, String sql) {
    int[] positions = positions(target, named);
    List<String> inner = new ArrayList<>();
    for (int i = 0; i < named.size(); i++) {
      inner.add("c" + i);
    }
    List<String> outer = new ArrayList<>();
    for (int i = 0; i < positions.length; i++) {
      Column column = target.schema().column(i);
      String name = "`" + column.name().replace("`", "``") + "`";
      outer.add(
          positions[i] >= 0
              ? "c" + positions[i] + " AS " + name
              : "CAST(NULL AS " + column.type().bareText() + ") AS " + name);
    }
    return "SELECT "
        + String.join(", ", outer)
        + " FROM (\n"
        + sql
        + "\n) AS t ("
        + inner.stream().collect(Collectors.joining(", "))
        + ")";
  }
}
