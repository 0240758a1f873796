package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Name;
import io.millrace.serving.ResultCursor;
import io.millrace.sql.Dialects;
import io.millrace.sql.QueryText;
import io.millrace.sql.Select;

/** A pull query: a finite answer from the serving copies, in DuckDB's dialect. */
final class SelectHandler implements StatementHandler<Select> {
  private final Parts parts;
  private final Discovery discovery;

  SelectHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<Select> kind() {
    return Select.class;
  }

  @Override
  public Result execute(Select statement, StatementRequest request, String text) {
    QueryText query = statement.query();
    checkServed(query.text());
    ResultCursor cursor =
        Places.within(
            query,
            () -> parts.serving().query(Dialects.toDuckDb(query.text()), request.parameters()));
    request.cancellation().onCancel(cursor::cancel);
    return new Result.Rows(cursor);
  }

  private void checkServed(String query) {
    CatalogImage image = discovery.imageFor(query);
    for (Name name : Dialects.mentionedNames(query)) {
      if (image.view(name).isPresent()) {
        throw new MillraceException(
                ErrorCode.NOT_SUPPORTED, "Cannot select from view " + name + " in a pull query")
            .hint("Add EMIT CHANGES, or CREATE TABLE ... AS SELECT * FROM " + name + ".");
      }
      image
          .relation(name)
          .filter(relation -> !Topics.isServed(relation))
          .ifPresent(SelectHandler::refuseUnserved);
    }
  }

  private static void refuseUnserved(Relation relation) {
    throw new MillraceException(
            ErrorCode.NOT_SUPPORTED,
            "Cannot select from " + relation.name() + ": it is created with 'serving' = 'off'")
        .hint("ALTER it with SET ('serving' = 'on'), or add EMIT CHANGES.");
  }
}
