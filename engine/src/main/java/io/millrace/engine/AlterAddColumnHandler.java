package io.millrace.engine;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.format.Formats;
import io.millrace.model.Column;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.RowSchema;
import io.millrace.sql.AlterAddColumn;
import io.millrace.sql.ColumnDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** ALTER ... ADD COLUMN: columns that older rows have no value for. */
final class AlterAddColumnHandler extends AlterHandler<AlterAddColumn> {
  private final Alterations alterations;
  private final Histories histories;

  AlterAddColumnHandler(Alterations alterations, Histories histories) {
    this.alterations = alterations;
    this.histories = histories;
  }

  @Override
  public Class<AlterAddColumn> kind() {
    return AlterAddColumn.class;
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
  Alteration plan(AlterAddColumn statement) {
    Relation relation = alterations.requireOwnColumns(statement.name(), statement.table());
    List<Column> added = new ArrayList<>();
    for (ColumnDefinition.Physical p : statement.columns()) {
      boolean exists =
          relation.columnOrder().stream().anyMatch(p.name()::equalsIgnoreCase)
              || added.stream().anyMatch(a -> a.name().equalsIgnoreCase(p.name()));
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
      added.add(new Column(p.name(), p.type(), p.comment()));
    }
    if (added.isEmpty()) {
      String nothing = "Nothing to add to " + relation.name() + ".";
      return new Alteration(relation, ErrorCode.IN_USE, nothing, List.of(), () -> {});
    }
    List<Relation> after =
        History.isKeptOf(relation)
            ? histories.withColumns(relation, added)
            : List.of(withColumns(relation, added));
    String names = String.join(", ", added.stream().map(Column::name).toList());
    return alterations.plan(relation, after, "Added " + names + " to " + relation.name() + ".");
  }

  private static Relation withColumns(Relation relation, List<Column> added) {
    List<Column> columns = new ArrayList<>(relation.schema().columns());
    List<String> order = new ArrayList<>(relation.columnOrder());
    columns.addAll(added);
    added.forEach(column -> order.add(column.name()));
    RowSchema schema = new RowSchema(columns, relation.schema().primaryKey());
    return Topics.altered(
        withOptionalColumns(
            relation.withSchema(schema, order, relation.valueSchemaId()), added.size()));
  }
}
