package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowKind;
import io.millrace.sql.Assignment;
import io.millrace.sql.Update;
import java.util.ArrayList;
import java.util.List;

/** UPDATE of a table: the rows it finds are written anew under their keys. */
final class UpdateHandler implements StatementHandler<Update> {
  private final Parts parts;
  private final Discovery discovery;

  UpdateHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<Update> kind() {
    return Update.class;
  }

  /** One at a time: an update reads the rows that another may be writing. */
  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(Update statement, StatementRequest request, String text) {
    discovery.adopt(List.of(statement.target()));
    Relation target =
        RowChanges.currentTable(
            parts, parts.catalog().image().requireRelation(statement.target()), "update");
    String[] expressions =
        target.schema().columns().stream()
            .map(c -> RowChanges.quoted(c.name()))
            .toArray(String[]::new);
    List<String> columns = statement.assignments().stream().map(Assignment::column).toList();
    InsertColumns.requireColumns(target, columns, "update");
    for (Assignment assignment : statement.assignments()) {
      if (target.schema().primaryKey().stream().anyMatch(assignment.column()::equalsIgnoreCase)) {
        throw new MillraceException(
                ErrorCode.NOT_SUPPORTED,
                "Cannot update " + target.name() + ": " + assignment.column() + " is in its key")
            .hint("DELETE the row and INSERT it under its new key.");
      }
      expressions[target.schema().indexOf(assignment.column())] = assignment.expression().text();
    }
    List<String> select = new ArrayList<>();
    for (int i = 0; i < expressions.length; i++) {
      Column column = target.schema().column(i);
      select.add(RowChanges.cast(expressions[i], column));
    }
    String sql =
        "SELECT "
            + String.join(", ", select)
            + " FROM "
            + RowChanges.rowsOf(target)
            + " WHERE "
            + statement.where().text();
    return RowChanges.write(parts, target, sql, request.parameters(), RowKind.UPSERT, "Updated");
  }
}
