package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.model.RowKind;
import io.millrace.sql.Delete;
import java.util.List;
import java.util.stream.Collectors;

/** DELETE from a table: a tombstone for each row it finds. */
final class DeleteHandler implements StatementHandler<Delete> {
  private final Parts parts;
  private final Discovery discovery;

  DeleteHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<Delete> kind() {
    return Delete.class;
  }

  /** One at a time: a delete reads the rows that another may be writing. */
  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(Delete statement, StatementRequest request, String text) {
    discovery.adopt(List.of(statement.target()));
    Relation target =
        RowChanges.currentTable(
            parts, parts.catalog().image().requireRelation(statement.target()), "delete from");
    String sql =
        "SELECT "
            + target.schema().columns().stream()
                .map(c -> RowChanges.quoted(c.name()))
                .collect(Collectors.joining(", "))
            + " FROM "
            + RowChanges.rowsOf(target)
            + " WHERE "
            + statement.where().text();
    return RowChanges.write(parts, target, sql, request.parameters(), RowKind.DELETE, "Deleted");
  }
}
