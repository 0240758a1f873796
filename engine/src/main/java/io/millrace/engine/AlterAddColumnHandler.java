package io.millrace.engine;

import io.millrace.catalog.CatalogDelta;
import io.millrace.catalog.CatalogImage;
import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.registry.AvroContracts;
import io.millrace.sql.AlterAddColumn;
import io.millrace.sql.ColumnDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * ALTER ... ADD COLUMN: a new version of the contract, checked by the registry before it counts.
 */
final class AlterAddColumnHandler implements StatementHandler<AlterAddColumn> {
  private final Parts parts;
  private final Topics topics;
  private final Histories histories;
  private final Statements statements;

  AlterAddColumnHandler(Parts parts, Topics topics, Histories histories, Statements statements) {
    this.parts = parts;
    this.topics = topics;
    this.histories = histories;
    this.statements = statements;
  }

  @Override
  public Class<AlterAddColumn> kind() {
    return AlterAddColumn.class;
  }

  @Override
  public boolean changesCatalog() {
    return true;
  }

  /** In a format that goes by position, older records end before the new columns. */
  private static Relation withOptionalColumns(Relation relation, int added) {
    String key = Formats.OPTIONAL_COLUMNS.key();
    if (!Formats.options(relation.format()).contains(Formats.OPTIONAL_COLUMNS)) {
      return relation;
    }
    Map<String, String> options = new TreeMap<>(relation.options());
    options.merge(
        key,
        Integer.toString(added),
        (before, more) -> Integer.toString(Integer.parseInt(before) + added));
    return relation.withOptions(options);
  }

  @Override
  public Result execute(AlterAddColumn statement, StatementRequest request, String text) {
    CatalogImage image = parts.catalog().image();
    Relation relation = AlterSetHandler.require(image, statement.name(), statement.table());
    Optional<Relation> whole =
        History.tableOf(relation.name()).flatMap(image::relation).filter(History::isKeptOf);
    if (whole.isPresent()) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot alter " + relation.name() + ": it has the columns of " + whole.get().name())
          .hint("ALTER TABLE " + whole.get().name() + " alters it, too.");
    }
    if (relation.filledBy().isPresent() && !History.isKeptOf(relation)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot alter " + relation.name() + ": its columns come from its query")
          .hint("DROP it and create it anew with the changed query.");
    }
    if (Discovery.isTakenIn(relation)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              "Cannot alter " + relation.name() + ": its contract belongs to those who write it")
          .hint("Register the new version in the registry; it is followed from then on.");
    }
    List<Column> columns = new ArrayList<>(relation.schema().columns());
    List<String> order = new ArrayList<>(relation.columnOrder());
    List<String> added = new ArrayList<>();
    for (ColumnDefinition.Physical p : statement.columns()) {
      boolean exists = relation.columnOrder().stream().anyMatch(p.name()::equalsIgnoreCase);
      if (exists && statement.ifNotExists()) {
        continue;
      }
      if (exists) {
        throw new MillraceException(
            ErrorCode.ALREADY_EXISTS,
            "Cannot alter " + relation.name() + ": column " + p.name() + " exists already");
      }
      if (!p.type().nullable()) {
        throw new MillraceException(
                ErrorCode.INCOMPATIBLE_CONTRACT,
                "Cannot alter "
                    + relation.name()
                    + ": new column "
                    + p.name()
                    + " is NOT NULL, but older rows have no value for it")
            .hint("Leave NOT NULL out.");
      }
      columns.add(new Column(p.name(), p.type(), p.comment()));
      order.add(p.name());
      added.add(p.name());
    }
    if (added.isEmpty()) {
      return new Result.Message("Nothing to add to " + relation.name() + ".");
    }
    String done = "Added " + String.join(", ", added) + " to " + relation.name() + ".";
    if (History.isKeptOf(relation)) {
      histories.addColumns(relation, columns.subList(relation.schema().size(), columns.size()));
      return new Result.Message(done);
    }
    RowSchema schema = new RowSchema(columns, relation.schema().primaryKey());
    int id =
        relation.format().equals("avro")
            ? parts
                .contracts()
                .register(
                    relation.topic() + "-value",
                    AvroContracts.valueSchema(relation.name(), schema, relation.comment()))
            : -1;
    Relation altered =
        Topics.altered(withOptionalColumns(relation.withSchema(schema, order, id), added.size()));
    parts.catalog().apply(new CatalogDelta(List.of(altered), List.of()));
    topics.serve(altered);
    if (!relation.format().equals("avro")) {
      // Avro's records say themselves which columns they have; others have the relation's.
      statements.restartQueries(relation.name());
    }
    statements.restartSinks(relation.name());
    return new Result.Message(done);
  }
}
