package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Query;
import io.millrace.catalog.SinkEntry;
import io.millrace.catalog.SourceEntry;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.Name;
import io.millrace.sql.ShowCreate;
import java.util.List;

/** SHOW CREATE: the statement that made the object, as it was written. */
final class ShowCreateHandler implements StatementHandler<ShowCreate> {
  private final Parts parts;
  private final Discovery discovery;

  ShowCreateHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<ShowCreate> kind() {
    return ShowCreate.class;
  }

  @Override
  public Result execute(ShowCreate statement, StatementRequest request, String text) {
    Name name = statement.name();
    discovery.adopt(List.of(name));
    CatalogImage image = parts.catalog().image();
    String created =
        image
            .view(name)
            .map(view -> view.statement())
            .or(
                () ->
                    image.relation(name).isPresent()
                        ? java.util.Optional.empty()
                        : image.sink(name).map(SinkEntry::statement))
            .or(() -> image.source(name).map(SourceEntry::statement))
            .or(
                () ->
                    image.relation(name).isPresent()
                        ? java.util.Optional.empty()
                        : image.query(name).map(Query::statement))
            .orElseGet(() -> RelationText.of(image.requireRelation(name)));
    return new Result.Rows(new TableCursor(new Column("statement", DataType.STRING)).row(created));
  }
}
