package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.Entry;
import io.millrace.catalog.History;
import io.millrace.catalog.Query;
import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.sql.CreateRelation;
import java.time.Instant;
import java.util.ArrayList;
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
  private final Statements statements;
  private final ChangeEvents events;

  CreateRelationHandler(
      Parts parts,
      Topics topics,
      Derivation derivation,
      Histories histories,
      Statements statements) {
    this.parts = parts;
    this.topics = topics;
    this.derivation = derivation;
    this.histories = histories;
    this.statements = statements;
    this.events = new ChangeEvents(parts.contracts());
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
    RelationOptions options =
        RelationOptions.of(what, statement.table(), false, statement.options());
    if (options.isDebezium()) {
      return bind(image, statement, options, what, text);
    }
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
    Columns columns = Columns.of(statement.columns());
    if (columns.physical().isEmpty()) {
      throw new MillraceException(
          ErrorCode.INVALID_QUERY, "Cannot create " + what + ": it has no columns");
    }
    RowSchema schema = columns.schema(statement.primaryKey());
    String topic = options.settings().find(RelationOptions.TOPIC).orElse(statement.name().topic());
    Relation wanted =
        wanted(
            statement,
            topic,
            options.format(),
            schema,
            columns,
            new TreeMap<>(options.asWritten()),
            text);
    derivation.checkExpressions(image, wanted);
    Expiries.check(image, wanted);
    if (History.isKeptOf(wanted)) {
      return histories.create(image, wanted, options);
    }
    Relation made = topics.create(wanted, options, derivation.defaultPartitions());
    Relation finished = Topics.finished(made);
    List<Entry> entries = new ArrayList<>(List.of(finished));
    Optional<Query> expiry = Expiries.query(finished);
    expiry.ifPresent(entries::add);
    parts.catalog().apply(new CatalogDelta(entries, List.of()));
    topics.serve(finished);
    expiry.ifPresent(statements::startNew);
    return finished;
  }

  /** A table over a topic into which others write Debezium's change events: it keeps history. */
  private Relation bind(
      CatalogImage image,
      CreateRelation statement,
      RelationOptions options,
      String what,
      String text) {
    String topic =
        options
            .settings()
            .find(RelationOptions.TOPIC)
            .orElseThrow(
                () ->
                    new MillraceException(
                            ErrorCode.INVALID_OPTION,
                            "Cannot create " + what + ": nothing says which topic has its changes")
                        .hint("WITH ('topic' = '...', 'format' = 'debezium')."));
    if (parts.log().find(topic).isEmpty()) {
      throw new MillraceException(
              ErrorCode.NOT_FOUND, "Cannot create " + what + ": there is no topic " + topic)
          .hint("Who writes it makes it, with the first record; SHOW TOPICS tells what there is.");
    }
    Columns columns = Columns.of(statement.columns());
    RowSchema schema = events.schema(what, columns.physical(), statement.primaryKey(), topic);
    List<String> order =
        columns.physical().isEmpty()
            ? schema.columns().stream().map(Column::name).toList()
            : columns.order();
    Map<String, String> with = new TreeMap<>(options.asWritten());
    with.put(History.OPTION, History.SCD2);
    Relation wanted =
        wanted(
            statement,
            statement.name().topic(),
            RelationOptions.FORMAT.defaultText(),
            schema,
            new Columns(schema.columns(), columns.computed(), columns.metadata(), order),
            with,
            text);
    boolean isDeclared = !statement.columns().isEmpty() && !statement.primaryKey().isEmpty();
    return histories.create(
        image, isDeclared ? wanted : wanted.withStatement(RelationText.generated(wanted)), options);
  }

  private static Relation wanted(
      CreateRelation statement,
      String topic,
      String format,
      RowSchema schema,
      Columns columns,
      Map<String, String> options,
      String text) {
    return new Relation(
        statement.name(),
        statement.table() ? Relation.Kind.TABLE : Relation.Kind.STREAM,
        topic,
        format,
        schema,
        columns.computed(),
        columns.metadata(),
        columns.order(),
        statement.watermark(),
        statement.watermark().isPresent() ? Relation.EventTime.DECLARED : Relation.EventTime.NONE,
        statement.comment(),
        options,
        -1,
        -1,
        Optional.empty(),
        false,
        text,
        Instant.now());
  }
}
