package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.flow.QueryShape;
import io.millrace.flow.job.JobOptions;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Settings;
import io.millrace.sql.CreateQuery;
import io.millrace.sql.Dialects;
import java.time.Instant;
import java.util.List;

/** CREATE QUERY ... AS INSERT INTO: one more continuous query that fills a stream or table. */
final class CreateQueryHandler implements StatementHandler<CreateQuery> {
  private final Parts parts;
  private final Discovery discovery;
  private final Statements statements;

  CreateQueryHandler(Parts parts, Discovery discovery, Statements statements) {
    this.parts = parts;
    this.discovery = discovery;
    this.statements = statements;
  }

  @Override
  public Class<CreateQuery> kind() {
    return CreateQuery.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(CreateQuery statement, StatementRequest request, String text) {
    if (parts.catalog().image().query(statement.name()).isPresent()) {
      if (statement.ifNotExists()) {
        return new Result.Message("Query " + statement.name() + " exists already.");
      }
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS,
          "Cannot create query " + statement.name() + ": it exists already");
    }
    Topics.checkNew(parts.catalog().image(), statement.name());
    if (parts.catalog().image().sink(statement.name()).isPresent()) {
      throw new MillraceException(
          ErrorCode.ALREADY_EXISTS,
          "Cannot create query " + statement.name() + ": a sink of that name exists");
    }
    discovery.adopt(List.of(statement.target()));
    CatalogImage image = discovery.imageFor(statement.query().text());
    Relation target = image.requireRelation(statement.target());
    ChangeEvents.refuseWrites(image, target);
    Histories.refuseQuery(target);
    String query = Dialects.toFlink(statement.query().text());
    boolean named = !statement.targetColumns().isEmpty();
    List<String> columns =
        named
            ? statement.targetColumns()
            : target.schema().columns().stream().map(Column::name).toList();
    String arranged = InsertColumns.arrange(target, columns, query);
    QueryShape shape =
        Places.within(
            statement.query(),
            InsertColumns.LINES_BEFORE,
            () -> parts.flow().analyze(image, arranged));
    String sql = named ? arranged : query;
    Settings settings =
        Settings.of("query " + statement.name(), statement.options(), JobOptions.ofQueries());
    Query draft =
        new Query(
            statement.name(),
            target.name(),
            sql,
            "",
            1,
            0,
            false,
            shape.reads(),
            RelationOptions.ofQuery(settings),
            shape.rowByRow(),
            text,
            Instant.now());
    String plan =
        Places.within(
            statement.query(),
            named ? InsertColumns.LINES_BEFORE : 0,
            () -> parts.flow().compile(image, draft));
    Query compiled = draft.withPlan(plan);
    parts.catalog().apply(new CatalogDelta(List.of(compiled), List.of()));
    statements.startNew(compiled);
    return new Result.Message("Created query " + statement.name() + ".");
  }
}
