package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.sql.CreateRelation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** CREATE STREAM and CREATE TABLE with declared columns; with AS, {@link Derivation} takes over. */
final class CreateRelationHandler implements StatementHandler<CreateRelation> {
  private final Parts parts;
  private final Topics topics;
  private final Derivation derivation;
  private final Histories histories;

  CreateRelationHandler(Parts parts, Topics topics, Derivation derivation, Histories histories) {
    this.parts = parts;
    this.topics = topics;
    this.derivation = derivation;
    this.histories = histories;
  }

  @Override
  public Class<CreateRelation> kind() {
    return CreateRelation.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  @Override
  public Result execute(CreateRelation statement, StatementRequest request, String text) {
    CatalogImage image = parts.catalog().image();
    String what = (statement.table() ? "table " : "stream ") + statement.name();
    Optional<Relation> existing = image.relation(statement.name());
    if (existing.isPresent() && statement.ifNotExists()) {
      return new Result.Message("The " + what + " exists already.");
    }
    if (existing.isPresent() && statement.orReplace()) {
      throw new MillraceException(ErrorCode.NOT_SUPPORTED, "Cannot replace " + what + ": it exists")
          .hint("DROP it first; ALTER ... ADD COLUMN changes it in place.");
    }
    Topics.checkNew(image, statement.name());
    if (statement.query().isPresent()) {
      Relation made = derivation.create(statement, text);
      return new Result.Message(
          "Created " + what + ".", Map.of("name", made.name().toString(), "topic", made.topic()));
    }
    Relation made = declare(image, statement, what, text);
    return new Result.Message(
        "Created " + what + ".", Map.of("name", made.name().toString(), "topic", made.topic()));
  }

  private Relation declare(CatalogImage image, CreateRelation statement, String what, String text) {
    if (statement.table() && statement.primaryKey().isEmpty()) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY, "Cannot create " + what + ": it has no PRIMARY KEY")
          .hint("Add PRIMARY KEY (column, ...), or create a stream.");
    }
    if (!statement.table() && !statement.primaryKey().isEmpty()) {
      throw new MillraceException(
              ErrorCode.INVALID_QUERY, "Cannot create " + what + ": a stream has no PRIMARY KEY")
          .hint("Create a table.");
    }
    RelationOptions options =
        RelationOptions.of(what, statement.table(), false, statement.options());
    Columns columns = Columns.of(statement.columns());
    if (columns.physical().isEmpty()) {
      throw new MillraceException(
          ErrorCode.INVALID_QUERY, "Cannot create " + what + ": it has no columns");
    }
    RowSchema schema = columns.schema(statement.primaryKey());
    String topic = options.settings().find(RelationOptions.TOPIC).orElse(statement.name().topic());
    Relation wanted =
        new Relation(
            statement.name(),
            statement.table() ? Relation.Kind.TABLE : Relation.Kind.STREAM,
            topic,
            options.format(),
            schema,
            columns.computed(),
            columns.metadata(),
            columns.order(),
            statement.watermark(),
            statement.watermark().isPresent()
                ? Relation.EventTime.DECLARED
                : Relation.EventTime.NONE,
            statement.comment(),
            new TreeMap<>(options.asWritten()),
            -1,
            -1,
            Optional.empty(),
            false,
            text,
            Instant.now());
    derivation.checkExpressions(image, wanted);
    if (History.isKeptOf(wanted)) {
      return histories.create(image, wanted, options);
    }
    Relation made = topics.create(wanted, options, derivation.defaultPartitions());
    Relation finished = Topics.finished(made);
    parts.catalog().apply(new CatalogDelta(List.of(finished), List.of()));
    topics.serve(finished);
    return finished;
  }
}
