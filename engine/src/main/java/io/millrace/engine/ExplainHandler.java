package io.millrace.engine;

import io.millrace.catalog.CatalogImage;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.serving.ResultCursor;
import io.millrace.sql.CreateQuery;
import io.millrace.sql.CreateRelation;
import io.millrace.sql.CreateSink;
import io.millrace.sql.CreateView;
import io.millrace.sql.Dialects;
import io.millrace.sql.Explain;
import io.millrace.sql.InsertQuery;
import io.millrace.sql.PushSelect;
import io.millrace.sql.QueryText;
import io.millrace.sql.Select;
import io.millrace.sql.Statement;
import java.util.List;
import java.util.Optional;

/** EXPLAIN: how the engine that would run a query runs it; what an ALTER would do. */
final class ExplainHandler implements StatementHandler<Explain> {
  private static final Column PLAN = new Column("plan", DataType.STRING);

  private final Parts parts;
  private final Discovery discovery;

  private final List<AlterHandler<?>> alters;

  ExplainHandler(Parts parts, Discovery discovery, List<AlterHandler<?>> alters) {
    this.parts = parts;
    this.discovery = discovery;
    this.alters = List.copyOf(alters);
  }

  @Override
  public Class<Explain> kind() {
    return Explain.class;
  }

  @Override
  public Result execute(Explain statement, StatementRequest request, String text) {
    if (statement.inner() instanceof Select select) {
      discovery.imageFor(select.query().text());
      String plan =
          pullPlan("EXPLAIN " + Dialects.toDuckDb(select.query().text()), request.parameters());
      return new Result.Rows(new TableCursor(PLAN).row(plan));
    }
    for (AlterHandler<?> alter : alters) {
      if (alter.kind().isInstance(statement.inner())) {
        return effects(alter, statement.inner());
      }
    }
    QueryText query =
        continuous(statement.inner())
            .orElseThrow(
                () ->
                    new MillraceException(
                            ErrorCode.NOT_SUPPORTED, "Cannot explain a statement without a query")
                        .hint(
                            "EXPLAIN takes SELECT, statements with AS or INSERT ... SELECT, and"
                                + " ALTER."));
    CatalogImage image = discovery.imageFor(query.text());
    String plan =
        Places.within(query, () -> parts.flow().explain(image, Dialects.toFlink(query.text())));
    return new Result.Rows(new TableCursor(PLAN).row(plan));
  }

  private static <S extends Statement> Result effects(AlterHandler<S> alter, Statement inner) {
    TableCursor table =
        new TableCursor(
            new Column("dependant", DataType.STRING),
            new Column("effect", DataType.STRING),
            new Column("detail", DataType.STRING));
    alter
        .plan(alter.kind().cast(inner))
        .effects()
        .forEach(
            e ->
                table.row(
                    e.dependant(), e.kind().toString(), e.detail().isEmpty() ? null : e.detail()));
    return new Result.Rows(table);
  }

  private String pullPlan(String sql, List<Object> parameters) {
    StringBuilder plan = new StringBuilder();
    try (ResultCursor cursor = parts.serving().query(sql, parameters)) {
      while (cursor.next()) {
        plan.append(cursor.value(1));
      }
    }
    return plan.toString().stripTrailing();
  }

  private static Optional<QueryText> continuous(Statement inner) {
    if (inner instanceof PushSelect push) {
      return Optional.of(push.query());
    }
    if (inner instanceof CreateRelation relation) {
      return relation.query();
    }
    if (inner instanceof CreateQuery query) {
      return Optional.of(query.query());
    }
    if (inner instanceof CreateView view) {
      return Optional.of(view.query());
    }
    if (inner instanceof CreateSink sink) {
      return sink.query();
    }
    return inner instanceof InsertQuery insert ? Optional.of(insert.query()) : Optional.empty();
  }
}
