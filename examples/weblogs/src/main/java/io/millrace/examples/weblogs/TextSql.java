package io.millrace.examples.weblogs;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Rows as lines of text, the same in DuckDB, Snowflake and PostgreSQL. */
final class TextSql {
  private TextSql() {}

  /** The columns' values in order with a space between, {@code -} for one that is missing. */
  static String line(List<String> columns, UnaryOperator<String> name) {
    return columns.stream()
        .map(column -> "coalesce(\"" + name.apply(column) + "\"::VARCHAR, '-')")
        .collect(Collectors.joining(" || ' ' || "));
  }

  /** Gives the first column of each row. */
  static void read(Connection connection, String select, Consumer<String> line)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(select)) {
      while (rows.next()) {
        line.accept(rows.getString(1));
      }
    }
  }
}
