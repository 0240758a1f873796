package io.millrace.sink.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Statements run in batches, as every JDBC driver can. */
final class BatchStatements {
  private BatchStatements() {}

  static String insert(Dialect dialect, Target target, List<TargetColumn> columns) {
    return "INSERT INTO "
        + target.quoted(dialect)
        + " ("
        + Target.names(columns, dialect)
        + ") VALUES ("
        + String.join(", ", Collections.nCopies(columns.size(), "?"))
        + ")";
  }

  static String delete(Dialect dialect, Target target) {
    return "DELETE FROM "
        + target.quoted(dialect)
        + " WHERE "
        + target.keys().stream()
            .map(c -> dialect.quote(c.target()) + " = ?")
            .collect(Collectors.joining(" AND "));
  }

  /** Runs a statement once for each row of {@link RowText}, with the columns that it wants. */
  static void run(
      Connection connection,
      Dialect dialect,
      String text,
      List<TargetColumn> columns,
      List<TargetColumn> wanted,
      byte[] rows,
      int size)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      new RowBinder(rows, size, dialect).addAll(columns, wanted, statement);
      statement.executeBatch();
    }
  }
}
