package io.millrace.engine;

import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.RowKind;
import io.millrace.sql.InsertValues;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** INSERT INTO ... VALUES: the values are worked out in the pull dialect and written at once. */
final class InsertValuesHandler implements StatementHandler<InsertValues> {
  private final Parts parts;
  private final Discovery discovery;

  InsertValuesHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<InsertValues> kind() {
    return InsertValues.class;
  }

  @Override
  public Result execute(InsertValues statement, StatementRequest request, String text) {
    discovery.adopt(List.of(statement.target()));
    Relation target = parts.catalog().image().requireRelation(statement.target());
    Histories.refuseVersions(target);
    int[] positions = InsertColumns.positions(target, statement.columns());
    int width = statement.columns().isEmpty() ? positions.length : statement.columns().size();
    List<String> outer = new ArrayList<>();
    for (int i = 0; i < positions.length; i++) {
      Column column = target.schema().column(i);
      outer.add(RowChanges.cast(positions[i] < 0 ? "NULL" : "c" + positions[i], column));
    }
    String sql =
        "SELECT "
            + String.join(", ", outer)
            + " FROM (VALUES "
            + statement.values().text()
            + "\n) AS v("
            + IntStream.range(0, width).mapToObj(i -> "c" + i).collect(Collectors.joining(", "))
            + ")";
    return RowChanges.write(parts, target, sql, request.parameters(), RowKind.UPSERT, "Inserted");
  }
}
