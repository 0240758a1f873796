package io.millrace.sink.jdbc;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The table that a sink writes to. Immutable.
 *
 * @param schema its schema (MariaDB: database), or empty for that of the connection
 */
record Target(String schema, String table, List<TargetColumn> columns) implements Serializable {
  Target {
    columns = List.copyOf(columns);
  }

  List<TargetColumn> keys() {
    return columns.stream().filter(TargetColumn::key).toList();
  }

  /** Its name in a statement. */
  String quoted(Dialect dialect) {
    return beside(table, dialect);
  }

  /** The name in a statement of a table of the same schema. */
  String beside(String other, Dialect dialect) {
    return schema.isEmpty()
        ? dialect.quote(other)
        : dialect.quote(schema) + "." + dialect.quote(other);
  }

  static String names(List<TargetColumn> columns, Dialect dialect) {
    return columns.stream().map(c -> dialect.quote(c.target())).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return schema.isEmpty() ? table : schema + "." + table;
  }
}
