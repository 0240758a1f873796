package io.millrace.engine;

import io.millrace.catalog.History;
import io.millrace.catalog.Relation;
import io.millrace.model.Column;
import io.millrace.model.DataType;
import io.millrace.model.ErrorCode;
import io.millrace.model.MillraceException;
import io.millrace.model.Nearest;
import io.millrace.model.RowSchema;
import io.millrace.sql.AlterColumnType;
import java.util.ArrayList;
import java.util.List;

/** ALTER ... ALTER COLUMN ... TYPE: a wider type, by which rows of the narrower are read. */
final class AlterColumnTypeHandler extends AlterHandler<AlterColumnType> {
  private final Parts parts;
  private final Alterations alterations;
  private final Derivation derivation;

  AlterColumnTypeHandler(Parts parts, Alterations alterations, Derivation derivation) {
    this.parts = parts;
    this.alterations = alterations;
    this.derivation = derivation;
  }

  @Override
  public Class<AlterColumnType> kind() {
    return AlterColumnType.class;
  }

  @Override
  Alteration plan(AlterColumnType statement) {
    Relation relation = alterations.requireOwnColumns(statement.name(), statement.table());
    RowSchema schema = relation.schema();
    int index = schema.indexOf(statement.column());
    if (index < 0) {
      throw unknown(relation, statement.column());
    }
    Column column = schema.column(index);
    // NOT NULL stays as it is: it is no part of what TYPE changes.
    DataType type = statement.type().withNullable(column.type().nullable());
    String done = column.name() + " of " + relation.name() + " is " + type.bareText();
    if (type.equals(column.type())) {
      return new Alteration(relation, ErrorCode.IN_USE, done + " already.", List.of(), () -> {});
    }
    check(relation, column, type);
    List<Column> columns = new ArrayList<>(schema.columns());
    columns.set(index, new Column(column.name(), type, column.comment()));
    Relation altered =
        Topics.altered(
            relation.withSchema(
                new RowSchema(columns, schema.primaryKey()),
                relation.columnOrder(),
                relation.valueSchemaId()));
    derivation.checkExpressions(parts.catalog().image(), altered);
    return alterations.plan(relation, List.of(altered), done + " from now on.");
  }

  private static void check(Relation relation, Column column, DataType type) {
    String what = "Cannot alter " + relation.name() + ": column " + column.name();
    if (relation.schema().primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED, what + " is in its key, whose contract never changes")
          .hint("A changed key is a new version: DROP and CREATE.");
    }
    if (!Widening.holds(column.type(), type)) {
      throw new MillraceException(
              ErrorCode.INCOMPATIBLE_CONTRACT,
              what + " is " + column.type().bareText() + " and cannot become " + type.bareText())
          .hint(Widening.ALLOWED);
    }
    if (History.isKeptOf(relation)) {
      throw new MillraceException(
              ErrorCode.NOT_SUPPORTED,
              what + " has a history, whose versions are kept as " + column.type().bareText())
          .hint("A changed type is a new version: DROP and CREATE.");
    }
  }

  private static MillraceException unknown(Relation relation, String name) {
    MillraceException unknown =
        new MillraceException(
            ErrorCode.NOT_FOUND,
            "Cannot alter " + relation.name() + ": it keeps no column " + name + " in its records");
    String question =
        Nearest.question(name, relation.schema().columns().stream().map(Column::name).toList());
    return question.isEmpty() ? unknown : unknown.hint(question);
  }
}
