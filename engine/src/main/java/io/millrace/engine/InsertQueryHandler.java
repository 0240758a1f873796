package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.sql.Dialects;
import io.millrace.sql.InsertQuery;
import java.util.List;
import java.util.Map;

/** INSERT INTO ... SELECT: a bounded job over what its inputs hold at this moment. */
final class InsertQueryHandler implements StatementHandler<InsertQuery> {
  private final Parts parts;
  private final Discovery discovery;

  InsertQueryHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<InsertQuery> kind() {
    return InsertQuery.class;
  }

  @Override
  public boolean addsToLog() {
    return true;
  }

  @Override
  public Result execute(InsertQuery statement, StatementRequest request, String text) {
    discovery.adopt(List.of(statement.target()));
    CatalogImage image = discovery.imageFor(statement.query().text());
    Relation target = image.requireRelation(statement.target());
    ChangeEvents.refuseWrites(image, target);
    Histories.refuseQuery(target);
    String sql = Dialects.toFlink(statement.query().text());
    List<String> columns =
        statement.columns().isEmpty()
            ? target.schema().columns().stream().map(Column::name).toList()
            : statement.columns();
    long rows =
        Places.within(
            statement.query(),
            () ->
                parts
                    .flow()
                    .insert(
                        image, sql, target, columns, () -> request.cancellation().isCancelled()));
    request.cancellation().check();
    return new Result.Message(
        "Inserted " + rows + (rows == 1 ? " row" : " rows") + " into " + target.name() + ".",
        Map.of("rows", rows));
  }
}
