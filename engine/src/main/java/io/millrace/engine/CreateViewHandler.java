package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.View;
import io.millrace.flow.QueryShape;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.sql.CreateView;
import io.millrace.sql.Dialects;
import java.time.Instant;
import java.util.List;

/** CREATE VIEW: a named query text, checked now and expanded where it is used. */
final class CreateViewHandler implements StatementHandler<CreateView> {
  private final Parts parts;
  private final Discovery discovery;

  CreateViewHandler(Parts parts, Discovery discovery) {
    this.parts = parts;
    this.discovery = discovery;
  }

  @Override
  public Class<CreateView> kind() {
    return CreateView.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(CreateView statement, StatementRequest request, String text) {
    CatalogImage before = parts.catalog().image();
    boolean exists = before.view(statement.name()).isPresent();
    if (exists && statement.ifNotExists()) {
      return new Result.Message("View " + statement.name() + " exists already.");
    }
    if (!exists || !statement.orReplace()) {
      Topics.checkNew(before, statement.name());
    }
    CatalogImage image = discovery.imageFor(statement.query().text());
    String sql = Dialects.toFlink(statement.query().text());
    QueryShape shape = Places.within(statement.query(), () -> parts.flow().analyze(image, sql));
    if (shape.reads().contains(statement.name())) {
      throw new MillraceException(
          ErrorCode.INVALID_QUERY, "Cannot create view " + statement.name() + ": it reads itself");
    }
    View view =
        new View(
            statement.name(),
            sql,
            statement.comment(),
            text,
            Instant.now(),
            Dialects.mentionedNames(statement.query().text()));
    parts.catalog().apply(new CatalogDelta(List.of(view), List.of()));
    return new Result.Message((exists ? "Replaced view " : "Created view ") + view.name() + ".");
  }
}
